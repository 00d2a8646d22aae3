#include "rotoscope/phases/phases.hpp"

#include "model_summary.hpp"
#include "phases_figures.hpp"
#include "phases_tables.hpp"
#include "rope_result.hpp"
#include "selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"
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
            : std::string("an architecture that is not recognised (no config.json with a known model_type)");
    throw input_error(fmt::format("neither fixed RoPE nor a Selective RoPE phase generator in this checkpoint.\nFound: "
                                  "{}.\n'rotoscope inspect' lists its tensors.",
                                  found))
        .in_file(options.checkpoint.string());
}

/// A layer together with what it is fed.
struct FedLayer {
    LayerPhases* layer;
    std::unique_ptr<HiddenStates> inputs;
    std::optional<RotatedInputs> rotated;
};

/// Where the layers' inputs come from; owns the files and sequences that the inputs refer to.
class InputSource {
public:
    InputSource(const PhasesOptions& options, const Checkpoint& checkpoint, const Model& model)
        : options_(options), checkpoint_(checkpoint), model_(model), rows_(EmbeddingRows::find(checkpoint, model)) {
        const bool embeddings = options.inputs == InputKind::embeddings || options.tokens.has_value();
        if (embeddings && !rows_)
            throw input_error(
                fmt::format("has no embedding, which {} needs", options.tokens ? "--tokens" : "--inputs embeddings"))
                .in_file(options.checkpoint.string());
        if (options.activations) {
            activations_.emplace(Checkpoint::open(*options.activations));
            description_ = fmt::format("activations of {}", options.activations->filename().string());
        } else if (options.inputs == InputKind::sphere || !rows_) {
            sphere_ = true;
            description_ = fmt::format("{} point{} drawn on the sphere (seed {})", format_count(options.length),
                                       options.length == 1 ? "" : "s", options.seed);
        } else {
            tokens_ = options.tokens ? read_tokens(*options.tokens, rows_->vocabulary())
                                     : draw_tokens(rows_->vocabulary(), options.length, options.seed);
            description_ = fmt::format("embeddings of {}", tokens_->describe());
        }
    }

    [[nodiscard]] const std::string& description() const { return description_; }
    [[nodiscard]] const std::optional<EmbeddingRows>& rows() const { return rows_; }

    [[nodiscard]] std::optional<FedLayer> feed(LayerPhases& layer) const {
        const PhaseGeneratorWeights<double>& weights = layer.generator.weights;
        if (sphere_)
            return FedLayer{&layer,
                            draw_on_sphere(weights.model_dim, input_gain(checkpoint_, model_, layer.layer),
                                           options_.length, options_.seed, layer.layer),
                            std::nullopt};
        if (activations_) {
            const std::string prefix = model_.array_prefix(layer.layer);
            auto states = find_activations(*activations_, prefix + "hidden_states", weights.model_dim);
            if (states == nullptr) return std::nullopt;
            auto rotated = find_rotated_inputs(*activations_, prefix, states->tokens(), weights.heads, weights.pairs);
            return FedLayer{&layer, std::move(states), rotated};
        }
        if (layer.layer != 0) return std::nullopt;
        return FedLayer{&layer, embed_tokens(*rows_, *tokens_, weights.model_dim), std::nullopt};
    }

    /// Why these layers were not fed.
    [[nodiscard]] std::string missing(const std::vector<std::size_t>& layers) const {
        const std::string which =
            fmt::format("{} {}: weights only", layers.size() == 1 ? "layer" : "layers", format_ranges(layers));
        return which + (activations_ ? "; the activations have no hidden_states for them"
                                     : "; their increments need --activations, or --inputs sphere");
    }

private:
    const PhasesOptions& options_;
    const Checkpoint& checkpoint_;
    const Model& model_;
    std::optional<EmbeddingRows> rows_;
    std::optional<Checkpoint> activations_;
    std::unique_ptr<TokenSequence> tokens_;
    bool sphere_ = false;
    std::string description_;
};

void run_layers(const PhasesOptions& options, const InputSource& source, PhasesAnalysis& analysis, Result& result,
                Context& context) {
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

    std::optional<PhaseArrays> arrays;
    if (options.arrays) {
        std::vector<LayerArrays> declared;
        for (const FedLayer& layer : fed) {
            const PhaseGeneratorWeights<double>& weights = layer.layer->generator.weights;
            declared.push_back({analysis.model.array_prefix(layer.layer->layer), layer.inputs->tokens(), weights.heads,
                                weights.pairs, weights.gates(),
                                layer.layer->forget ? layer.layer->forget->weights.gates() : 0,
                                layer.rotated.has_value()});
        }
        arrays.emplace(*options.arrays, declared, analysis.model.layout, options.checkpoint.string());
    }
    for (FedLayer& layer : fed)
        layer.layer->along =
            run_layer(*layer.layer, fed.size(), *layer.inputs, layer.rotated ? &*layer.rotated : nullptr,
                      arrays ? &*arrays : nullptr, analysis.model.array_prefix(layer.layer->layer), context);
    if (arrays) arrays->commit();
}

void note_non_finite(const PhasesAnalysis& analysis, std::vector<std::string>& notes) {
    for (const LayerPhases& layer : analysis.layers) {
        std::vector<NonFiniteWeights> all = layer.generator.non_finite;
        if (layer.forget) all.insert(all.end(), layer.forget->non_finite.begin(), layer.forget->non_finite.end());
        for (const NonFiniteWeights& found : all)
            notes.push_back(fmt::format(
                "tensor {}: {}{}", quote(found.tensor), found.first,
                found.count > 1 ? fmt::format(" and {} more values that are not finite", format_count(found.count - 1))
                                : ""));
        if (!layer.along) continue;
        std::uint64_t left_out = 0;
        for (const CircularSummary& summary : layer.along->increments) left_out += summary.non_finite;
        if (left_out > 0)
            notes.push_back(fmt::format("layer {}: {} of {} increments are not finite and left out of the statistics",
                                        layer.layer, format_count(left_out),
                                        format_count(layer.along->tokens * layer.along->increments.size())));
    }
}

void add_tables(const PhasesAnalysis& analysis, Result& result) {
    result.tables.push_back(channel_table(analysis));
    result.tables.push_back(head_table(analysis));
    result.terminal.push_back(terminal_head_table(analysis, result.tables.back()));
    if (!analysis.vocabulary) return;
    result.tables.push_back(vocabulary_table(analysis));
    if (analysis.vocabulary->projected.empty()) {
        result.notes.push_back(
            fmt::format("a vocabulary of {} entries is summarised in the table vocabulary; tokens are listed up to {}",
                        format_count(analysis.vocabulary->vocabulary), most_listed_tokens));
        return;
    }
    result.tables.push_back(token_table(analysis));
    if (contribution_is_linear(analysis.find_layer(0)->generator.weights))
        result.terminal.push_back(contrast_table(analysis, terminal_contrasts));
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
    const Checkpoint checkpoint = Checkpoint::open(options.checkpoint);
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
    for (const std::size_t layer :
         select_available(options.layers, analysis.model.generator_layers, "--layers", "layer"))
        analysis.layers.push_back(load_layer(checkpoint, analysis.model, layer));
    const PhaseGeneratorWeights<double>& weights = analysis.layers.front().generator.weights;
    analysis.selection.heads = select_available(options.heads, first_numbers(weights.heads), "--heads", "head");
    analysis.selection.channels =
        select_available(options.channels, first_numbers(weights.pairs), "--channels", "channel");

    const InputSource source(options, checkpoint, analysis.model);
    analysis.inputs = source.description();
    record_inputs(options, checkpoint, result.inputs);
    protect_inputs(options, result.inputs);
    run_layers(options, source, analysis, result, context);
    if (const LayerPhases* first = analysis.find_layer(0); first != nullptr && source.rows())
        analysis.vocabulary = project_vocabulary(*first, *source.rows(), most_listed_tokens, context);

    result.summary.emplace_back("path", options.checkpoint.string());
    append_model_summary(analysis.model, result.summary);
    result.summary.emplace_back("inputs", analysis.inputs);
    add_tables(analysis, result);
    note_non_finite(analysis, result.notes);
    result.figures = phases_figures(analysis);
    return result;
}

}  // namespace rotoscope
