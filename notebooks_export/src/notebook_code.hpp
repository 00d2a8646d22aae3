// The Python of a notebook's cells. Only what a notebook user has: json, numpy, pandas, matplotlib.
#pragma once

#include <string>

#include "rotoscope/notebooks_export/style.hpp"

namespace rotoscope {

/// What can be set from outside (papermill and its kin replace the cell).
[[nodiscard]] std::string parameters_code(Style style);

/// Imports, type sizes, and table(name), which reads TABLE.csv.
[[nodiscard]] std::string setup_code(Style style);

/// draw(name), which draws the figure of FIGURE.json and returns matplotlib's figure and axes.
[[nodiscard]] std::string drawing_code();

}  // namespace rotoscope
