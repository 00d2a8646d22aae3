// What each layer of a run is fed: embeddings, activations, or points of the sphere.
#pragma once

#include "layer_analysis.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/phases/inputs.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {

/// A layer together with what it is fed.
struct FedLayer {
    LayerPhases* layer;
    std::unique_ptr<HiddenStates> inputs;
    std::optional<RotatedInputs> rotated;
};

/// Where the layers' inputs come from; owns the files and sequences that the inputs refer to. Options, checkpoint and
/// model must outlive it.
class InputSource {
public:
    /// Throws Error (input) where the checkpoint has no embedding and the options ask for one, and for files that
    /// cannot be read.
    InputSource(const PhasesOptions& options, const Checkpoint& checkpoint, const Model& model);

    /// For people: "embeddings of 4,096 tokens drawn uniformly (seed 0)".
    [[nodiscard]] const std::string& description() const { return description_; }
    /// The checkpoint's embedding, whatever the layers are fed.
    [[nodiscard]] const std::optional<EmbeddingRows>& rows() const { return rows_; }

    /// The layer with its inputs; nothing where there are none for it. Throws Error (input) for those that do not fit.
    [[nodiscard]] std::optional<FedLayer> feed(LayerPhases& layer) const;

    /// Why these layers were not fed.
    [[nodiscard]] std::string missing(const std::vector<std::size_t>& layers) const;

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

}  // namespace rotoscope
