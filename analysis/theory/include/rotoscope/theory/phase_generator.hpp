// The phase generator of Selective RoPE: from hidden states to rotation angles.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

enum class PhaseProjection {
    low_rank,   ///< z = W1 W0 x̂
    full_rank,  ///< z_h = scalar_h · Ŵ_hᵀ x̂_h, head by head, the columns of Ŵ_h of unit length
};

enum class PhaseGate {
    none,
    standard,  ///< sigmoid(W x̂ + b), one gate a head
    low_rank,  ///< sigmoid(W1 W0 x̂ + b), one gate a head
    gla,       ///< sigmoid(W1 W0 x̂ + b), one gate a channel
};

[[nodiscard]] std::string_view gate_name(PhaseGate gate) noexcept;

/// Taps of the causal depthwise convolution: tap 3 multiplies the current token, tap 0 the token three back.
inline constexpr std::size_t phase_taps = 4;

/// Weights of one layer's generator for H heads of P pairs on hidden states of D elements. Channel c = h·P + n.
/// Empty matrices and vectors are stages that the variant does not have.
template <class Scalar>
struct PhaseGeneratorWeights {
    std::size_t heads = 0;
    std::size_t pairs = 0;
    std::size_t model_dim = 0;
    PhaseProjection projection = PhaseProjection::low_rank;
    RowMatrix<Scalar> down;  ///< low-rank W0 [r, D] (phi_proj.0.weight)
    RowMatrix<Scalar> up;    ///< low-rank W1 [H·P, r] (phi_proj.1.weight)
    RowMatrix<Scalar> full;  ///< full-rank [H·D/H, P] (phi_proj.weight), as stored: columns not yet normalised
    Vector<Scalar> scalar;   ///< full-rank [H] (phi_proj.scalar)
    RowMatrix<Scalar> taps;  ///< [H·P, 4] (phi_conv1d.weight); empty: skip_conv, the first difference z_t − z_{t−1}
    bool silu = false;       ///< SiLU after the convolution
    Vector<Scalar> bias;     ///< [H·P] (phi_bias): exp(bias) is added to every increment
    PhaseGate gate = PhaseGate::none;
    RowMatrix<Scalar> gate_down;  ///< low-rank and gla [g, D] (phase_gate_proj.0.weight)
    RowMatrix<Scalar> gate_up;    ///< standard [H, D]; low-rank [H, g]; gla [H·P, g]
    Vector<Scalar> gate_bias;     ///< [H] or, for gla, [H·P]
    Vector<Scalar> temperature;   ///< [P]

    [[nodiscard]] std::size_t channels() const noexcept { return heads * pairs; }
    [[nodiscard]] bool skip_conv() const noexcept { return taps.size() == 0; }
    /// Gates a token: H, H·P for gla, 0 without a gate.
    [[nodiscard]] std::size_t gates() const noexcept {
        return gate == PhaseGate::none ? 0 : gate == PhaseGate::gla ? channels() : heads;
    }

    /// Throws Error (input) that names the first weight whose shape does not fit heads, pairs and model_dim.
    void check() const;

    template <class Other>
    [[nodiscard]] PhaseGeneratorWeights<Other> cast() const;
};

/// Where a call puts its stages, n tokens each, row-major, rows next to each other; an empty span is not wanted.
template <class Scalar>
struct PhaseStages {
    std::span<Scalar> projected;  ///< z [n, H·P]
    std::span<Scalar> convolved;  ///< after convolution (or difference) and SiLU [n, H·P]
    std::span<Scalar> gate;       ///< [n, gates()]
    std::span<Scalar> increment;  ///< φ, after bias and gate, before temperature [n, H·P]
    std::span<double> angle;      ///< Φ = temperature · Σ φ, radians, not wrapped [n, H·P]
};

/// Queries and keys [n, H, 2P] to rotate by the angles, half-split pairs; both empty or both of the same length.
template <class Scalar>
struct PhaseRotation {
    std::span<const Scalar> q_in;
    std::span<const Scalar> k_in;
    std::span<Scalar> q_out;
    std::span<Scalar> k_out;
};

/// What a stream carries from one call to the next: the last three projected phases of each channel, zero at the start
/// of the sequence, and the accumulated sum.
template <class Scalar>
struct PhaseState {
    std::vector<Scalar> history;  ///< [3, H·P], oldest first
    std::vector<double> sum;      ///< Σ φ [H·P]
};

/// The phase generator, stage by stage (THEORY 1.1; Selective RoPE, arXiv 2511.17388, eq. 12–13 and its public code):
///
///     x̂_h = x_h / sqrt(Σ x_h² + 1e-6) on each chunk of D/H elements;  z = projection(x̂);
///     c_t = Σ_{j<4} tap_j z_{t−3+j} (or z_t − z_{t−1});  c ← c·sigmoid(c) with SiLU;
///     φ = (c + exp(bias)) · gate(x̂);  Φ_t = temperature · Σ_{κ≤t} φ_κ.
///
/// Everything is computed in Scalar except the sum and the angle, which are double. Each output is summed in an order
/// that depends on neither the number of threads nor how the sequence is cut into calls: the bits are the same.
template <class Scalar>
class PhaseGenerator {
public:
    /// Throws what PhaseGeneratorWeights::check throws.
    explicit PhaseGenerator(const PhaseGeneratorWeights<Scalar>& weights);
    ~PhaseGenerator();
    PhaseGenerator(PhaseGenerator&&) noexcept;
    PhaseGenerator& operator=(PhaseGenerator&&) noexcept;

    [[nodiscard]] std::size_t heads() const noexcept;
    [[nodiscard]] std::size_t pairs() const noexcept;
    [[nodiscard]] std::size_t channels() const noexcept;
    [[nodiscard]] std::size_t gates() const noexcept;
    [[nodiscard]] std::size_t model_dim() const noexcept;

    /// The state before the first token.
    [[nodiscard]] PhaseState<Scalar> start() const;

    /// Feeds the next n tokens, hidden [n, D] row-major. Throws Error (internal) where a span has another size than n
    /// asks for.
    void advance(std::span<const Scalar> hidden, PhaseState<Scalar>& state, const PhaseStages<Scalar>& stages,
                 const PhaseRotation<Scalar>& rotation, ThreadPool& pool) const;

    /// Only the projection z [n, H·P] of hidden [n, D]: what a token contributes before the convolution.
    void project(std::span<const Scalar> hidden, std::span<Scalar> projected, ThreadPool& pool) const;

private:
    struct Implementation;
    std::unique_ptr<const Implementation> implementation_;
};

}  // namespace rotoscope
