// Words of gnuplot's language.
#pragma once

#include <string>
#include <string_view>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// A string expression of single-quoted pieces, in which gnuplot evaluates nothing, joined by the variable `apostrophe`
/// where the text has one. Doubling it, as the manual says, is no escape at the start of a string or beside another one
/// (gnuplot 5.4): the rest of the text would be commands; and after "'" the macro @NAME is replaced in single quotes.
/// Control characters are escaped.
[[nodiscard]] std::string gnuplot_string(std::string_view text);

/// A coordinate: the shortest text that reads back as `value`, or NaN where it is not finite.
[[nodiscard]] std::string gnuplot_number(double value);

[[nodiscard]] std::string_view dash_type(Dash dash);
/// Point type and size relative to the terminal's.
[[nodiscard]] std::string point_type(Marker marker);

}  // namespace rotoscope
