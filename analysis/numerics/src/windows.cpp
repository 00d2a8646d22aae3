#include "rotoscope/numerics/windows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t longest_window = std::size_t{1} << 28;
constexpr std::size_t most_values = 64;

std::string normalise(std::string_view name) {
    std::string text(name);
    for (char& c : text) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

double parse_number(const WindowInfo& window, std::string_view name, std::string_view text) {
    double value = 0.0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() || !std::isfinite(value))
        throw usage_error(
            fmt::format("window {}: parameter {} is {}; expected a number", window.name, name, quote(text)));
    return value;
}

std::string describe_range(const WindowParameter& parameter) {
    const std::string highest = format_shortest(parameter.highest);
    const std::string_view kind = parameter.integer ? "a whole number" : "a number";
    if (parameter.positive && parameter.lowest == 0.0) return fmt::format("{} above 0, at most {}", kind, highest);
    return fmt::format("{} from {} to {}", kind, format_shortest(parameter.lowest), highest);
}

void check_range(const WindowInfo& window, const WindowParameter& parameter, double value) {
    const bool inside = value <= parameter.highest &&
                        (parameter.positive ? value > parameter.lowest : value >= parameter.lowest) &&
                        (!parameter.integer || value == std::floor(value));
    if (!inside)
        throw usage_error(fmt::format("window {}: parameter {} is {}; expected {}", window.name, parameter.name,
                                      format_shortest(value), describe_range(parameter)));
}

std::string list_parameters(const WindowInfo& window) {
    if (window.parameters.empty()) return "none";
    std::string text;
    for (const WindowParameter& parameter : window.parameters) {
        text += fmt::format("{}{}{}", text.empty() ? "" : ", ", parameter.name, parameter.keyword_only ? "=" : "");
        if (parameter.repeated) text += "…";
    }
    return text;
}

/// The index of the parameter that the next positional value fills.
std::size_t next_positional(const WindowInfo& window, std::size_t filled) {
    std::size_t positional = 0;
    for (std::size_t i = 0; i < window.parameters.size(); ++i) {
        if (window.parameters[i].keyword_only) continue;
        if (positional++ == filled) return i;
    }
    if (!window.parameters.empty() && window.parameters.back().repeated && filled < most_values) return filled;
    throw usage_error(fmt::format("window {}: {} values; expected {} ({})", window.name, filled + 1,
                                  filled == 0 ? "none" : fmt::format("at most {}", filled), list_parameters(window)));
}

std::size_t find_parameter(const WindowInfo& window, std::string_view key) {
    const auto found = std::find_if(window.parameters.begin(), window.parameters.end(),
                                    [&](const WindowParameter& p) { return normalise(p.name) == normalise(key); });
    if (found == window.parameters.end())
        throw usage_error(fmt::format("window {} has no parameter {}; expected one of: {}", window.name, quote(key),
                                      list_parameters(window)));
    return static_cast<std::size_t>(found - window.parameters.begin());
}

const WindowParameter& parameter_at(const WindowInfo& window, std::size_t i) {
    return window.parameters[std::min(i, window.parameters.size() - 1)];
}

/// Refuses two spellings of one parameter, and a required one that has none.
void check_complete(const WindowInfo& window, const WindowArguments& arguments) {
    for (std::size_t i = 0; i < window.parameters.size(); ++i) {
        const WindowParameter& parameter = window.parameters[i];
        if (!parameter.instead_of.empty() && arguments.given(i) &&
            arguments.given(find_parameter(window, parameter.instead_of)))
            throw usage_error(fmt::format("window {}: both {} and {} are given; expected one of them", window.name,
                                          parameter.instead_of, parameter.name));
        const bool replaced = std::any_of(window.parameters.begin(), window.parameters.end(), [&](const auto& other) {
            return other.instead_of == parameter.name && arguments.given(find_parameter(window, other.name));
        });
        if (!arguments.given(i) && !parameter.fallback && !parameter.optional && parameter.instead_of.empty() &&
            !replaced)
            throw usage_error(fmt::format("window {} needs its parameter {}: {}; as in {}:VALUE", window.name,
                                          parameter.name, parameter.meaning, window.name));
    }
}

}  // namespace

double WindowArguments::operator[](std::size_t i) const {
    if (given(i)) return *values_[i];
    return window_->parameters.at(i).fallback.value();
}

const WindowInfo& find_window(std::string_view name) {
    const std::string wanted = normalise(name);
    std::vector<std::string> names;
    for (const WindowInfo& window : all_windows()) {
        if (window.name == wanted || std::count(window.aliases.begin(), window.aliases.end(), wanted) > 0)
            return window;
        names.emplace_back(window.name);
        names.insert(names.end(), window.aliases.begin(), window.aliases.end());
    }
    const std::string nearest = nearest_word(wanted, names);
    throw usage_error(fmt::format(
        "unknown window {}; {}", quote(name),
        nearest.empty() ? "expected a name from the list of windows" : fmt::format("did you mean {}?", nearest)));
}

std::string WindowSpec::text() const {
    std::string text(window->name);
    bool by_position = true;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const WindowParameter& parameter = parameter_at(*window, i);
        if (!arguments.given(i)) {
            if (!parameter.keyword_only) by_position = false;
            continue;
        }
        const std::string value = format_shortest(arguments[i]);
        const bool bare = by_position && !parameter.keyword_only;
        text += bare ? fmt::format(":{}", value) : fmt::format(":{}={}", parameter.name, value);
    }
    return text;
}

WindowSpec parse_window(std::string_view text) {
    const auto parts = split(text, ':');
    const WindowInfo& window = find_window(parts.front());
    std::vector<std::optional<double>> values(window.parameters.size());
    std::size_t positional = 0;
    for (std::size_t part = 1; part < parts.size(); ++part) {
        const std::size_t equals = parts[part].find('=');
        const bool by_name = equals != std::string_view::npos;
        const std::size_t i =
            by_name ? find_parameter(window, parts[part].substr(0, equals)) : next_positional(window, positional++);
        if (i >= values.size()) values.resize(i + 1);
        const WindowParameter& parameter = parameter_at(window, i);
        const double value =
            parse_number(window, parameter.name, by_name ? parts[part].substr(equals + 1) : parts[part]);
        check_range(window, parameter, value);
        if (values[i])
            throw usage_error(fmt::format("window {}: parameter {} is given twice", window.name, parameter.name));
        values[i] = value;
    }
    WindowSpec spec{&window, WindowArguments(window, std::move(values))};
    check_complete(window, spec.arguments);
    return spec;
}

std::vector<WindowSpec> parse_windows(std::string_view list) {
    std::vector<WindowSpec> windows;
    for (const std::string_view text : split(list, ',')) {
        if (text.empty())
            throw usage_error(
                fmt::format("an empty name in the list of windows {}; expected NAME[:P1[:P2]],…", quote(list)));
        windows.push_back(parse_window(text));
    }
    return windows;
}

std::vector<double> make_window(const WindowSpec& spec, std::size_t n, Symmetry symmetry) {
    const WindowInfo& info = *spec.window;
    if (n < 1 || n > longest_window)
        throw usage_error(fmt::format("window {} of {} samples; expected 1 to {}", info.name, n, longest_window));
    if (n == 1) return {1.0};
    const bool one_more = symmetry == Symmetry::periodic && info.variants == WindowVariants::both;
    std::vector<double> window(one_more ? n + 1 : n);
    info.generate(spec.arguments, window);
    window.resize(n);
    return window;
}

std::string_view describe_variants(WindowVariants variants) {
    switch (variants) {
        case WindowVariants::symmetric_only:
            return "symmetric only";
        case WindowVariants::causal:
            return "causal";
        default:
            return "periodic, symmetric";
    }
}

}  // namespace rotoscope
