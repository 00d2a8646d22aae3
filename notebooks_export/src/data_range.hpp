// Where the marks of a panel lie.
#pragma once

#include "axis_plan.hpp"

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// The values that axes without given limits must show, and how much room they want on each side (a fraction).
struct DataRange {
    Range x;
    Range y;
    double x_padding = 0.02;
    double y_padding = 0.05;
    bool heat_map = false;
    bool from_zero = false;  ///< bars or stems: there is a baseline at 0
};

/// The range of all marks. Bars and stems include 0; heat maps reach to the edges of their cells and want no room.
[[nodiscard]] DataRange data_range(const Panel& panel);

/// The finite values of a heat map (positive ones on a logarithmic colour axis); symmetric about 0 for a diverging map.
[[nodiscard]] Range color_range(const HeatMap& map);

}  // namespace rotoscope
