// A figure as plain data: panels of marks over axes. How it looks on paper is notebooks_export's business.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rotoscope {

inline constexpr double not_drawn = std::numeric_limits<double>::quiet_NaN();  ///< a gap in a curve or heat map

enum class Scale { linear, logarithmic };

/// An axis: what it shows with its unit in brackets, as in "increment (rad/token)". A limit that is not given comes
/// from the data. `ticks`, where not empty, replace the automatic ones: position and text.
struct Axis {
    std::string label;
    Scale scale = Scale::linear;
    std::optional<double> minimum;
    std::optional<double> maximum;
    std::vector<std::pair<double, std::string>> ticks;
};

/// Maps of values to colours, all safe for colour-blind readers: sequential for magnitudes, diverging about 0 for
/// signed values, cyclic for angles.
enum class ColorMap { sequential, diverging, cyclic };

enum class Dash { solid, dashed, dotted, dash_dot };
enum class Marker { none, circle, square, triangle, diamond, cross };

/// An index into the palette (Okabe–Ito, black first); it wraps around.
using Color = std::size_t;

/// A line through (x, y), broken at NaN; or markers only (`line` false).
struct Curve {
    std::string label;  ///< in the legend; none where empty
    std::vector<double> x;
    std::vector<double> y;
    Color color = 0;
    Dash dash = Dash::solid;
    Marker marker = Marker::none;
    bool line = true;
    double width = 1.0;  ///< points
};

/// The area between two curves over the same x, drawn translucent.
struct Band {
    std::string label;
    std::vector<double> x;
    std::vector<double> lower;
    std::vector<double> upper;
    Color color = 0;
};

/// Bars of one width centred at x, from 0 to y.
struct Bars {
    std::string label;
    std::vector<double> x;
    std::vector<double> y;
    double width = 1.0;  ///< in units of x
    Color color = 0;
};

/// Stems from 0 to y with a marker at the end.
struct Stems {
    std::string label;
    std::vector<double> x;
    std::vector<double> y;
    Color color = 0;
    Marker marker = Marker::circle;
};

/// A matrix of colours: values[row·columns + column] centred at (x_first + column·x_step, y_first + row·y_step).
/// NaN cells are left blank. The colour axis has its own label, scale and limits.
struct HeatMap {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<double> values;
    double x_first = 0.0;
    double x_step = 1.0;
    double y_first = 0.0;
    double y_step = 1.0;
    ColorMap map = ColorMap::sequential;
    Axis color;
};

/// A filled closed polygon.
struct Polygon {
    std::vector<double> x;
    std::vector<double> y;
    Color color = 0;
    double opacity = 1.0;
};

/// A straight line across the whole panel.
struct Rule {
    enum class Direction { horizontal, vertical };
    Direction direction = Direction::horizontal;
    double position = 0.0;
    Color color = 0;
    Dash dash = Dash::dotted;
    std::string label;  ///< in the legend; none where empty
};

/// Text at a point of the panel's coordinates.
struct Label {
    enum class Anchor { left, center, right };
    double x = 0.0;
    double y = 0.0;
    std::string text;
    Anchor anchor = Anchor::left;
};

using Mark = std::variant<Curve, Band, Bars, Stems, HeatMap, Polygon, Rule, Label>;

enum class Legend { none, top_right, top_left, bottom_right, bottom_left, above, outside_right };

struct Panel {
    std::string title;
    Axis x;
    Axis y;
    std::vector<Mark> marks;  ///< drawn in this order
    Legend legend = Legend::none;
    bool equal_axes = false;   ///< one unit of x is as long as one of y (roses, polar plots)
    bool axes_visible = true;  ///< false: no border, ticks or axis labels
};

/// Panels in rows of `columns`, under one caption. `note` is printed small below the panels: the pair layout, the
/// model, the number of tokens. `height` is the figure's height divided by its width.
struct Figure {
    std::string name;
    std::string caption;
    std::string note;
    std::size_t columns = 1;
    double height = 0.45;
    std::vector<Panel> panels;
};

/// `count` of 0 … size − 1, evenly spaced, the first and the last among them; all where there are no more: what a
/// figure or the terminal shows of many.
[[nodiscard]] std::vector<std::size_t> evenly_spaced(std::size_t size, std::size_t count);

/// Leaves the panel's curves without names, where another panel's legend names them.
void clear_labels(Panel& panel);

}  // namespace rotoscope
