// A Result as a person reads it at a terminal.
#pragma once

#include <string>

#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// The summary as aligned facts, then each table of result.terminal: a line with its name and caption, a header with
/// units, the rows. Numbers are rounded to 4 significant digits and stand right, on their decimal points where none
/// has an exponent; missing is `-`; integers are exact. No line is wider than 80 columns: long texts lose their
/// middle to an ellipsis, and columns that do not fit at all are named below the table. Control characters escaped.
[[nodiscard]] std::string render_terminal(const Result& result);

}  // namespace rotoscope
