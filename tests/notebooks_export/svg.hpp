// What a test reads off an SVG that gnuplot drew.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace rotoscope::test {

/// Red, green, blue from 0 to 255.
struct Rgb {
    int red = 0;
    int green = 0;
    int blue = 0;
    auto operator<=>(const Rgb&) const = default;
};

/// From "#RRGGBB".
[[nodiscard]] Rgb parse_rgb(const std::string& hexadecimal);

/// Every colour of a stroke or fill.
[[nodiscard]] std::set<Rgb> colors_of(const std::string& svg);

/// A filled rectangle, in points from the upper left corner.
struct Cell {
    double x = 0.0;  ///< of the centre
    double y = 0.0;
    double width = 0.0;
    Rgb color;
};

/// The rectangles at least `smallest` wide, in the order of drawing.
[[nodiscard]] std::vector<Cell> cells_of(const std::string& svg, double smallest);

/// The texts that are shown, without markup and with entities replaced.
[[nodiscard]] std::vector<std::string> texts_of(const std::string& svg);

}  // namespace rotoscope::test
