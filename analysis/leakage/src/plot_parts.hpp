// What the figures of leakage share.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

inline constexpr double lowest_level_db = -400.0;  ///< below what double holds: an exact null is drawn there
inline constexpr double gap_in_curve = std::numeric_limits<double>::quiet_NaN();

/// 20 log10 |ratio|, not below lowest_level_db; NaN for NaN.
[[nodiscard]] double decibels(double ratio);

/// A window's name as a reader knows it: "decay:2" is "α = 2", "geometric:0.9" "a = 0.9"; others "kaiser 2.5".
[[nodiscard]] std::string curve_label(const std::string& window);

/// Dashes that tell neighbours apart without their colours.
[[nodiscard]] Dash dash_of(std::size_t index);

/// `count` of 0 … size − 1, evenly spaced, the first and the last among them; all where there are no more.
[[nodiscard]] std::vector<std::size_t> spread_indices(std::size_t size, std::size_t count);

/// Ticks of an axis that shows log10 of a value: at powers of ten within [low, high].
[[nodiscard]] std::vector<std::pair<double, std::string>> decade_ticks(double low, double high);

}  // namespace rotoscope
