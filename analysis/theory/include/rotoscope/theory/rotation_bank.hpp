// Banks of rotations: which frequencies a head or a state-space layer turns its channels by.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/numerics/turns.hpp"

namespace rotoscope {

/// How frequencies lie: what decides which fast transform applies.
enum class Spacing {
    dft,        ///< w_n = 2πn/N, n = 0 … N − 1, exactly
    uniform,    ///< w_n = start + n·step, exactly, of two doubles
    arbitrary,  ///< each a double
};

/// Frequencies w_n in radians per token, positive for counter-clockwise rotations.
struct RotationBank {
    std::string specification;  ///< the text that parse_rotation_bank makes it from
    Spacing spacing = Spacing::arbitrary;
    std::vector<double> frequencies;  ///< each rounded to double
    double start = 0.0;               ///< of a uniform bank
    double step = 0.0;

    [[nodiscard]] std::size_t size() const noexcept { return frequencies.size(); }
    /// The frequencies as exact as their spacing defines them. Rounded to double, 2πn/N would be off by up to 2^−52,
    /// and the phases after T tokens by T times as much.
    [[nodiscard]] std::vector<Turns> turns() const;
};

/// w_n = 2πn/N, n = 0 … N − 1: the state of the bank is a DFT (Selective RoPE, arXiv 2511.17388, appendix A.4). Throws
/// Error (usage) unless 1 ≤ N ≤ 2^24, the largest bank there is.
[[nodiscard]] RotationBank dft_bank(std::size_t size);

/// w_n = lowest + n (highest − lowest)/(N − 1), n = 0 … N − 1; lowest alone for N = 1. Throws Error (usage) where N is
/// as above or a bound is not finite or beyond 2^20 either way.
[[nodiscard]] RotationBank linear_bank(std::size_t size, double lowest, double highest);

/// Frequencies as they are. Throws Error (usage) where there are none or one is not finite or beyond 2^20 either way.
[[nodiscard]] RotationBank explicit_bank(std::vector<double> frequencies);

/// A bank from its specification:
///
///     dft:N             w_n = 2πn/N, n = 0 … N − 1
///     rope:DIM:BASE     w_n = BASE^(−2n/DIM), n = 0 … DIM/2 − 1 (RoFormer, arXiv 2104.09864, section 3.2.2)
///     rfa:P:EPS         w_n = tan(θ_n/2)/tan(θ_{P−1}/2), θ_n = (1 − EPS)·πn/(P − 1), n = 0 … P − 1 (appendix A.3.1)
///     linear:N:MIN:MAX  N frequencies from MIN to MAX, both included
///     W,W,…             these frequencies
///
/// Numbers of frequencies are decimal integers; the others are decimal numbers (1e-3, 0.5). Throws Error (usage) that
/// names the part that does not fit.
[[nodiscard]] RotationBank parse_rotation_bank(std::string_view specification);

}  // namespace rotoscope
