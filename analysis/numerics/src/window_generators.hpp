// Windows that are more than one formula at each sample. All fill the symmetric variant of window.size() ≥ 2 samples,
// or the only one.
#pragma once

#include <span>

#include "rotoscope/numerics/windows.hpp"

namespace rotoscope::detail {

void generate_chebwin(const WindowArguments& arguments, std::span<double> window);
void generate_decay(const WindowArguments& arguments, std::span<double> window);
void generate_dpss(const WindowArguments& arguments, std::span<double> window);
void generate_exponential(const WindowArguments& arguments, std::span<double> window);
void generate_geometric(const WindowArguments& arguments, std::span<double> window);
void generate_kaiser_bessel_derived(const WindowArguments& arguments, std::span<double> window);
void generate_taylor(const WindowArguments& arguments, std::span<double> window);

}  // namespace rotoscope::detail
