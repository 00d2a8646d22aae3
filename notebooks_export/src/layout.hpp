// Where everything of a figure goes, in points from its lower left corner.
#pragma once

#include "axis_plan.hpp"
#include "data_range.hpp"
#include "text_metrics.hpp"

#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/figure.hpp"
#include "rotoscope/notebooks_export/style.hpp"

namespace rotoscope {

struct Box {
    double left = 0.0;
    double right = 0.0;
    double bottom = 0.0;
    double top = 0.0;

    [[nodiscard]] double width() const { return right - left; }
    [[nodiscard]] double height() const { return top - bottom; }
};

/// A text with its centre (or, for `left`, the middle of its left edge).
struct PlacedText {
    std::string text;
    double size = 0.0;
    double x = 0.0;
    double y = 0.0;
    enum class Placing { center, left, upwards } placing = Placing::center;
};

/// A line of the legend: the mark that it explains, its text, and where the sample begins (middle of its left edge).
struct LegendEntry {
    const Mark* mark = nullptr;
    PlacedText text;
    double x = 0.0;
    double y = 0.0;
};

struct ColorBar {
    Box box;
    ColorMap map = ColorMap::sequential;
    AxisPlan plan;
};

struct PanelLayout {
    Box plot;
    AxisPlan x;
    AxisPlan y;
    DataRange data;
    std::vector<PlacedText> texts;  ///< title and axis labels
    std::vector<LegendEntry> legend;
    std::optional<ColorBar> color_bar;
};

struct FigureLayout {
    StyleMeasures style;
    double width = 0.0;
    double height = 0.0;
    std::vector<PanelLayout> panels;
    std::vector<PlacedText> note;
};

constexpr double tick_length = 2.4;    // points
constexpr double tick_gap = 2.0;       // between tick and label
constexpr double sample_width = 16.0;  // of the lines in a legend

/// Lays the figure out at the style's width. A style narrower than 5.5 in has fewer panels in a row where they would
/// be too small, and panels keep at least 0.8 of their height: type does not shrink with the page.
[[nodiscard]] FigureLayout lay_out(const Figure& figure, Style style);

}  // namespace rotoscope
