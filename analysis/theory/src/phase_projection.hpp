// The token-wise half of the phase generator: from hidden states to projected phases and gates.
#pragma once

#include "linear_map.hpp"

#include <cstddef>
#include <vector>

#include "rotoscope/theory/phase_generator.hpp"

namespace rotoscope {

/// z = projection(x̂) and the gates of each token by itself, x̂ never written to memory: the scale of each head's chunk
/// multiplies the products.
template <class Scalar>
class PhaseProjector {
public:
    explicit PhaseProjector(const PhaseGeneratorWeights<Scalar>& weights);

    /// Row strides of what project writes: the vectors of the last head may reach beyond the channels.
    [[nodiscard]] std::size_t stride() const noexcept { return stride_; }
    [[nodiscard]] std::size_t gate_stride() const noexcept { return gate_stride_; }

    /// z [tokens, stride()] and, unless null, the gates [tokens, gate_stride()] of hidden states x [tokens, D].
    void project(const Scalar* x, std::size_t tokens, Scalar* z, Scalar* gates) const;

private:
    // `more`: as many tokens follow.
    void project_few(const Scalar* x, std::size_t tokens, bool more, Scalar* z, Scalar* gates) const;
    void open_gates(const Scalar* first_layer, std::size_t tokens, Scalar* gates) const;

    std::size_t heads_;
    std::size_t pairs_;
    std::size_t model_dim_;
    std::size_t rank_;                     // r
    std::size_t gates_;                    // a token
    LinearMap<Scalar> first_;              // [r + gate rows, D] on x̂
    LinearMap<Scalar> second_;             // low-rank: [H·P, r]
    std::vector<LinearMap<Scalar>> full_;  // full-rank: [P, D/H] a head
    LinearMap<Scalar> gate_second_;        // low-rank and gla gates: [gates, g]
    Vector<Scalar> gate_bias_;
    std::size_t stride_;
    std::size_t gate_stride_;
};

}  // namespace rotoscope
