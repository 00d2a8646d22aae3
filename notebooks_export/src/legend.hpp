// Legends: what they say and a place for them that hides no data.
#pragma once

#include "layout.hpp"

#include <vector>

namespace rotoscope {

/// The marks of the panel with a label, in order.
[[nodiscard]] std::vector<const Mark*> labelled_marks(const Panel& panel);
[[nodiscard]] const std::string& label_of(const Mark& mark);

/// Rows that a legend above a plot of that width takes.
[[nodiscard]] std::size_t rows_above(const std::vector<const Mark*>& marks, const Font& font, double width);

/// The width of a legend with one entry a row.
[[nodiscard]] double legend_width(const std::vector<const Mark*>& marks, const Font& font);
[[nodiscard]] double legend_row_height(const Font& font);

/// Entries in rows above the plot, or to the right of it.
[[nodiscard]] std::vector<LegendEntry> legend_above(const std::vector<const Mark*>& marks, const Font& font,
                                                    const Box& plot);
[[nodiscard]] std::vector<LegendEntry> legend_outside(const std::vector<const Mark*>& marks, const Font& font,
                                                      const Box& plot);

/// The legend in the corner that was asked for, or in the first other one that hides no data; empty where none is free.
[[nodiscard]] std::vector<LegendEntry> legend_inside(const Panel& panel, const std::vector<const Mark*>& marks,
                                                     const Font& font, const PanelLayout& layout);

}  // namespace rotoscope
