#include "rotoscope/leakage/leakage.hpp"

#include "bank_study.hpp"
#include "decay_sweep.hpp"
#include "lobe_curves.hpp"
#include "model_study.hpp"
#include "signal_study.hpp"
#include "window_study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string_view>

#include "rotoscope/checkpoint/input_record.hpp"
#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/memory.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t default_length = 4096;
constexpr std::uint64_t default_signal_length = 256;
constexpr std::uint64_t longest = std::uint64_t{1} << 52;
constexpr double drawn_bins = 12.0;
const std::string default_windows = "boxcar,decay:1,decay:2,decay:4,poisson:2,hann,blackman,kaiser:2.5,hamming";

/// Throws Error (usage) for a length of 0, and for one that the study has no memory for.
std::size_t check_length(std::uint64_t length, std::optional<std::uint64_t> bytes) {
    if (length == 0 || length > longest)
        throw usage_error(fmt::format("--length: {} tokens; expected 1 to 2^52", format_count(length)));
    require_memory("--length", fmt::format("{} tokens", format_count(length)), bytes);
    return static_cast<std::size_t>(length);
}

void record_files(const WindowList& list, const LeakageOptions& options, Result& result) {
    for (const auto& file : list.files) result.inputs.push_back(record_input(file, options.hash_inputs));
}

void add_window_study(const LeakageOptions& options, Result& result, Context& context) {
    const std::uint64_t asked = options.length.value_or(default_length);
    const std::size_t length =
        check_length(asked, window_study_bytes(asked, context.pool.threads(), options.estimates));
    const WindowList list = collect_windows(options, length, default_windows);
    record_files(list, options, result);
    const auto studied = study_windows(list.windows, length, options, context);
    const LobeCurves curves = lobe_curves(list.windows, length, options.symmetry, drawn_bins, context);
    result.summary.emplace_back("windows",
                                fmt::format("{} of {} tokens, {}", list.windows.size(), format_count(length),
                                            options.symmetry == Symmetry::periodic ? "periodic" : "symmetric"));
    result.summary.emplace_back("method", "figures of merit off the exact sums, found by FFT; good to 1e-9");
    add_window_tables(studied, options, result);
    result.figures.push_back(lobe_figure(curves, fmt::format("T = {} tokens", format_count(length))));
}

/// The tones of --tone, or the frequency of the bank's middle rotation.
std::vector<double> chosen_tones(const LeakageOptions& options, const RotationBank& bank) {
    if (!options.tones) return {bank.frequencies[bank.size() / 2]};
    std::vector<double> tones = parse_finite_list("--tone", *options.tones);
    for (const double tone : tones)
        if (std::abs(tone) > 0x1p20)
            throw usage_error(fmt::format("--tone: {}; expected at most 2^20 either way", format_shortest(tone)));
    return tones;
}

/// Whether all windows have a closed form, so that T costs no memory.
bool all_exponential(const LeakageOptions& options) {
    if (!options.windows) return true;
    const auto parts = split_text(*options.windows, ',');
    return std::ranges::all_of(parts, [](const std::string& name) {
        return name == "boxcar" || name.starts_with("decay:") || name.starts_with("geometric:");
    });
}

void add_bank_study(const LeakageOptions& options, const RotationBank& bank, Result& result, Context& context) {
    const std::uint64_t asked = options.length.value_or(default_length);
    const auto tones = chosen_tones(options, bank);
    const std::uint64_t window_count =
        2 + (options.windows ? static_cast<std::uint64_t>(std::ranges::count(*options.windows, ',')) + 1 : 0);
    const auto rows =
        checked_multiply(checked_multiply(window_count, tones.size()).value_or(~std::uint64_t{0}), bank.size());
    const auto bytes = rows ? bank_study_bytes(all_exponential(options) ? 0 : asked, bank.size(), *rows) : std::nullopt;
    const std::size_t length = check_length(asked, bytes);
    LeakageOptions named = options;
    named.decay.reset();  // bank_windows has its own meaning for it
    const WindowList list = collect_windows(named, length, "");
    if (!options.windows) record_files(list, options, result);  // otherwise the windows' own study has
    const auto windows = bank_windows(list, options.decay, bank, length, options.symmetry);
    const BankStudy study = study_bank(bank, windows, tones, length, context);
    const auto [least, most] = std::ranges::minmax(bank.frequencies);
    result.summary.emplace_back(
        "rotations", fmt::format("{}: {} from {} to {} rad/token, {} tokens", bank.specification, bank.size(),
                                 format_significant(least, 3), format_significant(most, 3), format_count(length)));
    add_bank_tables(study, result);
    result.figures.push_back(bank_map_figure(bank, map_bank(bank, windows, options.band, context), length));
    result.figures.push_back(bank_response_figure(study));
}

void add_signal_study(const LeakageOptions& options, const std::optional<RotationBank>& given, Result& result,
                      Context& context) {
    const std::uint64_t asked = options.length.value_or(default_signal_length);
    const std::size_t length = check_length(asked, checked_multiply(asked, 1200));
    Signal signal = make_signal(*options.signal, length);
    if (signal.file) {
        result.inputs.push_back(record_input(*signal.file, options.hash_inputs));
        if (options.length)
            throw usage_error("--length: a signal from a file has its own length; expected one of the two");
    }
    const ToneBand band = parse_band(options.band);
    const RotationBank bank = given ? *given : linear_bank(129, band.low, band.high);
    LeakageOptions named = options;
    if (!options.windows && options.decay && options.decay->find(',') == std::string::npos)
        named.windows = "boxcar,hann";
    else if (options.decay) named.decay.reset();
    const WindowList list = collect_windows(named, signal.values.size(), "boxcar,hann");
    const SignalStudy study = study_signal(std::move(signal), bank, list.windows, options, context);
    result.summary.emplace_back("signal", study.signal.description);
    result.summary.emplace_back(
        "spectra", fmt::format("{} frequencies, {}", study.frequencies.size(), describe(study.spectra.front().method)));
    add_signal_tables(study, result);
    result.figures.push_back(finite_tone_figure(study));
    result.figures.push_back(spectrogram_figure(study));
}

void add_sweep(const LeakageOptions& options, Result& result, Context& context) {
    const auto alphas = parse_sweep(*options.sweep);
    const std::uint64_t asked = options.length.value_or(default_length);
    const std::size_t length = check_length(asked, window_study_bytes(asked, 2 * context.pool.threads(), false));
    const DecaySweep sweep = sweep_decays(alphas, length, options, context);
    result.summary.emplace_back(
        "decays", fmt::format("{} values of α from {} to {}, {} tokens", alphas.size(), format_shortest(alphas.front()),
                              format_shortest(alphas.back()), format_count(length)));
    add_sweep_tables(sweep, result);
    result.figures.push_back(trade_off_figure(sweep, options, context));
    result.figures.push_back(equal_mean_figure(sweep));
}

void add_model_study(const ModelSequence& sequence, const LeakageOptions& options, Result& result, Context& context) {
    const ModelStudy study = study_model(sequence, options, context);
    for (const InputRecord& record : sequence.records) result.inputs.push_back(record);
    result.notes.insert(result.notes.end(), sequence.notes.begin(), sequence.notes.end());
    for (const auto& fact : sequence.summary) result.summary.push_back(fact);
    result.summary.emplace_back("inputs", fmt::format("{}, {} tokens", study.inputs, format_count(study.tokens)));
    result.summary.emplace_back(
        "spectra", fmt::format("{} tones, {}; within {} of the recurrence (one channel a head)", study.tones.size(),
                               describe(study.method), format_significant(std::max(study.error, 1e-16), 1)));
    if (sequence.sequences.front().log_gates.size() == 2)
        result.notes.emplace_back(
            "a pair has two forget gates, one a key dimension: its window is the mean of both, "
            "which is exact for what depends on the distance between tokens");
    add_model_tables(study, result);
    result.figures.push_back(learned_figure(study));
    result.figures.push_back(learned_map_figure(study));
}

std::vector<std::pair<std::string, std::string>> describe_options(const LeakageOptions& options) {
    std::vector<std::pair<std::string, std::string>> described;
    const auto add = [&](std::string name, const auto& value) {
        if (value) described.emplace_back(std::move(name), *value);
    };
    add("window", options.windows);
    described.emplace_back("symmetry", options.symmetry == Symmetry::periodic ? "periodic" : "symmetric");
    described.emplace_back("width-level", options.width_level == WidthLevel::half ? "half" : "3dB");
    if (options.estimates) described.emplace_back("estimates", "true");
    if (options.length) described.emplace_back("length", std::to_string(*options.length));
    add("rotations", options.rotations);
    if (options.activations) described.emplace_back("activations", options.activations->string());
    add("arrays", options.arrays);
    add("decay", options.decay);
    add("tone", options.tones);
    add("band", options.band);
    add("signal", options.signal);
    if (options.sweep) described.emplace_back("sweep-range", options.sweep->empty() ? "0:10:81" : *options.sweep);
    return described;
}

/// Whether the text begins like a bank's specification, not like a path.
bool names_bank(const std::string& text) {
    for (const char* form : {"dft:", "rope:", "rfa:", "linear:"})
        if (text.starts_with(form)) return true;
    return text.find_first_not_of("0123456789.,eE+-") == std::string::npos;
}

/// What --rotations means: a bank, or a model's layer, which then is studied at once.
std::optional<RotationBank> resolve_rotations(LeakageOptions& options, Result& result, Context& context) {
    if (names_bank(*options.rotations)) {
        if (options.activations)
            throw usage_error("--activations: --rotations names a bank; expected a checkpoint to feed");
        return parse_rotation_bank(*options.rotations);
    }
    const IndexedPath path = parse_indexed_path(*options.rotations);
    std::error_code ignored;
    if (!std::filesystem::exists(path.path, ignored) && path.path.find('/') == std::string::npos &&
        path.path.find('.') == std::string::npos)
        throw usage_error(
            fmt::format("--rotations: {}; expected dft:N, rope:DIM:BASE, rfa:P:EPS, linear:N:MIN:MAX, "
                        "W,W,… or a checkpoint that exists",
                        quote(*options.rotations)));
    auto bank = fixed_model_bank(options, path);
    if (!bank) {
        add_model_study(run_model_layer(options, path, context), options, result, context);
        return std::nullopt;
    }
    for (const InputRecord& record : bank->records) result.inputs.push_back(record);
    result.notes.insert(result.notes.end(), bank->notes.begin(), bank->notes.end());
    result.summary.emplace_back("model", bank->description);
    if (!options.decay && !bank->decays.empty()) {
        options.decay = "a=";
        for (std::size_t n = 0; n < bank->decays.size(); ++n)
            *options.decay += (n > 0 ? "," : "") + format_shortest(bank->decays[n]);
    }
    return bank->bank;
}

bool wants(const LeakageOptions& options, std::initializer_list<std::string_view> figures) {
    return std::ranges::any_of(
        options.figures, [&](const std::string& name) { return std::ranges::find(figures, name) != figures.end(); });
}

bool studies_windows(const LeakageOptions& options) {
    const bool other_study = options.rotations || options.arrays || options.signal || options.sweep;
    return options.windows || !other_study || wants(options, {"responses"});
}

bool studies_bank(const LeakageOptions& options) {
    return options.rotations && (!options.signal || wants(options, {"bank_map", "bank_response"}));
}

/// The names of the figures that there can be. What a checkpoint is, a bank or a model with gates, shows only when it
/// is opened: of either.
std::vector<std::string> figure_names(const LeakageOptions& options) {
    std::vector<std::string> names;
    const auto add = [&](bool studied, const char* first, const char* second) {
        if (studied) names.insert(names.end(), {first, second});
    };
    if (studies_windows(options)) names.emplace_back("responses");
    add(options.arrays || (options.rotations && !names_bank(*options.rotations)), "learned_windows", "learned_spectra");
    add(studies_bank(options), "bank_map", "bank_response");
    add(options.signal.has_value(), "finite_tone", "spectrogram");
    add(options.sweep.has_value(), "trade_off", "equal_mean");
    return names;
}

/// A figure that is asked for by name brings the study that draws it, on an example where the options give none.
LeakageOptions with_wanted_studies(LeakageOptions options) {
    if (!options.rotations && wants(options, {"bank_map", "bank_response"})) options.rotations = "rope:64:10000";
    if (!options.signal && wants(options, {"finite_tone", "spectrogram"})) options.signal = "tone:0.5";
    if (!options.sweep && wants(options, {"trade_off", "equal_mean"})) options.sweep = "";
    return options;
}

}  // namespace

Result analyse_leakage(const LeakageOptions& given, Context& context) {
    LeakageOptions options = with_wanted_studies(given);
    Result result;
    result.tool = "leakage";
    result.options = describe_options(options);
    result.seed = options.seed;
    context.figures.check(figure_names(options));
    if (studies_windows(options)) add_window_study(options, result, context);
    std::optional<RotationBank> bank;
    if (options.rotations) bank = resolve_rotations(options, result, context);
    if (options.arrays) add_model_study(read_model_arrays(options), options, result, context);
    if (bank && studies_bank(options)) add_bank_study(options, *bank, result, context);
    if (options.signal) add_signal_study(options, bank, result, context);
    if (options.sweep) add_sweep(options, result, context);
    return result;
}

}  // namespace rotoscope
