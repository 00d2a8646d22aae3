#include "rotoscope/rff/rff.hpp"

#include "error_tables.hpp"
#include "memory_need.hpp"
#include "rff_figures.hpp"
#include "study_notes.hpp"
#include "study_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::pair<std::string_view, RffStudy> studies[] = {
    {"errors", RffStudy::errors},           {"norms", RffStudy::norms},
    {"kernel", RffStudy::kernel},           {"matrices", RffStudy::matrices},
    {"temperature", RffStudy::temperature}, {"spectra", RffStudy::spectra},
    {"rotations", RffStudy::rotations}};
// More of anything is a mistake, and sizes of what they give stay in 64 bits.
constexpr std::uint64_t most = std::uint64_t{1} << 40;
constexpr std::uint64_t most_seeds = 100'000;

void check_size(std::string_view option, std::uint64_t value, std::uint64_t largest) {
    if (value == 0 || value > largest)
        throw usage_error(fmt::format("{}: {}; expected 1 to {}", option, format_count(value), format_count(largest)));
}

void check_options(const RffOptions& options) {
    check_size("--dim", options.dimension, most);
    check_size("--length", options.length, most);
    check_size("--seeds", options.seeds, most_seeds);
    if (options.features.empty() || options.counts.empty())
        throw usage_error("at least one kind of features and one number of frequencies are needed");
    std::uint64_t previous = 0;
    for (const std::uint64_t count : options.counts) {
        check_size("--counts", count, most);
        if (count <= previous)
            throw usage_error(fmt::format("--counts: {} after {}; expected ascending numbers of frequencies",
                                          format_count(count), format_count(previous)));
        previous = count;
    }
    const int kinds = int{options.scale.has_value()} + int{options.norm.has_value()} + int{options.angle.has_value()};
    if (kinds > 1) throw usage_error("--scale, --norm and --angle: expected at most one of them");
    if (options.inputs && (options.norm || options.angle))
        throw usage_error("--norm and --angle are for drawn inputs; --inputs takes --scale");
    if (!options.inputs && (options.layer || options.head != 0))
        throw usage_error("--layer and --head choose from a file; expected --inputs");
    for (const auto& [option, value] : {std::pair{"--scale", options.scale}, {"--norm", options.norm}})
        if (value && !(*value > 0.0 && *value <= 1e18))
            throw usage_error(
                fmt::format("{}: {}; expected a number above 0, at most 1e18", option, format_shortest(*value)));
    if (options.angle && !(*options.angle >= 0.0 && *options.angle <= 180.0))
        throw usage_error(fmt::format("--angle: {}; expected 0 to 180 degrees", format_shortest(*options.angle)));
}

/// What keeps a study from vectors of d components, or "".
std::string misfit(RffStudy study, Index dimension) {
    if ((study == RffStudy::kernel || study == RffStudy::temperature) && dimension < 2)
        return "vectors at an angle need at least two components";
    if (study == RffStudy::spectra && dimension % 2 != 0)
        return fmt::format("temperatures belong to pairs; {} components are an odd number", dimension);
    return "";
}

/// The options with the studies that will run: those asked for, which must fit, or all that do.
RffOptions with_studies(RffOptions options, Index dimension, std::vector<std::string>& notes) {
    const bool asked = !options.studies.empty();
    std::vector<RffStudy> chosen;
    for (const auto& [name, study] : studies) {
        const bool wanted = asked ? std::ranges::find(options.studies, study) != options.studies.end()
                                  : study != RffStudy::rotations || options.inputs.has_value();
        if (!wanted) continue;
        const std::string problem = misfit(study, dimension);
        if (problem.empty()) chosen.push_back(study);
        else if (asked) throw usage_error(fmt::format("--study {}: {}", name, problem));
        else notes.push_back(fmt::format("{} left out: {}", name, problem));
    }
    options.studies = std::move(chosen);
    return options;
}

bool wants(const RffOptions& options, RffStudy study) {
    return std::ranges::find(options.studies, study) != options.studies.end();
}

/// Throws Error (usage) for draws and temperatures that there are not in so many dimensions.
void check_dimension(const RffOptions& options, Index dimension) {
    for (const FeatureSeries& series : options.features) (void)draw_frequencies(series.draws, 0, dimension, 0, 0);
    (void)options.temperature.set(static_cast<std::size_t>(dimension));
}

std::vector<std::pair<std::string, std::string>> describe_options(const RffOptions& options) {
    std::vector<std::string> names;
    for (const FeatureSeries& series : options.features) names.push_back(feature_name(series));
    std::vector<std::string> chosen;
    for (const auto& [name, study] : studies)
        if (wants(options, study)) chosen.emplace_back(name);
    std::vector<std::pair<std::string, std::string>> described{
        {"features", fmt::format("{}", fmt::join(names, ","))},
        {"counts", fmt::format("{}", fmt::join(options.counts, ","))},
        {"seeds", std::to_string(options.seeds)}};
    if (options.inputs) {
        described.emplace_back("inputs", options.inputs->string());
        if (options.layer) described.emplace_back("layer", std::to_string(*options.layer));
        described.emplace_back("head", std::to_string(options.head));
    } else {
        described.emplace_back("dim", std::to_string(options.dimension));
        described.emplace_back("length", std::to_string(options.length));
    }
    for (const auto& [name, value] :
         {std::pair{"scale", options.scale}, {"norm", options.norm}, {"angle", options.angle}})
        if (value) described.emplace_back(name, format_shortest(*value));
    described.emplace_back("temperature", options.temperature.describe());
    described.emplace_back("mask", options.mask == Mask::causal ? "causal" : "full");
    std::vector<std::string> epsilons;
    for (const double epsilon : options.epsilons) epsilons.push_back(format_shortest(epsilon));
    described.emplace_back("epsilon", fmt::format("{}", fmt::join(epsilons, ",")));
    described.emplace_back("study", fmt::format("{}", fmt::join(chosen, ",")));
    return described;
}

/// The names of the figures that there will be.
std::vector<std::string> figure_names(const RffOptions& options, const StudyInputs& inputs) {
    std::vector<std::string> names;
    const auto add = [&](RffStudy study, const char* name) {
        if (wants(options, study)) names.emplace_back(name);
    };
    add(RffStudy::errors, "errors");
    add(RffStudy::norms, "norms");
    add(RffStudy::kernel, "kernel_variance");
    if (wants(options, RffStudy::matrices))
        for (const FeatureSeries& series : options.features) names.push_back(matrix_figure_name(series));
    add(RffStudy::temperature, "temperature");
    add(RffStudy::spectra, "spectra");
    if (inputs.length() > 1) add(RffStudy::rotations, "rotations");
    return names;
}

/// How figures over the inputs are labelled.
std::string figure_note(const RffOptions& options, const StudyInputs& inputs) {
    std::string note = fmt::format("{}; L = {}, d = {}, {} mask", inputs.label(), inputs.length(), inputs.dimension(),
                                   options.mask == Mask::causal ? "causal" : "full");
    if (!options.temperature.standard()) note += "; σ " + options.temperature.describe();
    return note;
}

void add_errors(const RffOptions& options, const StudyInputs& inputs, Result& result, Context& context) {
    const ErrorResults errors = study_errors(options, inputs, context);
    for (Table table : {error_table(options, errors), slope_table(options, errors), seed_table(options, errors)})
        result.tables.push_back(std::move(table));
    result.terminal.push_back(terminal_error_table(options, errors));
    result.terminal.push_back(terminal_largest_table(options, errors));
    result.figures.push_back(error_figure(options, errors, figure_note(options, inputs)));
    note_errors(options, inputs, errors, result.notes);
}

void add_norms(const RffOptions& options, const StudyInputs& inputs, Result& result, Context& context) {
    const std::vector<ErrorResults> norms = study_norms(options, inputs, context);
    result.tables.push_back(norm_table(options, norms));
    result.terminal.push_back(terminal_norm_table(options, norms));
    result.figures.push_back(norm_figure(options, norms, figure_note(options, inputs)));
    note_norms(options, norms, result.notes);
}

void add_kernel(const RffOptions& options, const StudyInputs& inputs, Result& result, Context& context) {
    const KernelResults kernel = study_kernel(options, inputs.dimension(), context);
    result.tables.push_back(kernel_table(options, kernel));
    result.terminal.push_back(terminal_kernel_table(options, kernel));
    result.figures.push_back(kernel_figure(options, kernel));
    note_kernel(options, kernel, result.notes);
}

void add_matrices(const RffOptions& options, const StudyInputs& inputs, Result& result, Context& context) {
    const MatrixResults matrices = study_matrices(options, inputs, context);
    for (Figure& figure : matrix_figures(matrices, figure_note(options, inputs)))
        result.figures.push_back(std::move(figure));
}

void add_temperature(const RffOptions& options, const StudyInputs& inputs, Result& result, Context& context) {
    const TemperatureResults temperature = study_temperature(options, inputs.dimension(), context);
    result.tables.push_back(temperature_minimum_table(temperature));
    result.tables.push_back(temperature_error_table(temperature));
    result.terminal.push_back(terminal_temperature_table(temperature));
    result.figures.push_back(temperature_figure(temperature));
}

void add_spectra(const RffOptions& options, const StudyInputs& inputs, Result& result) {
    const SpectraResults spectra = study_spectra(options, inputs.dimension());
    result.tables.push_back(spectrum_table(spectra));
    result.tables.push_back(spectrum_distance_table(spectra));
    result.terminal.push_back(terminal_spectrum_table(spectra));
    result.figures.push_back(spectrum_figure(spectra, inputs.dimension()));
}

void add_rotations(const RffOptions& options, const StudyInputs& inputs, Result& result, Context& context) {
    const RotationResults rotations = study_rotations(options, inputs, context);
    result.tables.push_back(rotation_table(rotations));
    result.tables.push_back(recurrence_table(rotations));
    if (inputs.length() > 1) {
        result.terminal.push_back(terminal_rotation_table(rotations));
        result.figures.push_back(rotation_figure(options, rotations, figure_note(options, inputs)));
    }
    note_rotations(inputs, rotations, result);
}

}  // namespace

std::string_view study_name(RffStudy study) {
    for (const auto& [name, value] : studies)
        if (value == study) return name;
    throw internal_error("a study without a name");
}

std::vector<RffStudy> parse_studies(std::string_view list) {
    std::vector<RffStudy> chosen;
    while (true) {
        const std::size_t comma = list.find(',');
        const std::string_view name = list.substr(0, comma);
        const auto found = std::ranges::find(studies, name, &std::pair<std::string_view, RffStudy>::first);
        if (name == "all") {
            for (const auto& [ignored, study] : studies) chosen.push_back(study);
        } else if (found != std::end(studies)) {
            chosen.push_back(found->second);
        } else {
            std::vector<std::string> names{"all"};
            for (const auto& [known, ignored] : studies) names.emplace_back(known);
            const std::string nearest = nearest_word(name, names);
            throw usage_error(
                fmt::format("--study: there is no study {}; expected {}", quote(name),
                            nearest.empty() ? fmt::format("{}", fmt::join(names, ", ")) : "perhaps " + nearest));
        }
        if (comma == std::string_view::npos) return chosen;
        list.remove_prefix(comma + 1);
    }
}

Result compare_features(const RffOptions& asked, Context& context) {
    check_options(asked);
    const auto check_sizes = [&](std::uint64_t length, std::uint64_t dimension) {
        check_memory(asked, static_cast<double>(length), static_cast<double>(dimension), context.pool.threads());
        check_dimension(asked, static_cast<Index>(dimension));
    };
    if (!asked.inputs) check_sizes(asked.length, asked.dimension);
    const StudyInputs inputs(asked);
    if (asked.inputs)
        check_sizes(static_cast<std::uint64_t>(inputs.length()), static_cast<std::uint64_t>(inputs.dimension()));

    Result result;
    const RffOptions options = with_studies(asked, inputs.dimension(), result.notes);
    result.tool = "rff";
    result.options = describe_options(options);
    result.seed = options.seed;
    result.inputs = inputs.records();
    result.summary.emplace_back("inputs", inputs.description());
    result.summary.emplace_back(
        "values", fmt::format("N(0, 1), drawn; {} mask; temperature {}",
                              options.mask == Mask::causal ? "causal" : "full", options.temperature.describe()));
    note_inputs(options, inputs, result.notes);
    context.figures.check(figure_names(options, inputs));
    if (wants(options, RffStudy::errors)) add_errors(options, inputs, result, context);
    if (wants(options, RffStudy::norms)) add_norms(options, inputs, result, context);
    if (wants(options, RffStudy::kernel)) add_kernel(options, inputs, result, context);
    if (wants(options, RffStudy::matrices)) add_matrices(options, inputs, result, context);
    if (wants(options, RffStudy::temperature)) add_temperature(options, inputs, result, context);
    if (wants(options, RffStudy::spectra)) add_spectra(options, inputs, result);
    if (wants(options, RffStudy::rotations)) add_rotations(options, inputs, result, context);
    return result;
}

}  // namespace rotoscope
