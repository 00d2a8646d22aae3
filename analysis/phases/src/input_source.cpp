#include "input_source.hpp"

#include <fmt/format.h>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {

InputSource::InputSource(const PhasesOptions& options, const Checkpoint& checkpoint, const Model& model)
    : options_(options), checkpoint_(checkpoint), model_(model), rows_(EmbeddingRows::find(checkpoint, model)) {
    const bool embeddings = options.inputs == InputKind::embeddings || options.tokens.has_value();
    if (embeddings && !rows_)
        throw input_error(
            fmt::format("has no embedding, which {} needs", options.tokens ? "--tokens" : "--inputs embeddings"))
            .in_file(options.checkpoint.string());
    if (options.activations) {
        activations_.emplace(Checkpoint::open(*options.activations, options.open));
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

std::optional<FedLayer> InputSource::feed(LayerPhases& layer) const {
    if (sphere_)
        return FedLayer{&layer,
                        draw_on_sphere(layer.model_dim, input_gain(checkpoint_, model_, layer.layer), options_.length,
                                       options_.seed, layer.layer),
                        std::nullopt};
    if (activations_) {
        const std::string prefix = model_.array_prefix(layer.layer);
        auto states = find_activations(*activations_, prefix + "hidden_states", layer.model_dim);
        if (states == nullptr) return std::nullopt;
        auto rotated = find_rotated_inputs(*activations_, prefix, states->tokens(), layer.heads, layer.pairs);
        return FedLayer{&layer, std::move(states), rotated};
    }
    if (layer.layer != 0) return std::nullopt;
    return FedLayer{&layer, embed_tokens(*rows_, *tokens_, layer.model_dim), std::nullopt};
}

std::string InputSource::missing(const std::vector<std::size_t>& layers) const {
    const std::string which =
        fmt::format("{} {}: weights only", layers.size() == 1 ? "layer" : "layers", format_ranges(layers));
    return which + (activations_ ? "; the activations have no hidden_states for them"
                                 : "; their increments need --activations, or --inputs sphere");
}

}  // namespace rotoscope
