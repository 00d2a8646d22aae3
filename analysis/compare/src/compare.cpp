#include "rotoscope/compare/compare.hpp"

#include "compare_figures.hpp"
#include "compare_tables.hpp"
#include "comparison.hpp"
#include "quantities.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

std::string_view reference_name(Reference reference) {
    switch (reference) {
        case Reference::first:
            return "first";
        case Reference::previous:
            return "previous";
        case Reference::last:
            return "last";
    }
    throw internal_error("an unknown reference");
}

std::vector<std::pair<std::string, std::string>> describe_options(const CompareOptions& options) {
    std::vector<std::pair<std::string, std::string>> described;
    for (const std::filesystem::path& path : options.checkpoints) described.emplace_back("checkpoint", path.string());
    if (!options.steps.empty()) described.emplace_back("steps", fmt::format("{}", fmt::join(options.steps, ",")));
    described.emplace_back("reference", reference_name(options.reference));
    append_measurement_options(options.phases, described);
    return described;
}

[[noreturn]] void refuse(const std::vector<Snapshot>& snapshots) {
    std::string found;
    for (const Snapshot& snapshot : snapshots) {
        if (snapshot.kind != PhaseKind::none) continue;
        found = fmt::format("{}: {}", quote(snapshot.label),
                            snapshot.model.recognised()
                                ? fmt::format("{}, position embedding: {}", snapshot.model.family,
                                              position_name(snapshot.model.position))
                                : std::string("not recognised (no config.json with a known model_type)"));
        break;
    }
    throw input_error(
        fmt::format("nothing to compare: fewer than two checkpoints have fixed RoPE or a Selective RoPE "
                    "phase generator.\nFound in {}.\n'rotoscope inspect' lists its tensors.",
                    found));
}

void note_without_phases(CompareAnalysis& analysis) {
    const auto first = static_cast<std::size_t>(
        std::ranges::find_if(analysis.snapshots, [](const Snapshot& s) { return s.kind != PhaseKind::none; }) -
        analysis.snapshots.begin());
    for (std::size_t i = 0; i < analysis.snapshots.size(); ++i)
        if (analysis.snapshots[i].kind == PhaseKind::none)
            analysis.not_compared.push_back({first, i, std::nullopt,
                                             analysis.snapshots[i].model.recognised()
                                                 ? "no phases in the latter"
                                                 : "the latter is not recognised"});
}

/// Measures one checkpoint; of its options only the path is its own.
MeasuredChannels measure(std::size_t index, const CompareOptions& options, CompareAnalysis& analysis,
                         Context& context) {
    Snapshot& snapshot = analysis.snapshots[index];
    PhasesOptions own = options.phases;
    own.checkpoint = snapshot.path;
    Context quiet{context.pool, context.progress};  // the figures asked for are not those of `phases`
    try {
        PhaseMeasurements measured = measure_phases(own, quiet);
        snapshot.notes = measured.notes;
        snapshot.inputs = measured.inputs;
        std::vector<Column>& columns =
            snapshot.kind == PhaseKind::fixed ? analysis.frequency_columns : analysis.generator_columns;
        if (columns.empty()) columns = quantity_columns(snapshot.kind, measured.channels);
        return read_channels(index, snapshot.kind, std::move(measured), analysis.snapshots.size());
    } catch (Error& error) {
        throw error.in_file(snapshot.path.string());
    }
}

void check_size(const CompareAnalysis& analysis) {
    std::size_t numbers = 0;
    for (const auto& measured : analysis.measured)
        if (measured) numbers += measured->values.size();
    if (numbers > most_numbers)
        throw usage_error(fmt::format("more than {} numbers of all checkpoints together; --layers and --heads select",
                                      format_count(most_numbers)));
}

/// Measures the checkpoints in an order in which only two have to be held with their increments.
void run_comparisons(const CompareOptions& options, CompareAnalysis& analysis, Context& context) {
    analysis.measured.resize(analysis.snapshots.size());
    const auto measure_once = [&](std::size_t index) {
        if (analysis.measured[index]) return;
        throw_if_stopped();
        analysis.measured[index] = measure(index, options, analysis, context);
        check_size(analysis);
    };
    std::size_t held = 0;
    for (const SnapshotPair& pair : plan_pairs(analysis.snapshots, options.reference)) {
        measure_once(pair.from);
        measure_once(pair.to);
        compare_pair(pair, options.phases, analysis, context);
        const bool moves_on = options.reference == Reference::previous;
        held = moves_on ? pair.to : pair.from;
        analysis.measured[moves_on ? pair.from : pair.to]->increments.clear();
    }
    analysis.measured[held]->increments.clear();
}

/// What was noted of the checkpoints: once where it is the same of all, else with the name.
void add_measurement_notes(const CompareAnalysis& analysis, Result& result) {
    std::vector<std::string> shared;
    for (const Snapshot& snapshot : analysis.snapshots)
        for (const std::string& note : snapshot.notes) {
            if (std::ranges::find(shared, note) != shared.end()) continue;
            const bool everywhere = std::ranges::all_of(analysis.snapshots, [&](const Snapshot& other) {
                return other.kind == PhaseKind::none || std::ranges::find(other.notes, note) != other.notes.end();
            });
            if (everywhere) shared.push_back(note);
            result.notes.push_back(everywhere ? note : fmt::format("{}: {}", quote(snapshot.label), note));
        }
}

}  // namespace

Result compare_checkpoints(const CompareOptions& options, Context& context) {
    Result result;
    result.tool = "compare";
    result.options = describe_options(options);
    result.seed = options.phases.seed;
    CompareAnalysis analysis;
    analysis.snapshots = survey_checkpoints(options, result);
    append_fed_files(options.phases, result.inputs);
    if (plan_pairs(analysis.snapshots, options.reference).empty()) refuse(analysis.snapshots);
    context.figures.check(compare_figure_names(analysis.snapshots, options));
    note_without_phases(analysis);
    run_comparisons(options, analysis, context);
    add_compare_tables(analysis, result);
    add_measurement_notes(analysis, result);
    result.summary.emplace_back("reference", reference_name(options.reference));
    result.figures = compare_figures(analysis, options);
    return result;
}

}  // namespace rotoscope
