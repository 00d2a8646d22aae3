// The attention score of a rotated query and key, and how far it can fall with distance.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "rotoscope/theory/rotation.hpp"

namespace rotoscope {

/// Re Σ_n conj(k̃_n) e^{i a_n} q̃_n, x̃_n = x0 + i·x1 of pair n: the score of a query [2P] turned by a_n (radians, P of
/// them) more than the key [2P]; a_n = w_n(t − τ) for RoPE. Equal to rotating both and taking the inner product
/// (Selective RoPE, arXiv 2511.17388, eq. 5, 6). Throws Error (internal) for sizes that do not fit.
[[nodiscard]] double rotary_score(PairLayout layout, std::span<const double> query, std::span<const double> key,
                                  std::span<const double> relative_angles);

/// |S_j|, S_j = Σ_{i<j} e^{i·distance·θ_i}, j = 1 … P: the partial sums of RoFormer's section 3.4.3 (arXiv 2104.09864)
/// for the frequencies θ (radians per token).
[[nodiscard]] std::vector<double> rotation_partial_sums(std::span<const double> frequencies, double distance);

/// (1/P) Σ_{j=1}^{P} |S_j|, P = d/2: the curve that RoFormer plots as the decay with distance. It is one factor of the
/// bound below, not a bound itself.
[[nodiscard]] double rope_trend(std::span<const double> frequencies, double distance);

/// (max_{0≤i<P} |h_{i+1} − h_i|)·Σ_{j=1}^{P} |S_j| with h_i = q̃_i conj(k̃_i), h_P = 0: no |score| at the distance is
/// larger (Abel's summation by parts, RoFormer eq. 35–37). Throws as rotary_score.
[[nodiscard]] double rope_score_bound(PairLayout layout, std::span<const double> query, std::span<const double> key,
                                      std::span<const double> frequencies, double distance);

}  // namespace rotoscope
