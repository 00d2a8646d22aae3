// How a kind of features looks in every figure.
#pragma once

#include <cstddef>
#include <limits>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// More curves than the palette's colours cannot be told apart.
inline constexpr std::size_t most_series = 7;

[[nodiscard]] inline Color series_color(std::size_t index) { return index + 1; }

[[nodiscard]] inline Dash series_dash(std::size_t index) {
    constexpr Dash dashes[] = {Dash::solid, Dash::dashed, Dash::dash_dot};
    return dashes[index % 3];
}

[[nodiscard]] inline Marker series_marker(std::size_t index) {
    constexpr Marker markers[] = {Marker::circle, Marker::square, Marker::triangle, Marker::diamond, Marker::cross};
    return markers[index % 5];
}

/// For logarithmic scales: zero, infinity and what is negative have no place on them.
[[nodiscard]] inline double positive_or_gap(double value) {
    return value > 0.0 && value <= std::numeric_limits<double>::max() ? value : not_drawn;
}

}  // namespace rotoscope
