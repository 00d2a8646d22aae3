// How many panels stand in a row, and how tall the figure is.
#pragma once

#include <cstddef>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

struct Grid {
    std::size_t columns = 1;
    std::size_t rows = 1;
    double height = 0.0;  ///< of the figure, in points
};

/// The grid of a figure that is printed `width` points wide. Figures are designed for 5.5 in: where less would make the
/// panels too small to read, fewer stand in a row, and what is type keeps its height.
[[nodiscard]] Grid plan_grid(const Figure& figure, double width);

}  // namespace rotoscope
