#include "rotoscope/phases/measurements.hpp"

#include "phases_run.hpp"
#include "phases_tables.hpp"
#include "rope_result.hpp"

#include <fmt/format.h>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

PhaseMeasurements measure_rope(const PhasesOptions& options, const Checkpoint& checkpoint, Model model,
                               Context& context) {
    RopeJob job = prepare_rope_job(options, checkpoint, std::move(model));
    if (const std::size_t rows = job.layers.size() * job.heads.size() * job.rope.pairs(); rows > most_frequency_rows)
        throw input_error(fmt::format("{} frequencies, at most {} are compared; --layers and --heads select",
                                      format_count(rows), format_count(most_frequency_rows)))
            .in_file(options.checkpoint.string());
    std::vector<GroupSums> sums = run_groups(job, 0, job.groups.size(), context);
    const RopeAnalysis analysis = assemble(std::move(job), std::move(sums));
    std::vector<std::string> notes = checkpoint.notes();
    notes.insert(notes.end(), analysis.job.rope.notes.begin(), analysis.job.rope.notes.end());
    note_non_finite(analysis, notes);
    return {{}, std::move(notes), frequency_table(analysis), {}, {}, false, {}};
}

PhaseMeasurements measure_generators(const PhasesOptions& options, const Checkpoint& checkpoint, Model model,
                                     Context& context) {
    Result result;
    PhasesAnalysis analysis = run_phases(options, checkpoint, std::move(model), result, context);
    std::vector<std::string> notes = std::move(result.notes);
    notes.insert(notes.end(), analysis.late_notes.begin(), analysis.late_notes.end());
    PhaseMeasurements measured{analysis.inputs, std::move(notes), channel_table(analysis), {}, {}, false, {}};
    if (analysis.vocabulary) {
        measured.linear = analysis.find_layer(0)->linear;
        measured.vocabulary = vocabulary_table(analysis);
        if (analysis.vocabulary->listed()) measured.tokens = token_table(analysis);
    }
    for (LayerPhases& layer : analysis.layers)
        if (layer.along)
            measured.increments.push_back(
                {layer.layer, layer.pairs, layer.channels(), std::move(layer.along->sampled_increments)});
    return measured;
}

}  // namespace

bool has_phases(const Model& model) noexcept { return !model.generator_layers.empty() || has_fixed_rope(model); }

PhaseMeasurements measure_phases(const PhasesOptions& options, Context& context) {
    const Checkpoint checkpoint = Checkpoint::open(options.checkpoint, options.open);
    Model model = recognise_model(checkpoint);
    if (has_fixed_rope(model)) return measure_rope(options, checkpoint, std::move(model), context);
    return measure_generators(options, checkpoint, std::move(model), context);
}

}  // namespace rotoscope
