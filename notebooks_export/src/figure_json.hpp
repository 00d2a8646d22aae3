// A figure's data as JSON: what a notebook draws it from.
#pragma once

#include <string>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// The figure in the schema rotoscope.figure/1: {"schema", "name", "caption", "note", "columns", "height", "panels":
/// [{"title", "x", "y", "legend", "equal_axes", "axes_visible", "marks": [{"kind", …}]}]}, as core/figure.hpp has it:
/// one mark a line, colours as #RRGGBB, enumerators by their names, limits that are not given null, non-finite numbers
/// as in result.json.
[[nodiscard]] std::string to_figure_json(const Figure& figure);

}  // namespace rotoscope
