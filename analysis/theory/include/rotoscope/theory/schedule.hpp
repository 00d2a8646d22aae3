// Schedules: how frequencies and temperatures are spread over the pairs of a head.
#pragma once

#include <cstddef>
#include <vector>

namespace rotoscope {

/// RoPE's frequencies w_n = base^(−2n/d) for n = 0 … d/2 − 1, in radians per token; d = head_dim.
/// Throws Error (usage) unless base > 0 and d is even and positive. RoFormer, arXiv 2104.09864, section 3.2.2.
[[nodiscard]] std::vector<double> rope_frequencies(double base, std::size_t head_dim);

/// Selective RoPE's temperatures of kind "rope": maximum · theta^(−2n/d), n = 0 … d/2 − 1.
[[nodiscard]] std::vector<double> rope_temperatures(double maximum, double theta, std::size_t head_dim);

/// Selective RoPE's temperatures of kind "rfa": tan(θ_n/2), θ_n = theta·π·n/(P − 1) for n = 0 … P − 1 (θ_0 = 0 where
/// P = 1), scaled so that the largest is `maximum`. Throws Error (usage) unless 0 < theta < 1, where the tangent is
/// finite and positive. Selective RoPE, arXiv 2511.17388, appendix A.3.1, as its public code has it.
[[nodiscard]] std::vector<double> rfa_temperatures(double maximum, double theta, std::size_t pairs);

}  // namespace rotoscope
