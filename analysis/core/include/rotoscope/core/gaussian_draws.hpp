// Standard normal numbers on the counter-based generator: draw i is a pure function of (seed, stream, i).
#pragma once

#include <cstdint>
#include <span>

#include "rotoscope/core/philox.hpp"

namespace rotoscope {

/// Standard normal draws, indexed: the same whatever the order, the chunk or the number of threads.
///
/// Box and Muller (1958), 10.1214/aoms/1177706645, exact up to rounding. Block p of the uniform stream gives two 64-bit
/// integers k, m and the draws 2p and 2p + 1:
///   z_2p = r cos φ, z_2p+1 = r sin φ; r = sqrt(−2 ln((k + ½)/2^64)), φ = 2π m/2^64.
/// The uniform under the logarithm is as fine as 2^−65 near 0, so that |z| reaches 9.49; beyond it lie 2·10^−21 of the
/// normal distribution. Logarithm, sine and cosine have relative errors below 5 ε, ε = 2^−53.
class GaussianDraws {
public:
    constexpr GaussianDraws(std::uint64_t seed, RandomStream stream) : uniform_(seed, stream) {}

    /// Draw `index`. Computes a batch of which it returns one (about 0.1 µs): use fill for many.
    [[nodiscard]] double normal(std::uint64_t index) const;

    /// values[j] = normal(first_index + j), bit for bit. Indices count modulo 2^64.
    void fill(std::uint64_t first_index, std::span<double> values) const;
    /// The same rounded to float.
    void fill(std::uint64_t first_index, std::span<float> values) const;

private:
    UniformDraws uniform_;
};

}  // namespace rotoscope
