// Continuous transforms ½ ∫_{−1}^{1} w(u) cos(πfu) du far from the main lobe (f ≥ 100 bins), up to a factor that does
// not depend on f. Each is written so that nothing cancels at f = 10,000.
#pragma once

#include "rotoscope/numerics/windows.hpp"

namespace rotoscope::detail {

using Tail = double (*)(const WindowArguments& arguments, double f);

[[nodiscard]] double barthann_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double bohman_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double cauchy_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double cosine_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double cosine_power_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double decay_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double gaussian_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double hann_poisson_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double kaiser_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double lanczos_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double parzen_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double poisson_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double riesz_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double triangle_tail(const WindowArguments& arguments, double f);
[[nodiscard]] double tukey_tail(const WindowArguments& arguments, double f);

}  // namespace rotoscope::detail
