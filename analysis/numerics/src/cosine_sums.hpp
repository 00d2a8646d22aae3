// Windows that are short cosine sums: w(u) = Σ_{k=0}^{K−1} a_k cos(kπu).
#pragma once

#include <array>
#include <span>
#include <vector>

#include "rotoscope/numerics/windows.hpp"

namespace rotoscope::detail {

inline constexpr std::array boxcar_terms{1.0};
inline constexpr std::array hann_terms{0.5, 0.5};
inline constexpr std::array hamming_terms{0.54, 0.46};
inline constexpr std::array blackman_terms{0.42, 0.50, 0.08};
inline constexpr std::array exact_blackman_terms{7938.0 / 18608.0, 9240.0 / 18608.0, 1430.0 / 18608.0};
// Harris 1978, table of minimum Blackman-Harris windows.
inline constexpr std::array blackman_harris_3_terms{0.42323, 0.49755, 0.07922};
inline constexpr std::array blackman_harris_4_terms{0.35875, 0.48829, 0.14128, 0.01168};
// Nuttall 1981 (10.1109/TASSP.1981.1163506), minimum 4-term with continuous first derivative given up.
inline constexpr std::array nuttall_terms{0.3635819, 0.4891775, 0.1365995, 0.0106411};
// D'Antona and Ferrero 2006, the five terms that SciPy and MATLAB use.
inline constexpr std::array flattop_terms{0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368};

/// Σ a_k cos(kπu) by Clenshaw's recurrence: one cosine for each sample.
[[nodiscard]] double cosine_sum(std::span<const double> terms, double u);

/// The transform of the sum for f well above K, up to the factor 1/π:
/// sin(πf) Σ_k (−1)^k a_k f/(f² − k²) = sin(πf) Σ_m M_m f^{−2m−1}, M_m = Σ_k (−1)^k a_k k^{2m}.
/// The moments M_m cancel once, exactly, instead of the terms at each f: M_0 = 0 gives −18 dB/octave, and so on. A
/// moment below its own rounding error is 0.
[[nodiscard]] double cosine_sum_tail(std::span<const double> terms, double f);

/// The terms of the window that the arguments describe.
[[nodiscard]] std::vector<double> general_cosine_terms(const WindowArguments& arguments);
[[nodiscard]] std::vector<double> general_hamming_terms(const WindowArguments& arguments);
/// 1 + 2 Σ_{m=1}^{nbar−1} F_m cos(mπu): Taylor's coefficients (Carrara, Goodman, Majewski 1995, appendix D).
[[nodiscard]] std::vector<double> taylor_terms(const WindowArguments& arguments);

}  // namespace rotoscope::detail
