#include "window_source.hpp"

#include "number_file.hpp"
#include "parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

constexpr std::string_view tensor_suffix = ".safetensors:";
constexpr std::size_t most_windows = 1000;

bool is_file(std::string_view text) {
    return text.ends_with(".csv") || text.ends_with(".txt") || text.find('/') != std::string_view::npos ||
           text.find(tensor_suffix) != std::string_view::npos;
}

std::string variant_of(const WindowSpec& spec, Symmetry symmetry) {
    if (spec.window->variants == WindowVariants::causal) return "causal";
    if (spec.window->variants == WindowVariants::symmetric_only) return "symmetric";
    return symmetry == Symmetry::periodic ? "periodic" : "symmetric";
}

LeakageWindow named_window(const std::string& text, Symmetry symmetry) {
    LeakageWindow window;
    window.spec = parse_window(text);
    window.label = window.spec->text();
    window.variant = variant_of(*window.spec, symmetry);
    return window;
}

void check_gates(const std::vector<double>& gates, const std::string& where) {
    const auto bad = std::ranges::find_if_not(gates, [](double g) { return g >= 0.0 && g <= 1.0; });
    if (bad != gates.end())
        throw input_error(
            fmt::format("gate {} is {}; expected numbers from 0 to 1", bad - gates.begin(), format_shortest(*bad)))
            .in_file(where);
}

LeakageWindow gate_file_window(const std::string& text, std::vector<std::filesystem::path>& files) {
    std::vector<double> gates;
    if (text.find(tensor_suffix) != std::string::npos) {
        TensorSequence sequence = read_tensor_sequence(text);
        gates = std::move(sequence.values);
        if (sequence.tensor.ends_with("log_forget_gate"))
            for (double& gate : gates) gate = std::exp(gate);
        files.push_back(sequence.file);
    } else {
        gates = read_number_rows(text, 1).values;
        files.emplace_back(text);
    }
    check_gates(gates, text);
    LeakageWindow window;
    const std::size_t slash = text.rfind('/');
    window.label = slash == std::string::npos ? text : text.substr(slash + 1);
    window.from_file = gate_window(gates);
    window.variant = "gates";
    return window;
}

}  // namespace

std::vector<double> LeakageWindow::samples(std::size_t length, Symmetry symmetry) const {
    return spec ? make_window(*spec, length, symmetry) : from_file;
}

std::optional<double> LeakageWindow::decay(std::size_t length) const {
    if (!spec) return std::nullopt;
    if (spec->window->name == "boxcar") return 1.0;
    if (spec->window->name == "geometric") return spec->arguments[0];
    if (spec->window->name == "decay") return std::exp(-spec->arguments[0] / static_cast<double>(length));
    return std::nullopt;
}

DecayList parse_decays(const std::string& text, std::size_t length) {
    const std::size_t equals = text.find('=');
    const std::string key = text.substr(0, equals);
    if (equals == std::string::npos || (key != "a" && key != "alpha"))
        throw usage_error(fmt::format("--decay: {}; expected a=… or alpha=…, as in alpha=2", quote(text)));
    DecayList decays;
    for (const double value : parse_finite_list("--decay", text.substr(equals + 1))) {
        const bool per_step = key == "a";
        const double a = per_step ? value : std::exp(-value / static_cast<double>(length));
        if (per_step && !(a > 0.0 && a <= 1.0))
            throw usage_error(fmt::format("--decay: a = {}; expected above 0, at most 1", format_shortest(value)));
        if (!per_step && !(value >= 0.0 && a > 0.0))
            throw usage_error(fmt::format("--decay: alpha = {}; expected a number from 0 to {}", format_shortest(value),
                                          format_shortest(700.0 * static_cast<double>(length))));
        decays.values.push_back(a);
        decays.labels.push_back(fmt::format("{}:{}", per_step ? "geometric" : "decay", format_shortest(value)));
    }
    return decays;
}

WindowList collect_windows(const LeakageOptions& options, std::size_t length, const std::string& fallback) {
    std::string list = options.windows.value_or("");
    if (!options.windows && !options.decay) list = fallback;
    WindowList result;
    if (options.windows || !list.empty())
        for (const std::string& text : split_text(list, ',')) {
            if (text.empty())
                throw usage_error(fmt::format("--window: an empty name in {}; expected NAME[:P1[:P2]],…", quote(list)));
            result.windows.push_back(is_file(text) ? gate_file_window(text, result.files)
                                                   : named_window(text, options.symmetry));
        }
    if (options.decay)
        for (const std::string& label : parse_decays(*options.decay, length).labels)
            result.windows.push_back(named_window(label, options.symmetry));
    if (result.windows.size() > most_windows)
        throw usage_error(fmt::format("{} windows; expected at most {}", result.windows.size(), most_windows));
    return result;
}

}  // namespace rotoscope
