// Figures as gnuplot scripts.
#pragma once

#include <string>

#include "rotoscope/core/figure.hpp"
#include "rotoscope/notebooks_export/style.hpp"

namespace rotoscope {

/// A complete script with its data that draws the figure as SVG to stdout, one unit of the SVG a point:
///
///     gnuplot figure.gp > figure.svg
///
/// Everything has its place in points, from the measured widths of texts. Texts are data, never commands:
/// single-quoted, control characters escaped, drawn without gnuplot's markup. A legend that would hide data moves to a
/// free corner, or above the plot. Points that an axis cannot show (NaN, or ≤ 0 on a logarithmic axis) break curves; in
/// a heat map they leave the cell blank, except that 0 has the lowest colour of a logarithmic colour axis.
[[nodiscard]] std::string to_gnuplot(const Figure& figure, Style style);

}  // namespace rotoscope
