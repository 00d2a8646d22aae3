// Tables for a paper.
#pragma once

#include <string>
#include <string_view>

#include "rotoscope/core/table.hpp"

namespace rotoscope {

/// `text` as LaTeX that prints it: special characters escaped, control characters as \n or \xHH, and Greek letters and
/// signs that pdfLaTeX lacks as mathematics.
[[nodiscard]] std::string escape_latex(std::string_view text);

/// The table with booktabs rules, its caption and the label tab:NAME; a longtable above 40 rows. More than
/// six columns are set small under headers of one word a line. Real numbers are
/// rounded to 4 significant digits; all those of a column in which one needs an exponent are a·10^b; missing is `--`.
[[nodiscard]] std::string to_latex(const Table& table);

}  // namespace rotoscope
