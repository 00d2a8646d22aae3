// The sums behind a layer's statistics, token after token.
#pragma once

#include "layer_analysis.hpp"

#include <vector>

namespace rotoscope {

// Increments of a channel that Kuiper's and Watson's tests get: they need them all at once, sorted.
inline constexpr std::uint64_t most_tested = 65536;

/// Mean log a of each channel [H·P] from a row of log gates, as the kind lays them out: over key dimensions n and n + P
/// (GLA), or over the value heads that share the channel's head, one after the other (Gated DeltaNet).
[[nodiscard]] std::vector<double> channel_log_forget(const PhaseGeneratorWeights<double>& weights, ForgetGateKind kind,
                                                     std::span<const double> log_gates);

/// Takes a sequence's increments and gates in order, in parts of any size.
class LayerAccumulator {
public:
    /// A sequence of `tokens`, at least one. `layers` share the memory for the rows that figures draw. The layer must
    /// outlive the accumulator.
    LayerAccumulator(const LayerWeights& layer, std::uint64_t tokens, bool independent, std::size_t layers);

    /// n more tokens: increments φ [n, H·P], gates [n, gates], log forget gates [n, forget gates].
    void add(std::span<const double> increments, std::span<const double> gates, std::span<const double> log_forget);

    /// Once, after the last token.
    [[nodiscard]] IncrementStatistics finish();

private:
    void add_token(std::span<const double> increments);
    void test_uniformity(IncrementStatistics& statistics) const;

    const PhaseGeneratorWeights<double>& weights_;
    ForgetGateKind forget_kind_;
    std::uint64_t tokens_;
    bool independent_;
    std::uint64_t seen_ = 0;
    ChannelCircularMoments moments_;
    ChannelCircularMoments thinned_;  // every fourth increment
    PhaseDiffusion diffusion_;
    std::vector<double> gate_sums_;
    std::vector<double> forget_sums_;
    std::vector<double> scaled_;
    std::vector<double> phase_sums_;  // Σ φ
    StridedRows tested_;              // of every fourth increment
    StridedRows increments_;
    StridedRows angles_;
};

}  // namespace rotoscope
