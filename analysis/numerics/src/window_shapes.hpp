// Windows that are a function of x = |u| ∈ [0, 1]; `half` = (M − 1)/2 turns x into samples from the middle.
#pragma once

#include "rotoscope/numerics/windows.hpp"

namespace rotoscope::detail {

using Shape = double (*)(double x, double half, const WindowArguments& arguments);

[[nodiscard]] double bartlett_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double barthann_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double bohman_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double cauchy_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double cosine_power_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double gaussian_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double general_gaussian_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double hann_poisson_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double kaiser_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double lanczos_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double parzen_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double poisson_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double riesz_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double triang_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double tukey_shape(double x, double half, const WindowArguments& arguments);
[[nodiscard]] double half_sample_cosine_shape(double x, double half, const WindowArguments& arguments);

/// β of a Kaiser window: parameter 0 is α = β/π, parameter 1 SciPy's β.
[[nodiscard]] double kaiser_beta(const WindowArguments& arguments);
/// The tapered fraction of a Tukey window: parameter 0, or SciPy's name for it, parameter 1.
[[nodiscard]] double tukey_fraction(const WindowArguments& arguments);

}  // namespace rotoscope::detail
