// Words of gnuplot's language.
#pragma once

#include <string>
#include <string_view>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// A single-quoted string: ' doubled, control characters escaped. Nothing in it is evaluated.
[[nodiscard]] std::string gnuplot_string(std::string_view text);

/// A coordinate: the shortest text that reads back as `value`, or NaN where it is not finite.
[[nodiscard]] std::string gnuplot_number(double value);

[[nodiscard]] std::string_view dash_type(Dash dash);
/// Point type and size relative to the terminal's.
[[nodiscard]] std::string point_type(Marker marker);

}  // namespace rotoscope
