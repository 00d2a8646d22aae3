// The phase generator written as its definition reads (THEORY 1.1): slow, in double, one loop a sum. The truth that the
// fast one is compared with, and, with a float32 rounding bound carried along each stage, the judge of golden values.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "rotoscope/theory/phase_generator.hpp"
#include "rotoscope/theory/rotation.hpp"

namespace rotoscope::test {

/// A value and a bound on how far float32 arithmetic may land from it.
struct Bounded {
    std::vector<double> value;
    std::vector<double> bound;
    explicit Bounded(std::size_t size = 0) : value(size), bound(size) {}
};

struct DirectPhases {
    Bounded projected, convolved, gate, increment, angle;
};

/// Deliberate mistakes, for negative controls.
enum class Mistake { none, reversed_taps, whole_vector_norm };

inline constexpr double float_unit = 0x1p-24;  // unit roundoff of float32

/// Rounding of a float32 inner product of n terms, in units of Σ|a||b|: λ sqrt(n) u bounds it but for a probability of
/// 2 exp(−λ²/2) (Higham & Mary 2019, 10.1137/18M1226312); λ = 6 makes that 3e-8 a sum. The 4 is for the ends.
inline double dot_rounding(std::size_t n) { return (6.0 * std::sqrt(static_cast<double>(n)) + 4.0) * float_unit; }

/// y = scale·(A x) with the bound, from x with its bound.
template <class Matrix>
void multiply(const Matrix& a, std::span<const double> x, std::span<const double> x_bound, std::span<double> y,
              std::span<double> y_bound) {
    const double rounding = dot_rounding(x.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
        double sum = 0.0;
        double bound = 0.0;
        for (std::size_t j = 0; j < x.size(); ++j) {
            const double weight = a(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
            sum += weight * x[j];
            bound += std::abs(weight) * (x_bound[j] + rounding * std::abs(x[j]));
        }
        y[i] = sum;
        y_bound[i] = bound;
    }
}

class DirectGenerator {
public:
    DirectGenerator(const PhaseGeneratorWeights<double>& weights, Mistake mistake) : w_(weights), mistake_(mistake) {}

    DirectPhases run(std::span<const double> hidden) const {
        const std::size_t tokens = hidden.size() / w_.model_dim;
        const std::size_t channels = w_.channels();
        DirectPhases out;
        for (Bounded* stage : {&out.projected, &out.convolved, &out.increment, &out.angle})
            *stage = Bounded(tokens * channels);
        out.gate = Bounded(tokens * w_.gates());
        for (std::size_t t = 0; t < tokens; ++t) {
            const Bounded x = normalise(hidden.subspan(t * w_.model_dim, w_.model_dim));
            project(x, t, out.projected);
            open_gates(x, t, out.gate);
        }
        for (std::size_t t = 0; t < tokens; ++t)
            for (std::size_t c = 0; c < channels; ++c) convolve(t, c, out);
        accumulate(tokens, out);
        return out;
    }

private:
    [[nodiscard]] std::size_t chunk() const { return w_.model_dim / w_.heads; }
    static Eigen::Index at(std::size_t i) { return static_cast<Eigen::Index>(i); }

    [[nodiscard]] Bounded normalise(std::span<const double> x) const {
        const std::size_t width = mistake_ == Mistake::whole_vector_norm ? w_.model_dim : chunk();
        Bounded out(x.size());
        for (std::size_t begin = 0; begin < x.size(); begin += width) {
            double squares = 1e-6;
            for (std::size_t j = begin; j < begin + width; ++j) squares += x[j] * x[j];
            for (std::size_t j = begin; j < begin + width; ++j) {
                out.value[j] = x[j] / std::sqrt(squares);
                out.bound[j] = std::abs(out.value[j]) * (0.5 * dot_rounding(width) + 4.0 * float_unit);
            }
        }
        return out;
    }

    void project(const Bounded& x, std::size_t t, Bounded& z) const {
        const std::span<double> value = std::span(z.value).subspan(t * w_.channels(), w_.channels());
        const std::span<double> bound = std::span(z.bound).subspan(t * w_.channels(), w_.channels());
        if (w_.projection == PhaseProjection::low_rank) {
            Bounded inner(static_cast<std::size_t>(w_.down.rows()));
            multiply(w_.down, x.value, x.bound, inner.value, inner.bound);
            multiply(w_.up, inner.value, inner.bound, value, bound);
            return;
        }
        for (std::size_t c = 0; c < w_.channels(); ++c) {
            const std::size_t head = c / w_.pairs;
            double norm = 0.0;
            for (std::size_t j = 0; j < chunk(); ++j)
                norm += std::pow(w_.full(at(head * chunk() + j), at(c % w_.pairs)), 2);
            norm = std::max(std::sqrt(norm), 1e-12);
            double magnitude = 0.0;
            for (std::size_t j = 0; j < chunk(); ++j) {
                const double weight = w_.full(at(head * chunk() + j), at(c % w_.pairs)) / norm * w_.scalar(at(head));
                value[c] += weight * x.value[head * chunk() + j];
                magnitude += std::abs(weight * x.value[head * chunk() + j]);
            }
            bound[c] = magnitude * (2.0 * dot_rounding(chunk()) + 8.0 * float_unit);
        }
    }

    void open_gates(const Bounded& x, std::size_t t, Bounded& gates) const {
        if (w_.gate == PhaseGate::none) return;
        Bounded before(w_.gates());
        if (w_.gate == PhaseGate::standard) {
            multiply(w_.gate_up, x.value, x.bound, before.value, before.bound);
        } else {
            Bounded inner(static_cast<std::size_t>(w_.gate_down.rows()));
            multiply(w_.gate_down, x.value, x.bound, inner.value, inner.bound);
            multiply(w_.gate_up, inner.value, inner.bound, before.value, before.bound);
        }
        for (std::size_t g = 0; g < w_.gates(); ++g) {
            const double argument = before.value[g] + w_.gate_bias(at(g));
            // The slope of the sigmoid is at most 1/4.
            gates.value[t * w_.gates() + g] = 1.0 / (1.0 + std::exp(-argument));
            gates.bound[t * w_.gates() + g] =
                0.25 * (before.bound[g] + 2.0 * float_unit * std::abs(argument)) + 4.0 * float_unit;
        }
    }

    [[nodiscard]] double tap(std::size_t c, std::size_t j) const {
        if (w_.skip_conv()) return j == 3 ? 1.0 : j == 2 ? -1.0 : 0.0;
        return w_.taps(at(c), at(mistake_ == Mistake::reversed_taps ? 3 - j : j));
    }

    void convolve(std::size_t t, std::size_t c, DirectPhases& out) const {
        const std::size_t channels = w_.channels();
        const std::size_t i = t * channels + c;
        double sum = 0.0;
        double bound = 0.0;
        for (std::size_t j = 0; j < 4; ++j) {
            if (t + j < 3) continue;  // zero padding on the left
            const std::size_t from = (t + j - 3) * channels + c;
            sum += tap(c, j) * out.projected.value[from];
            bound += std::abs(tap(c, j)) *
                     (out.projected.bound[from] + dot_rounding(4) * std::abs(out.projected.value[from]));
        }
        if (w_.silu) {
            sum /= 1.0 + std::exp(-sum);
            bound = 1.1 * bound + 6.0 * float_unit * std::abs(sum);  // the slope of SiLU is below 1.1
        }
        out.convolved.value[i] = sum;
        out.convolved.bound[i] = bound;
        const double offset = w_.bias.size() == 0 ? 0.0 : std::exp(w_.bias(at(c)));
        const std::size_t g = w_.gate == PhaseGate::gla ? i : t * w_.heads + c / w_.pairs;
        const double gate = w_.gate == PhaseGate::none ? 1.0 : out.gate.value[g];
        const double gate_bound = w_.gate == PhaseGate::none ? 0.0 : out.gate.bound[g];
        out.increment.value[i] = (sum + offset) * gate;
        out.increment.bound[i] = (bound + 5.0 * float_unit * (std::abs(sum) + offset)) * gate +
                                 std::abs(sum + offset) * gate_bound +
                                 2.0 * float_unit * std::abs(out.increment.value[i]);
    }

    /// The golden's angle is the double sum of its float32 increments: their errors add, the sum's own is negligible.
    void accumulate(std::size_t tokens, DirectPhases& out) const {
        const std::size_t channels = w_.channels();
        for (std::size_t c = 0; c < channels; ++c) {
            const double temperature = w_.temperature(at(c % w_.pairs));
            double sum = 0.0;
            double bound = 0.0;
            for (std::size_t t = 0; t < tokens; ++t) {
                sum += out.increment.value[t * channels + c];
                bound += out.increment.bound[t * channels + c];
                out.angle.value[t * channels + c] = temperature * sum;
                out.angle.bound[t * channels + c] =
                    std::abs(temperature) * bound + float_unit * std::abs(temperature * sum);
            }
        }
    }

    const PhaseGeneratorWeights<double>& w_;
    Mistake mistake_;
};

[[nodiscard]] inline DirectPhases direct_phases(const PhaseGeneratorWeights<double>& weights,
                                                std::span<const double> hidden, Mistake mistake = Mistake::none) {
    return DirectGenerator(weights, mistake).run(hidden);
}

/// Rotates x [T, H, 2P] by the angles. The bound is for float32 cosines of a float32 angle that was accumulated by a
/// parallel scan: each of its log2 T levels, the temperature and the sum round Σ|temperature·φ| once.
[[nodiscard]] inline Bounded direct_rotation(const PhaseGeneratorWeights<double>& weights, const DirectPhases& phases,
                                             std::span<const double> x, PairLayout layout = PairLayout::half_split) {
    const std::size_t channels = weights.channels();
    const std::size_t tokens = phases.angle.value.size() / channels;
    const double roundings = std::log2(static_cast<double>(tokens)) + 4.0;
    Bounded out(x.size());
    for (std::size_t c = 0; c < channels; ++c) {
        double travelled = 0.0;
        for (std::size_t t = 0; t < tokens; ++t) {
            travelled += std::abs(weights.temperature(static_cast<Eigen::Index>(c % weights.pairs)) *
                                  phases.increment.value[t * channels + c]);
            const double angle = phases.angle.value[t * channels + c];
            const std::size_t base = (t * weights.heads + c / weights.pairs) * 2 * weights.pairs;
            const auto [i0, i1] = pair_indices(layout, c % weights.pairs, weights.pairs);
            const double length = std::hypot(x[base + i0], x[base + i1]);
            const double bound =
                length * (phases.angle.bound[t * channels + c] + float_unit * (roundings * travelled + 8.0));
            out.value[base + i0] = x[base + i0] * std::cos(angle) - x[base + i1] * std::sin(angle);
            out.value[base + i1] = x[base + i0] * std::sin(angle) + x[base + i1] * std::cos(angle);
            out.bound[base + i0] = out.bound[base + i1] = bound;
        }
    }
    return out;
}

}  // namespace rotoscope::test
