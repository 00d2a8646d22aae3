#include "rotoscope/theory/forget_gate.hpp"

#include "linear_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t tile_tokens = 32;

/// ln(1 + e^x) without overflow or cancellation.
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

/// log a from the gate's linear output, bias included.
double log_gate_of(const ForgetGateWeights& weights, std::size_t gate, double linear) {
    if (weights.kind == ForgetGateKind::gated_deltanet)
        return -std::exp(weights.log_rate(static_cast<Eigen::Index>(gate))) * softplus(linear);
    const double value = -softplus(-linear) / weights.normalizer;  // logsigmoid(x) = −softplus(−x)
    return weights.clamp_min ? std::max(value, *weights.clamp_min) : value;
}

}  // namespace

void compute_log_forget_gates(const ForgetGateWeights& weights, std::span<const double> hidden,
                              std::span<double> log_gates, ThreadPool& pool) {
    const LinearMap<double> first(weights.kind == ForgetGateKind::gla ? weights.down : weights.up);
    const LinearMap<double> second =
        weights.kind == ForgetGateKind::gla ? LinearMap<double>(weights.up) : LinearMap<double>();
    const std::size_t width = first.columns();
    const std::size_t gates = weights.gates();
    const std::size_t tokens = width == 0 ? 0 : hidden.size() / width;
    if (hidden.size() != tokens * width || log_gates.size() != tokens * gates)
        throw internal_error(fmt::format("forget gates of {} hidden values into {}; expected [n, {}] into [n, {}]",
                                         hidden.size(), log_gates.size(), width, gates));
    using Update = LinearMap<double>::Update;
    pool.for_chunks(tokens, tile_tokens, [&](std::size_t begin, std::size_t end) {
        std::vector<double> inner((end - begin) * first.padded_rows());
        std::vector<double> outer((end - begin) * second.padded_rows());
        first.apply(hidden.data() + begin * width, width, end - begin, {}, inner.data(), first.padded_rows(),
                    Update::assign);
        if (second.rows() > 0)
            second.apply(inner.data(), first.padded_rows(), end - begin, {}, outer.data(), second.padded_rows(),
                         Update::assign);
        const std::vector<double>& linear = second.rows() > 0 ? outer : inner;
        const std::size_t stride = second.rows() > 0 ? second.padded_rows() : first.padded_rows();
        for (std::size_t t = begin; t < end; ++t)
            for (std::size_t g = 0; g < gates; ++g)
                log_gates[t * gates + g] = log_gate_of(
                    weights, g, linear[(t - begin) * stride + g] + weights.bias(static_cast<Eigen::Index>(g)));
    });
}

std::vector<double> resting_log_gates(const ForgetGateWeights& weights) {
    std::vector<double> result(weights.gates());
    for (std::size_t g = 0; g < result.size(); ++g)
        result[g] = log_gate_of(weights, g, weights.bias(static_cast<Eigen::Index>(g)));
    return result;
}

// Differences, not negations: of either zero they make +0, so that what never forgets is infinite, not −infinite.
double forget_half_life(double log_gate) { return std::numbers::ln2 / (0.0 - log_gate); }

double effective_window(double log_gate) { return 1.0 / (0.0 - std::expm1(log_gate)); }

}  // namespace rotoscope
