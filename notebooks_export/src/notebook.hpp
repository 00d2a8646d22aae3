// A Result as a Jupyter notebook.
#pragma once

#include <string>
#include <vector>

#include "rotoscope/core/result.hpp"
#include "rotoscope/notebooks_export/style.hpp"

namespace rotoscope {

/// A figure as it was drawn; both empty for one that was not chosen.
struct Pictures {
    std::string svg;
    std::string png;
};

/// notebook.ipynb (nbformat 4.5): what was run on what, the notes, for each table its columns with units and meaning
/// and a cell that reloads TABLE.csv, for each figure with pictures its caption and a cell that redraws it from
/// FIGURE.json with matplotlib. The outputs are embedded (first rows; SVG and PNG), so that it shows everything without
/// being run. One cell, tagged `parameters`, says where the files are and how wide figures get. Cells' ids follow from
/// the names of tables and figures; no time, no path of the machine: the same result gives the same bytes.
[[nodiscard]] std::string to_notebook(const Result& result, const std::vector<Pictures>& pictures, Style style);

}  // namespace rotoscope
