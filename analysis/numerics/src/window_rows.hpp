// The rows of the table of windows, by how they are made.
#pragma once

#include <vector>

#include "rotoscope/numerics/windows.hpp"

namespace rotoscope::detail {

// Decays below e^−700 would underflow, and I0 above 700 overflow.
inline constexpr double strongest_decay = 700.0;
inline constexpr double most_samples = 1e9;

/// A decay rate, parameter alpha.
[[nodiscard]] inline WindowParameter rate(std::string_view meaning) {
    return {.name = "alpha", .meaning = meaning, .highest = strongest_decay};
}

/// α, or SciPy's β = πα instead.
[[nodiscard]] std::vector<WindowParameter> kaiser_parameters();

[[nodiscard]] std::vector<WindowInfo> cosine_sum_windows();
[[nodiscard]] std::vector<WindowInfo> shape_windows();
[[nodiscard]] std::vector<WindowInfo> other_windows();

}  // namespace rotoscope::detail
