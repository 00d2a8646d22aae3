// How the angle of a rotation accumulates in a number format, and how far it is from the exact one.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "rotoscope/claims/number_format.hpp"

namespace rotoscope {

enum class PhaseSum {
    sequential,   ///< s ← fl(s + φ_t)
    pairwise,     ///< halves summed by themselves: a tree of depth log2 T
    compensated,  ///< Kahan's sum (1965), 10.1145/363707.363723: the rounding of a step is taken back in the next
    modulo,       ///< sequential; beyond π, less fl(2π)
};

[[nodiscard]] std::string_view phase_sum_name(PhaseSum sum) noexcept;

/// The sum of angles that are numbers of the format, and what bounds its error (radians).
struct PhaseError {
    double error = 0.0;      ///< |Σ − exact|, for modulo on the circle; infinite where the format overflows
    double predicted = 0.0;  ///< the first-order bound
};

/// The error of Φ_T = Σ φ_t in the format, T = angles.size(), φ_t ≥ 0, against the exact sum. Predicted, u = 2^−p:
///   sequential   u Σ_t |Φ_t| (≈ uφT²/2);
///   pairwise     u ⌈log2 T⌉ Σ|φ|;
///   compensated  (2u + Tu²) Σ|φ|, Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., eq. 4.8;
///   modulo       T(πu + |fl(2π) − 2π|), for φ_t ≤ 4 − π.
[[nodiscard]] PhaseError measure_phase_error(const NumberFormat& format, PhaseSum sum, std::span<const double> angles);

/// Where the sequential sum of a constant angle stops growing: the first power of two ≥ φ·2^p.
[[nodiscard]] double predicted_stall(const NumberFormat& format, double angle);
/// The same by adding; NaN where it has not stalled after `most` steps.
[[nodiscard]] double measure_stall(const NumberFormat& format, double angle, std::size_t most);

}  // namespace rotoscope
