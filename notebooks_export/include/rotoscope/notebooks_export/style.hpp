// How figures look in print: a venue's width and type, colours that colour-blind readers can tell apart.
#pragma once

#include <span>
#include <string_view>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// Where a figure is printed: ICLR and NeurIPS set text 5.5 in wide, ICML columns 3.25 in; plain is 5.5 in, sans serif.
enum class Style { iclr, neurips, icml, plain };

/// The style of that name. Throws Error (usage) that suggests the nearest name.
[[nodiscard]] Style parse_style(std::string_view name);

/// Widths, type and strokes, in points (1/72 in).
struct StyleMeasures {
    double width;                  ///< of the figure
    std::string_view font;         ///< family
    double label_size = 9.0;       ///< axis labels and panel titles
    double tick_size = 7.0;        ///< tick labels, legends, notes
    double axis_line_width = 0.5;  ///< borders and ticks
};

[[nodiscard]] StyleMeasures measures(Style style);

/// Okabe and Ito's palette (jfly.uni-koeln.de/color) as #RRGGBB, black first and then by contrast with white; `color`
/// wraps around.
[[nodiscard]] std::string_view palette_color(Color color);

/// The colours of a map at equal steps from its lowest value to its highest, as #RRGGBB; between them, interpolate in
/// RGB. Sequential: viridis (S. van der Walt and N. Smith, CC0), dark to light in lightness. Diverging: blue over light
/// grey to orange, equal lightness at equal distances. Cyclic: twilight (B. Bechtold, CC0), the same at both ends.
[[nodiscard]] std::span<const std::string_view> color_map(ColorMap map);

}  // namespace rotoscope
