#include "legend.hpp"

#include "obstacles.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <variant>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr double sample_gap = 3.0;   // between sample and text
constexpr double column_gap = 10.0;  // between entries in a row
constexpr double inset = 5.0;        // from the plot's border
constexpr double clearance = 1.5;    // around the legend

std::string shown(const Mark& mark) { return escape_control(label_of(mark)); }

double entry_width(const Mark& mark, const Font& font) {
    return sample_width + sample_gap + text_width(shown(mark), font);
}

LegendEntry entry(const Mark* mark, const Font& font, double x, double y, double room) {
    FittedText fitted = fit_text(shown(*mark), font, std::max(20.0, room - sample_width - sample_gap), font.size);
    return {
        mark, {std::move(fitted.text), fitted.size, x + sample_width + sample_gap, y, PlacedText::Placing::left}, x, y};
}

/// Entries below each other from the upper left corner of a box.
std::vector<LegendEntry> stack(const std::vector<const Mark*>& marks, const Font& font, double left, double top,
                               double room) {
    std::vector<LegendEntry> entries;
    const double row = legend_row_height(font);
    for (std::size_t i = 0; i < marks.size(); ++i)
        entries.push_back(entry(marks[i], font, left, top - (static_cast<double>(i) + 0.5) * row, room));
    return entries;
}

/// How many entries go into each row of a legend of that width, in order: as few rows as it takes.
std::vector<std::size_t> full_rows(const std::vector<const Mark*>& marks, const Font& font, double width) {
    std::vector<std::size_t> lengths;
    double used = 0.0;
    for (const Mark* mark : marks) {
        const double more = entry_width(*mark, font);
        if (lengths.empty() || used + column_gap + more > width) {
            lengths.push_back(0);
            used = -column_gap;
        }
        ++lengths.back();
        used += column_gap + more;
    }
    return lengths;
}

double row_width(std::span<const Mark* const> marks, const Font& font) {
    double width = -column_gap;
    for (const Mark* mark : marks) width += column_gap + entry_width(*mark, font);
    return width;
}

/// full_rows, evened out (2 + 2 instead of 3 + 1) where that fits.
std::vector<std::size_t> row_lengths(const std::vector<const Mark*>& marks, const Font& font, double width) {
    std::vector<std::size_t> full = full_rows(marks, font, width);
    const std::size_t each = (marks.size() + full.size() - 1) / full.size();
    std::vector<std::size_t> even;
    for (std::size_t begin = 0; begin < marks.size(); begin += each) {
        even.push_back(std::min(each, marks.size() - begin));
        if (row_width(std::span(marks).subspan(begin, even.back()), font) > width) return full;
    }
    return even;
}

Box corner_box(Legend corner, const Box& plot, double width, double height) {
    const bool right = corner == Legend::top_right || corner == Legend::bottom_right;
    const bool top = corner == Legend::top_right || corner == Legend::top_left;
    const double left = right ? plot.right - inset - width : plot.left + inset;
    const double bottom = top ? plot.top - inset + 1.0 - height : plot.bottom + inset - 1.0;
    return {left, left + width, bottom, bottom + height};
}

struct LabelOf {
    const std::string& operator()(const HeatMap&) const { return none; }
    const std::string& operator()(const Polygon&) const { return none; }
    const std::string& operator()(const Label&) const { return none; }
    template <class Labelled>
    const std::string& operator()(const Labelled& mark) const {
        return mark.label;
    }
    inline static const std::string none;
};

}  // namespace

const std::string& label_of(const Mark& mark) { return std::visit(LabelOf{}, mark); }

std::vector<const Mark*> labelled_marks(const Panel& panel) {
    std::vector<const Mark*> marks;
    if (panel.legend == Legend::none) return marks;
    for (const Mark& mark : panel.marks)
        if (!label_of(mark).empty()) marks.push_back(&mark);
    return marks;
}

double legend_row_height(const Font& font) { return 1.25 * font.size; }

double legend_width(const std::vector<const Mark*>& marks, const Font& font) {
    double width = 0.0;
    for (const Mark* mark : marks) width = std::max(width, entry_width(*mark, font));
    return width;
}

std::size_t rows_above(const std::vector<const Mark*>& marks, const Font& font, double width) {
    return row_lengths(marks, font, width).size();
}

std::vector<LegendEntry> legend_above(const std::vector<const Mark*>& marks, const Font& font, const Box& plot) {
    std::vector<LegendEntry> entries;
    const std::vector<std::size_t> lengths = row_lengths(marks, font, plot.width());
    const double row_height = legend_row_height(font);
    double y = plot.top + 3.0 + (static_cast<double>(lengths.size()) - 0.5) * row_height;
    std::span<const Mark* const> rest(marks);
    for (const std::size_t length : lengths) {
        double x = plot.left + std::max(0.0, (plot.width() - row_width(rest.first(length), font)) / 2);
        for (const Mark* mark : rest.first(length)) {
            entries.push_back(entry(mark, font, x, y, plot.right - x));
            x += entry_width(*mark, font) + column_gap;
        }
        rest = rest.subspan(length);
        y -= row_height;
    }
    return entries;
}

std::vector<LegendEntry> legend_outside(const std::vector<const Mark*>& marks, const Font& font, const Box& plot) {
    return stack(marks, font, plot.right + 6.0, plot.top, legend_width(marks, font));
}

std::vector<LegendEntry> legend_inside(const Panel& panel, const std::vector<const Mark*>& marks, const Font& font,
                                       const PanelLayout& layout) {
    const double width = legend_width(marks, font);
    const double height = legend_row_height(font) * static_cast<double>(marks.size());
    if (width + 2 * inset > layout.plot.width() || height + 2 * inset > layout.plot.height()) return {};
    std::array corners{panel.legend, Legend::top_right, Legend::top_left, Legend::bottom_right, Legend::bottom_left};
    for (const Legend corner : corners) {
        const Box box = corner_box(corner, layout.plot, width, height);
        const Box cleared{box.left - clearance, box.right + clearance, box.bottom - clearance, box.top + clearance};
        if (!hides_data(panel, layout, cleared, font)) return stack(marks, font, box.left, box.top, width);
    }
    return {};
}

}  // namespace rotoscope
