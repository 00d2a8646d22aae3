// Random-feature attention as a recurrence whose rotations depend on the input.
#pragma once

#include "rotoscope/theory/matrix.hpp"
#include "rotoscope/theory/softmax_attention.hpp"

namespace rotoscope {

/// Whether the recurrence multiplies the state by e^{(‖q_t‖² − ‖q_{t−1}‖²)/2}; it is 1 for queries of equal norm.
enum class RealFactor { included, omitted };

/// Ω(q_t − q_{t−1}), the angle (radians) by which token t rotates each channel; q_{−1} = 0. Ω [m, d], queries [L, d],
/// result [L, m]. Its cumulative sum is Ω q_t.
[[nodiscard]] RowMatrix<double> selective_rotation_angles(const RowMatrix<double>& frequencies,
                                                          const RowMatrix<double>& queries);

/// Equations 9 and 16 to 20 of arXiv 2511.17388. With φ(x) = m^{−1/2} exp(‖x‖²/2 + iΩx), complex [m], and Ŝ_{−1} = 0:
///   Ŝ_t = Ŝ_{t−1} diag(e^{iΩ(q_t − q_{t−1})}) e^{(‖q_t‖² − ‖q_{t−1}‖²)/2} + v_t (φ(q_t) ⊙ conj φ(k_t))ᵀ,   o_t =
///   Re{Ŝ_t 1},
/// the real factor as asked. Not normalised: the normaliser is the same with v = 1. Result [L, dv]. Throws usage_error
/// for inputs that do not fit each other or Ω.
[[nodiscard]] RowMatrix<double> rotation_recurrence(const RowMatrix<double>& frequencies,
                                                    const AttentionInputs<double>& inputs, RealFactor real_factor);

}  // namespace rotoscope
