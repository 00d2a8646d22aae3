#include "rotoscope/phases/measurements.hpp"

#include "phases_run.hpp"
#include "phases_tables.hpp"
#include "rope_result.hpp"

#include <fmt/format.h>

#include "rotoscope/checkpoint/input_record.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/model_summary.hpp"

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
    return {{}, rope_notes(checkpoint.notes(), analysis), frequency_table(analysis), {}, {}, false, {}};
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

void append_measurement_options(const PhasesOptions& options,
                                std::vector<std::pair<std::string, std::string>>& described) {
    if (options.tokens) described.emplace_back("tokens", *options.tokens);
    if (options.activations) described.emplace_back("activations", options.activations->string());
    if (!options.layers.empty()) described.emplace_back("layers", format_ranges(options.layers));
    if (!options.heads.empty()) described.emplace_back("heads", format_ranges(options.heads));
    if (!options.channels.empty()) described.emplace_back("channels", format_ranges(options.channels));
    if (options.inputs != InputKind::automatic)
        described.emplace_back("inputs", options.inputs == InputKind::sphere ? "sphere" : "embeddings");
    if (!options.tokens && !options.activations) described.emplace_back("length", std::to_string(options.length));
    if (options.arrays) described.emplace_back("arrays", options.arrays->string());
    if (options.open.raw_pairs_are_bf16) described.emplace_back("v2-bf16", "true");
}

void append_fed_files(const PhasesOptions& options, std::vector<InputRecord>& inputs) {
    std::error_code ignored;
    if (options.activations) inputs.push_back(record_input(*options.activations, options.hash_inputs));
    if (options.tokens && std::filesystem::exists(*options.tokens, ignored))
        inputs.push_back(record_input(*options.tokens, options.hash_inputs));
}

bool has_phases(const Model& model) noexcept { return !model.generator_layers.empty() || has_fixed_rope(model); }

PhaseMeasurements measure_phases(const PhasesOptions& options, Context& context) {
    const Checkpoint checkpoint = Checkpoint::open(options.checkpoint, options.open);
    Model model = recognise_model(checkpoint);
    if (has_fixed_rope(model)) return measure_rope(options, checkpoint, std::move(model), context);
    return measure_generators(options, checkpoint, std::move(model), context);
}

}  // namespace rotoscope
