#include "layer_accumulator.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "rotoscope/numerics/uniformity.hpp"
#include "rotoscope/numerics/von_mises.hpp"

namespace rotoscope {
namespace {

// A rose or a quantile needs no more increments, a curve across a page no more points; wide layers get fewer.
constexpr std::uint64_t most_increments = 4096;
constexpr std::uint64_t most_angles = 512;
// Doubles of either kind, increments and angles, in all layers together: 32 MiB, held until the figures are drawn. As
// many again for the tests of the layer that runs.
constexpr std::size_t most_held = std::size_t{1} << 22;

std::uint64_t stride_for(std::uint64_t tokens, std::uint64_t rows, std::size_t channels, std::size_t layers) {
    const std::uint64_t most = std::clamp<std::uint64_t>(most_held / layers / channels, 1, rows);
    return tokens / most + (tokens % most != 0 ? 1 : 0);
}

std::vector<double> divided(std::vector<double> sums, std::uint64_t count) {
    for (double& sum : sums) sum /= static_cast<double>(count);
    return sums;
}

}  // namespace

std::vector<double> channel_log_forget(const PhaseGeneratorWeights<double>& weights, ForgetGateKind kind,
                                       std::span<const double> log_gates) {
    std::vector<double> result(kind == ForgetGateKind::none ? 0 : weights.channels(), 0.0);
    const std::size_t group = log_gates.size() / weights.heads;  // gates a head
    for (std::size_t c = 0; c < result.size(); ++c) {
        const std::span<const double> head = log_gates.subspan(c / weights.pairs * group, group);
        const std::size_t n = c % weights.pairs;
        result[c] = kind == ForgetGateKind::gla
                        ? 0.5 * (head[n] + head[n + weights.pairs])
                        : std::accumulate(head.begin(), head.end(), 0.0) / static_cast<double>(group);
    }
    return result;
}

LayerAccumulator::LayerAccumulator(const LayerWeights& layer, std::uint64_t tokens, bool independent,
                                   std::size_t layers)
    : weights_(layer.generator.weights),
      forget_kind_(layer.forget ? layer.forget->weights.kind : ForgetGateKind::none),
      tokens_(tokens),
      independent_(independent),
      moments_(weights_.channels()),
      thinned_(weights_.channels()),
      diffusion_(weights_.channels(), tokens),
      gate_sums_(weights_.gates(), 0.0),
      forget_sums_(layer.forget ? layer.forget->weights.gates() : 0, 0.0),
      scaled_(weights_.channels()),
      phase_sums_(weights_.channels(), 0.0) {
    tested_.stride = stride_for(std::max<std::uint64_t>(tokens / phase_taps, 1), most_tested, weights_.channels(), 1);
    increments_.stride = stride_for(tokens, most_increments, weights_.channels(), layers);
    angles_.stride = stride_for(tokens, most_angles, weights_.channels(), layers);
    for (StridedRows* rows : {&increments_, &angles_})
        rows->values.reserve(static_cast<std::size_t>((tokens - 1) / rows->stride + 1) * weights_.channels());
}

void LayerAccumulator::add(std::span<const double> increments, std::span<const double> gates,
                           std::span<const double> log_forget) {
    for (std::size_t begin = 0; begin < increments.size(); begin += scaled_.size())
        add_token(increments.subspan(begin, scaled_.size()));
    for (std::size_t i = 0; i < gates.size(); ++i) gate_sums_[i % gate_sums_.size()] += gates[i];
    for (std::size_t i = 0; i < log_forget.size(); ++i) forget_sums_[i % forget_sums_.size()] += log_forget[i];
}

void LayerAccumulator::add_token(std::span<const double> increments) {
    for (std::size_t c = 0; c < scaled_.size(); ++c) {
        scaled_[c] = weights_.temperature(static_cast<Eigen::Index>(c % weights_.pairs)) * increments[c];
        phase_sums_[c] += increments[c];
    }
    moments_.add(scaled_);
    // The convolution has four taps: increments four tokens apart share no input.
    if (independent_ && seen_ % phase_taps == phase_taps - 1) {
        thinned_.add(scaled_);
        if (seen_ / phase_taps % tested_.stride == 0)
            tested_.values.insert(tested_.values.end(), scaled_.begin(), scaled_.end());
    }
    diffusion_.add(scaled_);
    if (seen_ % increments_.stride == 0)
        increments_.values.insert(increments_.values.end(), scaled_.begin(), scaled_.end());
    if (seen_ % angles_.stride == 0)
        for (std::size_t c = 0; c < scaled_.size(); ++c)
            angles_.values.push_back(weights_.temperature(static_cast<Eigen::Index>(c % weights_.pairs)) *
                                     phase_sums_[c]);
    ++seen_;
}

void LayerAccumulator::test_uniformity(IncrementStatistics& statistics) const {
    for (std::size_t c = 0; c < weights_.channels(); ++c) {
        const CircularSummary thinned = thinned_.summary(c);
        statistics.rayleigh_p.push_back(thinned.count == 0 ? std::nan("")
                                                           : rayleigh_test(thinned.resultant_length, thinned.count).p);
        const std::vector<double> angles = tested_.finite(c, weights_.channels());
        statistics.kuiper_p.push_back(kuiper_test(angles).p);
        statistics.watson_p.push_back(watson_test(angles).p);
    }
}

IncrementStatistics LayerAccumulator::finish() {
    IncrementStatistics statistics;
    statistics.tokens = tokens_;
    const std::vector<double> gates = divided(gate_sums_, tokens_);
    for (std::size_t c = 0; c < weights_.channels(); ++c) {
        statistics.increments.push_back(moments_.summary(c));
        statistics.diffusion.push_back(diffusion_.channel(c));
        statistics.diffusion.back().variances = {};  // 24 a channel that nothing shows
        if (weights_.gate != PhaseGate::none)
            statistics.gate_mean.push_back(gates[weights_.gate == PhaseGate::gla ? c : c / weights_.pairs]);
    }
    if (independent_) test_uniformity(statistics);
    statistics.log_forget = channel_log_forget(weights_, forget_kind_, divided(forget_sums_, tokens_));
    statistics.sampled_increments = std::move(increments_);
    statistics.sampled_angles = std::move(angles_);
    return statistics;
}

}  // namespace rotoscope
