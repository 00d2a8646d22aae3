#include "rotoscope/theory/phase_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rotoscope {
namespace {

using Weights = PhaseGeneratorWeights<double>;

// The minimum of x·sigmoid(x), at x = −1.278465 (the root of 1 + x(1 − sigmoid(x)) = 0).
constexpr double silu_argmin = -1.278464542761074;

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double silu(double x) { return x * sigmoid(x); }

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

/// Σ_h ‖row on chunk h‖₂: how far a linear functional of x̂ can reach, |x̂_h| < 1.
double reach(const Eigen::Ref<const Eigen::RowVectorXd>& row, std::size_t heads) {
    const Eigen::Index chunk = row.size() / index(heads);
    double sum = 0.0;
    for (Eigen::Index h = 0; h < index(heads); ++h) sum += row.segment(h * chunk, chunk).norm();
    return sum;
}

/// Z_c of every channel.
std::vector<double> projection_reach(const Weights& weights) {
    std::vector<double> result(weights.channels());
    for (std::size_t c = 0; c < result.size(); ++c)
        result[c] = weights.projection == PhaseProjection::low_rank
                        ? reach(weights.up.row(index(c)) * weights.down, weights.heads)
                        : std::abs(weights.scalar(index(c / weights.pairs)));
    return result;
}

/// The largest value each channel's gate can take; 1 without a gate.
std::vector<double> largest_gates(const Weights& weights) {
    std::vector<double> result(weights.channels(), 1.0);
    if (weights.gate == PhaseGate::none) return result;
    for (std::size_t c = 0; c < result.size(); ++c) {
        const Eigen::Index row = index(weights.gate == PhaseGate::gla ? c : c / weights.pairs);
        const double distance = weights.gate == PhaseGate::standard
                                    ? reach(weights.gate_up.row(row), weights.heads)
                                    : reach(weights.gate_up.row(row) * weights.gate_down, weights.heads);
        result[c] = sigmoid(weights.gate_bias(row) + distance);
    }
    return result;
}

double absolute_tap_sum(const Weights& weights, std::size_t c) {
    return weights.skip_conv() ? 2.0 : weights.taps.row(index(c)).cwiseAbs().sum();
}

}  // namespace

std::vector<IncrementBounds> increment_bounds(const Weights& weights) {
    weights.check();
    const std::vector<double> projections = projection_reach(weights);
    const std::vector<double> gates = largest_gates(weights);
    std::vector<IncrementBounds> bounds(weights.channels());
    for (std::size_t c = 0; c < bounds.size(); ++c) {
        const double largest = projections[c] * absolute_tap_sum(weights, c);
        // SiLU falls until its minimum and rises after it.
        double lower = weights.silu ? silu(std::max(-largest, silu_argmin)) : -largest;
        double upper = weights.silu ? silu(largest) : largest;
        if (weights.bias.size() != 0) {
            lower += std::exp(weights.bias(index(c)));
            upper += std::exp(weights.bias(index(c)));
        }
        if (weights.gate != PhaseGate::none) {
            // In this order, std::min and std::max keep a NaN.
            lower = gates[c] * std::min(lower, 0.0);
            upper = gates[c] * std::max(upper, 0.0);
        }
        const double temperature = weights.temperature(index(c % weights.pairs));
        bounds[c] = {std::min(temperature * lower, temperature * upper),
                     std::max(temperature * lower, temperature * upper)};
    }
    return bounds;
}

std::vector<double> tap_sums(const Weights& weights) {
    std::vector<double> sums(weights.channels(), 0.0);
    if (weights.skip_conv()) return sums;
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] = weights.taps.row(index(c)).sum();
    return sums;
}

std::vector<double> projection_norms(const Weights& weights) {
    std::vector<double> norms(weights.channels());
    for (std::size_t c = 0; c < norms.size(); ++c)
        norms[c] = weights.projection == PhaseProjection::low_rank ? (weights.up.row(index(c)) * weights.down).norm()
                                                                   : std::abs(weights.scalar(index(c / weights.pairs)));
    return norms;
}

std::vector<double> tap_norms(const Weights& weights) {
    std::vector<double> norms(weights.channels(), std::numbers::sqrt2);
    if (weights.skip_conv()) return norms;
    for (std::size_t c = 0; c < norms.size(); ++c) norms[c] = weights.taps.row(index(c)).norm();
    return norms;
}

std::vector<double> bias_frequencies(const Weights& weights) {
    if (weights.bias.size() == 0) return {};
    std::vector<double> frequencies(weights.channels());
    for (std::size_t c = 0; c < frequencies.size(); ++c)
        frequencies[c] = weights.temperature(index(c % weights.pairs)) * std::exp(weights.bias(index(c)));
    return frequencies;
}

bool contribution_is_linear(const Weights& weights) { return !weights.silu && weights.gate == PhaseGate::none; }

}  // namespace rotoscope
