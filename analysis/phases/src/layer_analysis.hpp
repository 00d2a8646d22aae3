// One layer's phases: what its weights say, and what its increments look like along a sequence.
#pragma once

#include "phase_arrays.hpp"

#include <optional>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/numerics/circular_moments.hpp"
#include "rotoscope/numerics/diffusion.hpp"
#include "rotoscope/phases/inputs.hpp"
#include "rotoscope/phases/model.hpp"
#include "rotoscope/theory/phase_bounds.hpp"

namespace rotoscope {

/// Rows of all channels at equally spaced tokens first, first + stride …: what figures draw, few enough to be held.
struct StridedRows {
    std::uint64_t stride = 1;
    std::vector<double> values;  ///< [rows, H·P]
};

/// Statistics of the increments d_t = temperature·φ_t of each channel (radians per token) along a sequence.
struct IncrementStatistics {
    std::uint64_t tokens = 0;
    std::vector<CircularSummary> increments;  ///< [H·P]
    std::vector<double> gate_mean;            ///< [H·P]; empty without a gate
    std::vector<double> rayleigh_p;           ///< [H·P]; empty where the tokens are not independent
    std::vector<ChannelDiffusion> diffusion;  ///< [H·P]
    std::vector<double> log_forget;           ///< mean log a [H·P]; empty without a forget gate
    StridedRows sampled_increments;
    StridedRows sampled_angles;  ///< Φ after the token, from the first
};

struct LayerPhases {
    std::size_t layer = 0;
    LoadedGenerator generator;
    std::optional<LoadedForgetGate> forget;
    std::vector<IncrementBounds> bounds;       ///< [H·P]
    std::vector<double> tap_sums;              ///< [H·P]
    std::vector<double> bias_frequencies;      ///< [H·P]; empty without a bias
    std::vector<double> resting_log_forget;    ///< log a at x = 0 [H·P]; empty without a forget gate
    std::optional<IncrementStatistics> along;  ///< none where the layer has no inputs

    /// Mean log a of each channel: along the inputs where there are any, else at rest. Empty without a forget gate.
    [[nodiscard]] const std::vector<double>& log_forget() const {
        return along ? along->log_forget : resting_log_forget;
    }
};

/// The weights-only part.
[[nodiscard]] LayerPhases load_layer(const Checkpoint& checkpoint, const Model& model, std::size_t layer);

/// Runs the layer's generator over all its inputs, in bounded memory; `arrays` may be null, `rotated` too. `layers`:
/// how many are run, which share the memory for what figures draw.
[[nodiscard]] IncrementStatistics run_layer(const LayerPhases& layer, std::size_t layers, const HiddenStates& inputs,
                                            const RotatedInputs* rotated, PhaseArrays* arrays,
                                            const std::string& prefix, Context& context);

/// What each vocabulary entry projects to in one channel, before convolution, bias, gate and temperature.
struct VocabularyStatistics {
    std::uint64_t entries = 0;  ///< finite ones
    double mean = 0.0;
    double deviation = 0.0;  ///< standard deviation over the entries
    double minimum = 0.0;
    double maximum = 0.0;
    std::uint64_t minimum_token = 0;
    std::uint64_t maximum_token = 0;
};

/// The projected phases z of all vocabulary entries in layer 0.
struct VocabularyPhases {
    std::uint64_t vocabulary = 0;
    std::vector<VocabularyStatistics> channels;  ///< [H·P]
    std::vector<double> projected;               ///< [V, H·P]; empty above `most_listed` entries
};

[[nodiscard]] VocabularyPhases project_vocabulary(const LayerPhases& layer, const EmbeddingRows& rows,
                                                  std::uint64_t most_listed, Context& context);

}  // namespace rotoscope
