#include "rotoscope/phases/phases.hpp"

#include "histogram_table.hpp"
#include "input_source.hpp"
#include "model_summary.hpp"
#include "phases_figures.hpp"
#include "phases_tables.hpp"
#include "rope_result.hpp"
#include "selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t terminal_contrasts = 8;
// More than any machine gets through; sizes of arrays of so many tokens stay in 64 bits.
constexpr std::uint64_t most_tokens = std::uint64_t{1} << 40;

[[noreturn]] void refuse_model(const PhasesOptions& options, const Model& model) {
    std::string found =
        model.recognised()
            ? fmt::format("{}, {}, position embedding: {}", model.family, describe_sizes(model),
                          position_name(model.position))
            : fmt::format("an architecture that is {} (no config.json with a known model_type)", model.family);
    throw input_error(fmt::format("neither fixed RoPE nor a Selective RoPE phase generator in this checkpoint.\nFound: "
                                  "{}.\n'rotoscope inspect' lists its tensors.",
                                  found))
        .in_file(options.checkpoint.string());
}

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

void add_tables(const PhasesAnalysis& analysis, Result& result) {
    result.tables.push_back(channel_table(analysis));
    result.tables.push_back(head_table(analysis));
    result.terminal.push_back(terminal_head_table(analysis, result.tables.back()));
    if (const std::size_t histograms = count_histograms(analysis); histograms > most_histograms)
        result.notes.push_back(fmt::format(
            "no table of histograms: {} channels, listed are up to {}; --layers, --heads, --channels select",
            format_count(histograms), format_count(most_histograms)));
    else if (histograms > 0) result.tables.push_back(histogram_table(analysis));
    if (!analysis.vocabulary) return;
    result.tables.push_back(vocabulary_table(analysis));
    if (!analysis.vocabulary->listed()) {
        result.notes.push_back(
            fmt::format("a vocabulary of {} entries is summarised in the table vocabulary; tokens are listed up to {}",
                        format_count(analysis.vocabulary->vocabulary), most_listed_tokens));
        return;
    }
    result.tables.push_back(token_table(analysis));
    if (analysis.find_layer(0)->linear) result.terminal.push_back(contrast_table(analysis, terminal_contrasts));
    else
        result.notes.emplace_back(
            "SiLU or a gate: the angle a token adds depends on its neighbours, so total_angle is missing");
}

std::vector<std::pair<std::string, std::string>> describe_options(const PhasesOptions& options) {
    std::vector<std::pair<std::string, std::string>> described{{"path", options.checkpoint.string()}};
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
    return described;
}

void record_inputs(const PhasesOptions& options, const Checkpoint& checkpoint, std::vector<InputRecord>& inputs) {
    inputs = checkpoint.inputs(options.hash_inputs);
    std::error_code ignored;
    if (options.activations) inputs.push_back(record_input(*options.activations, options.hash_inputs));
    if (options.tokens && std::filesystem::exists(*options.tokens, ignored))
        inputs.push_back(record_input(*options.tokens, options.hash_inputs));
}

/// Files that are read are never written.
void protect_inputs(const PhasesOptions& options, const std::vector<InputRecord>& inputs) {
    std::error_code ignored;
    for (const InputRecord& input : inputs)
        if (options.arrays && std::filesystem::equivalent(*options.arrays, input.path, ignored))
            throw usage_error(fmt::format("--arrays: {} is an input; expected another file", quote(input.path)));
}

}  // namespace

Result analyse_phases(const PhasesOptions& options, Context& context) {
    const Checkpoint checkpoint = Checkpoint::open(options.checkpoint, options.open);
    PhasesAnalysis analysis;
    analysis.name = checkpoint_name(options.checkpoint);
    analysis.model = recognise_model(checkpoint);
    if (has_fixed_rope(analysis.model)) return analyse_rope(options, checkpoint, analysis.model, context);
    if (analysis.model.generator_layers.empty()) refuse_model(options, analysis.model);
    if (options.context || options.histogram)
        throw usage_error(fmt::format("{}: applies to models with fixed RoPE only; this one has Selective RoPE",
                                      options.context ? "--context" : "--histogram"));
    if (options.length == 0 || options.length > most_tokens)
        throw usage_error(fmt::format("--length: {} tokens; expected 1 to {}", format_count(options.length),
                                      format_count(most_tokens)));

    Result result;
    result.tool = "phases";
    result.options = describe_options(options);
    result.seed = options.seed;
    result.notes = checkpoint.notes();
    describe_layers(checkpoint, select_available(options.layers, analysis.model.generator_layers, "--layers", "layer"),
                    analysis);
    const LayerPhases& sizes = analysis.layers.front();
    analysis.selection.heads = select_available(options.heads, first_numbers(sizes.heads), "--heads", "head");
    analysis.selection.channels =
        select_available(options.channels, first_numbers(sizes.pairs), "--channels", "channel");

    const InputSource source(options, checkpoint, analysis.model);
    analysis.inputs = source.description();
    record_inputs(options, checkpoint, result.inputs);
    protect_inputs(options, result.inputs);
    const std::vector<FedLayer> fed = feed_layers(options, source, analysis, result);
    const LayerPhases* const first = analysis.find_layer(0);
    if (first != nullptr && source.rows()) analysis.vocabulary.emplace().vocabulary = source.rows()->vocabulary();
    context.figures.check(phases_figure_names(analysis));
    run_layers(options, checkpoint, fed, analysis.model, context);
    if (analysis.vocabulary)
        analysis.vocabulary =
            project_vocabulary(load_generator(checkpoint, analysis.model, 0), *source.rows(), context);

    result.summary.emplace_back("path", options.checkpoint.string());
    append_model_summary(analysis.model, result.summary);
    result.summary.emplace_back("inputs", analysis.inputs);
    add_tables(analysis, result);
    note_short_sequences(analysis, result.notes);
    for (const LayerPhases& layer : analysis.layers) note_non_finite(layer, result.notes);
    result.figures = phases_figures(analysis);
    return result;
}

}  // namespace rotoscope
