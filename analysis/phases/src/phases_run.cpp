#include "phases_run.hpp"

#include "input_source.hpp"
#include "phases_figures.hpp"
#include "selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/measurements.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

// More than any machine gets through; sizes of arrays of so many tokens stay in 64 bits.
constexpr std::uint64_t most_tokens = std::uint64_t{1} << 40;

/// Every layer's weights-only facts; its weights are dropped again, so that one layer at a time is held.
void describe_layers(const Checkpoint& checkpoint, const std::vector<std::size_t>& layers, PhasesAnalysis& analysis) {
    for (const std::size_t layer : layers) {
        throw_if_stopped();
        analysis.layers.push_back(describe_layer(layer, load_layer(checkpoint, analysis.model, layer)));
    }
}

/// The layers that there are inputs for, each with its own; what that leaves out is noted.
std::vector<FedLayer> feed_layers(const PhasesOptions& options, const InputSource& source, PhasesAnalysis& analysis,
                                  Result& result) {
    std::vector<FedLayer> fed;
    std::vector<std::size_t> unfed;
    for (LayerPhases& layer : analysis.layers) {
        if (auto found = source.feed(layer)) fed.push_back(std::move(*found));
        else unfed.push_back(layer.layer);
    }
    if (fed.empty() && options.activations)
        throw input_error(analysis.model.bare_module
                              ? std::string("no hidden_states")
                              : fmt::format("no layer{{i}}.hidden_states for {} {}",
                                            unfed.size() == 1 ? "layer" : "layers", format_ranges(unfed)))
            .in_file(options.activations->string());
    if (fed.empty() && options.arrays)
        throw usage_error(
            "--arrays: no layer has inputs; expected --activations, --inputs sphere, or layer 0 among the layers");
    if (!unfed.empty()) result.notes.push_back(source.missing(unfed));
    for (FedLayer& layer : fed) layer.layer->tokens = layer.inputs->tokens();
    return fed;
}

void run_layers(const PhasesOptions& options, const Checkpoint& checkpoint, const std::vector<FedLayer>& fed,
                const Model& model, Context& context) {
    std::optional<PhaseArrays> arrays;
    if (options.arrays) {
        std::vector<LayerArrays> declared;
        for (const FedLayer& layer : fed) {
            const LayerPhases& sizes = *layer.layer;
            declared.push_back({model.array_prefix(sizes.layer), sizes.tokens, sizes.heads, sizes.pairs, sizes.gates,
                                sizes.forget_kind, sizes.forget_gates, layer.rotated.has_value()});
        }
        arrays.emplace(*options.arrays, declared, model.layout, options.checkpoint.string());
    }
    for (const FedLayer& layer : fed) {
        const std::size_t number = layer.layer->layer;
        layer.layer->along = run_layer(
            load_layer(checkpoint, model, number),
            {fmt::format("layer {}", number), fed.size(), *layer.inputs, layer.rotated ? &*layer.rotated : nullptr,
             arrays ? &*arrays : nullptr, model.array_prefix(number)},
            context);
    }
    if (arrays) arrays->commit();
}

void note_non_finite(const LayerPhases& layer, std::vector<std::string>& notes) {
    for (const NonFiniteWeights& found : layer.non_finite)
        notes.push_back(fmt::format(
            "tensor {}: {}{}", quote(found.tensor), found.first,
            found.count > 1 ? fmt::format(" and {} more values that are not finite", format_count(found.count - 1))
                            : ""));
    if (!layer.along) return;
    std::uint64_t left_out = 0;
    for (const CircularSummary& summary : layer.along->increments) left_out += summary.non_finite;
    if (left_out > 0)
        notes.push_back(fmt::format("layer {}: {} of {} increments are not finite and left out of the statistics",
                                    layer.layer, format_count(left_out),
                                    format_count(layer.tokens * layer.channels())));
}

/// The diffusion's lags are 16 … N/16 tokens: a slope needs two of them.
void note_short_sequences(const PhasesAnalysis& analysis, std::vector<std::string>& notes) {
    std::vector<std::size_t> too_short;
    std::uint64_t longest = 0;
    for (const LayerPhases& layer : analysis.layers) {
        if (layer.tokens == 0 || layer.tokens >= least_diffusion_tokens) continue;
        too_short.push_back(layer.layer);
        longest = std::max(longest, layer.tokens);
    }
    if (too_short.empty()) return;
    notes.push_back(fmt::format(
        "diffusion is missing{}: its lags 16 ... N/16 need {} tokens, the inputs have {}",
        analysis.model.bare_module
            ? ""
            : fmt::format(" for {} {}", too_short.size() == 1 ? "layer" : "layers", format_ranges(too_short)),
        least_diffusion_tokens, format_count(longest)));
}

/// Files that are read are never written.
void protect_inputs(const PhasesOptions& options, const std::vector<InputRecord>& inputs) {
    std::error_code ignored;
    for (const InputRecord& input : inputs)
        if (options.arrays && std::filesystem::equivalent(*options.arrays, input.path, ignored))
            throw usage_error(fmt::format("--arrays: {} is an input; expected another file", quote(input.path)));
}

}  // namespace

PhasesAnalysis run_phases(const PhasesOptions& options, const Checkpoint& checkpoint, Model model, Result& result,
                          Context& context) {
    PhasesAnalysis analysis;
    analysis.name = checkpoint_name(options.checkpoint);
    analysis.model = std::move(model);
    if (analysis.model.generator_layers.empty()) refuse_model(options.checkpoint, analysis.model);
    if (options.context || options.histogram)
        throw usage_error(fmt::format("{}: applies to models with fixed RoPE only; this one has Selective RoPE",
                                      options.context ? "--context" : "--histogram"));
    if (options.length == 0 || options.length > most_tokens)
        throw usage_error(fmt::format("--length: {} tokens; expected 1 to {}", format_count(options.length),
                                      format_count(most_tokens)));
    result.notes = checkpoint.notes();
    describe_layers(checkpoint, select_available(options.layers, analysis.model.generator_layers, "--layers", "layer"),
                    analysis);
    const LayerPhases& sizes = analysis.layers.front();
    analysis.selection.heads = select_available(options.heads, first_numbers(sizes.heads), "--heads", "head");
    analysis.selection.channels =
        select_available(options.channels, first_numbers(sizes.pairs), "--channels", "channel");

    const InputSource source(options, checkpoint, analysis.model);
    analysis.inputs = source.description();
    result.inputs = checkpoint.inputs(options.hash_inputs);
    append_fed_files(options, result.inputs);
    protect_inputs(options, result.inputs);
    const std::vector<FedLayer> fed = feed_layers(options, source, analysis, result);
    const LayerPhases* const first = analysis.find_layer(0);
    if (first != nullptr && source.rows()) analysis.vocabulary.emplace().vocabulary = source.rows()->vocabulary();
    context.figures.check(phases_figure_names(analysis));
    run_layers(options, checkpoint, fed, analysis.model, context);
    if (analysis.vocabulary)
        analysis.vocabulary =
            project_vocabulary(load_generator(checkpoint, analysis.model, 0), *source.rows(), context);
    note_short_sequences(analysis, analysis.late_notes);
    for (const LayerPhases& layer : analysis.layers) note_non_finite(layer, analysis.late_notes);
    return analysis;
}

}  // namespace rotoscope
