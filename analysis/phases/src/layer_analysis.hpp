// One layer's phases: what its weights say, and what its increments look like along a sequence.
#pragma once

#include "phase_arrays.hpp"

#include <optional>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/numerics/circular_moments.hpp"
#include "rotoscope/numerics/diffusion.hpp"
#include "rotoscope/phases/inputs.hpp"
#include "rotoscope/phases/measurements.hpp"
#include "rotoscope/phases/model.hpp"
#include "rotoscope/theory/phase_bounds.hpp"

namespace rotoscope {

/// Statistics of the increments d_t = temperature·φ_t of each channel (radians per token) along a sequence.
struct IncrementStatistics {
    std::uint64_t tokens = 0;
    std::vector<CircularSummary> increments;  ///< [H·P]
    std::vector<double> gate_mean;            ///< [H·P]; empty without a gate
    /// p-values of the tests against uniformity [H·P]; empty where the tokens are not independent. Rayleigh's of every
    /// fourth increment, the others' of at most `most_tested` of those, evenly spaced.
    std::vector<double> rayleigh_p, kuiper_p, watson_p;
    std::vector<ChannelDiffusion> diffusion;  ///< [H·P]
    std::vector<double> log_forget;           ///< mean log a [H·P]; empty without a forget gate
    StridedRows sampled_increments;
    StridedRows sampled_angles;  ///< Φ after the token, from the first
};

/// A layer's weights: held while it is described or run, one layer at a time.
struct LayerWeights {
    LoadedGenerator generator;
    std::optional<LoadedForgetGate> forget;
};

/// What is kept of a layer for tables and figures.
struct LayerPhases {
    std::size_t layer = 0;
    std::size_t heads = 0;
    std::size_t pairs = 0;
    std::size_t model_dim = 0;
    std::size_t gates = 0;         ///< of the phase generator, a token
    std::size_t forget_gates = 0;  ///< a token; 0: none
    ForgetGateKind forget_kind = ForgetGateKind::none;
    bool linear = false;              ///< contribution_is_linear
    std::vector<double> temperature;  ///< [P]
    std::vector<NonFiniteWeights> non_finite;
    std::vector<IncrementBounds> bounds;       ///< [H·P]
    std::vector<double> tap_sums;              ///< [H·P]
    std::vector<double> projection_norms;      ///< [H·P]
    std::vector<double> tap_norms;             ///< [H·P]
    std::vector<double> bias_frequencies;      ///< [H·P]; empty without a bias
    std::vector<double> resting_log_forget;    ///< log a at x = 0 [H·P]; empty without a forget gate
    std::uint64_t tokens = 0;                  ///< of its inputs; 0 where it has none
    std::optional<IncrementStatistics> along;  ///< once it was run along them

    [[nodiscard]] std::size_t channels() const noexcept { return heads * pairs; }
    [[nodiscard]] double channel_temperature(std::size_t channel) const { return temperature[channel % pairs]; }
    /// Mean log a of each channel: along the inputs where there are any, else at rest. Empty without a forget gate.
    [[nodiscard]] const std::vector<double>& log_forget() const {
        return along ? along->log_forget : resting_log_forget;
    }
};

[[nodiscard]] LayerWeights load_layer(const Checkpoint& checkpoint, const Model& model, std::size_t layer);

/// The weights-only part.
[[nodiscard]] LayerPhases describe_layer(std::size_t layer, const LayerWeights& weights);

/// How a layer is run.
struct LayerRun {
    std::string name;        ///< for progress
    std::size_t layers = 1;  ///< how many are run, which share the memory for what figures draw
    const HiddenStates& inputs;
    const RotatedInputs* rotated = nullptr;
    PhaseArrays* arrays = nullptr;
    std::string prefix;  ///< of its arrays
};

/// Runs the layer's generator over all its inputs, in bounded memory.
[[nodiscard]] IncrementStatistics run_layer(const LayerWeights& layer, const LayerRun& run, Context& context);

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

/// Vocabularies above this are summarised, not listed.
inline constexpr std::uint64_t most_listed_tokens = 512;

/// The projected phases z of all vocabulary entries in layer 0.
struct VocabularyPhases {
    std::uint64_t vocabulary = 0;
    std::vector<VocabularyStatistics> channels;  ///< [H·P]
    std::vector<double> projected;               ///< [V, H·P] where the entries are listed, else empty

    [[nodiscard]] bool listed() const noexcept { return vocabulary <= most_listed_tokens; }
};

[[nodiscard]] VocabularyPhases project_vocabulary(const LoadedGenerator& layer, const EmbeddingRows& rows,
                                                  Context& context);

}  // namespace rotoscope
