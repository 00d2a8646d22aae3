#include "grid.hpp"

#include <algorithm>

namespace rotoscope {
namespace {

constexpr double design_width = 396.0;   // points: figures are designed for a text width of 5.5 in
constexpr double smallest_cell = 130.0;  // a panel with axes; without, roses can be read at 52
constexpr double smallest_bare_cell = 52.0;
constexpr double bare_type = 24.0;  // the title and the gap of a panel without axes

bool is_bare(const Figure& figure) {
    return std::none_of(figure.panels.begin(), figure.panels.end(), [](const Panel& p) { return p.axes_visible; });
}

/// At most `most` columns for a grid designed for `asked`: a divisor where one is near, so that what stood in one row
/// fills whole rows.
std::size_t fitting_columns(std::size_t asked, std::size_t most) {
    for (std::size_t columns = most; 2 * columns >= most; --columns)
        if (asked % columns == 0) return columns;
    return most;
}

}  // namespace

Grid plan_grid(const Figure& figure, double width) {
    const std::size_t count = std::max<std::size_t>(1, figure.panels.size());
    const std::size_t asked = std::clamp<std::size_t>(figure.columns, 1, count);
    const auto rows_for = [&](std::size_t columns) { return (count + columns - 1) / columns; };
    const double design_cell = design_width / static_cast<double>(asked);
    const double smallest = std::min(design_cell, is_bare(figure) ? smallest_bare_cell : smallest_cell);
    const auto fit = static_cast<std::size_t>(width / smallest + 1e-9);
    const std::size_t most = std::clamp<std::size_t>(fit, 1, asked);
    const std::size_t columns = fitting_columns(asked, most);
    const double cell = width / static_cast<double>(most);
    // What is type does not shrink: of panels with axes a fifth at most, of bare ones all but the title.
    const double design_row = design_width * figure.height / static_cast<double>(rows_for(asked));
    const double type = is_bare(figure) ? std::min(bare_type, design_row) : 0.0;
    const double shrink = std::clamp(cell / design_cell, is_bare(figure) ? 0.0 : 0.8, 1.0);
    const double row = type + (design_row - type) * shrink;
    return {columns, rows_for(columns), row * static_cast<double>(rows_for(columns))};
}

}  // namespace rotoscope
