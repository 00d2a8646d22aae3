#include "layout.hpp"

#include "grid.hpp"
#include "legend.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr double smallest_text = 6.0;
constexpr double gap = 6.0;      // between panels
constexpr double edge = 2.0;     // around everything
constexpr double bar_gap = 5.0;  // between a heat map and its colour bar
constexpr double bar_width = 6.0;
constexpr int passes = 3;  // margins depend on tick labels, and those on the lengths of the axes

struct Margins {
    double left = edge;
    double right = edge;
    double bottom = edge;
    double top = edge;
};

/// A panel on its way to a PanelLayout.
struct Draft {
    const Panel* panel = nullptr;
    const HeatMap* heat_map = nullptr;  // the first: it has the colour bar
    std::vector<const Mark*> legend;
    bool legend_above = false;
    Margins margins;
    PanelLayout layout;
};

double tick_width(const Tick& tick, const StyleMeasures& style) {
    return text_width(tick.text, {style.font, style.tick_size}) +
           text_width(tick.superscript, {style.font, 0.8 * style.tick_size});
}

double widest_tick(const AxisPlan& plan, const StyleMeasures& style) {
    double width = 0.0;
    for (const Tick& tick : plan.ticks) width = std::max(width, tick_width(tick, style));
    return width;
}

/// How far the labels of an axis reach beyond its ends: below the minimum and above the maximum.
std::pair<double, double> overhang(const AxisPlan& plan, double length, const TickRoom& room) {
    std::pair<double, double> reach{0.0, 0.0};
    for (const Tick& tick : plan.ticks) {
        if (!tick.major) continue;
        const double center = plan.fraction(tick.position) * length;
        reach.first = std::max(reach.first, room.extent(tick) / 2 - center);
        reach.second = std::max(reach.second, center + room.extent(tick) / 2 - length);
    }
    return reach;
}

class Planner {
public:
    Planner(const Figure& figure, Style style)
        : figure_(figure), style_(measures(style)), grid_(plan_grid(figure, style_.width)) {}

    FigureLayout run() {
        FigureLayout layout{style_, style_.width, grid_.height, {}, {}};
        place_note(layout);
        start();
        for (int pass = 0; pass < passes; ++pass) {
            for (Draft& draft : drafts_) measure(draft);
            arrange();
        }
        for (Draft& draft : drafts_) finish(draft);
        for (Draft& draft : drafts_) layout.panels.push_back(std::move(draft.layout));
        return layout;
    }

private:
    [[nodiscard]] Font tick_font() const { return {style_.font, style_.tick_size}; }
    [[nodiscard]] double axis_label_height() const { return 1.2 * style_.label_size; }

    void place_note(FigureLayout& layout) {
        if (figure_.note.empty()) return;
        const auto lines = wrap_text(escape_control(figure_.note), tick_font(), style_.width - 4 * edge);
        const double line_height = 1.2 * style_.tick_size;
        for (std::size_t i = 0; i < lines.size(); ++i)
            layout.note.push_back({lines[i], style_.tick_size, 2 * edge,
                                   edge + (static_cast<double>(lines.size() - i) - 0.5) * line_height,
                                   PlacedText::Placing::left});
        floor_ = edge + line_height * static_cast<double>(lines.size()) + 2.0;
        // More than a line makes the figure taller instead of the panels smaller.
        layout.height = grid_.height += line_height * static_cast<double>(lines.size() - 1);
    }

    void start() {
        for (const Panel& panel : figure_.panels) {
            Draft draft;
            draft.panel = &panel;
            draft.legend = labelled_marks(panel);
            draft.legend_above = panel.legend == Legend::above;
            for (const Mark& mark : panel.marks)
                if (const auto* map = std::get_if<HeatMap>(&mark); map != nullptr && draft.heat_map == nullptr)
                    draft.heat_map = map;
            draft.layout.data = data_range(panel);
            drafts_.push_back(std::move(draft));
        }
        arrange();
    }

    void measure(Draft& draft) {
        plan_axes(draft);
        const Panel& panel = *draft.panel;
        Margins margins;
        if (!panel.title.empty()) margins.top += 1.35 * title_size();
        if (draft.legend_above)
            margins.top +=
                4.0 + legend_row_height(tick_font()) *
                          static_cast<double>(rows_above(draft.legend, tick_font(), draft.layout.plot.width()));
        if (panel.axes_visible) add_axis_margins(draft, margins);
        if (draft.layout.color_bar) {
            margins.right += bar_gap + bar_width + tick_length + tick_gap;
            margins.right += widest_tick(draft.layout.color_bar->plan, style_);
            if (!draft.heat_map->color.label.empty()) margins.right += 2.0 + axis_label_height();
        }
        if (panel.legend == Legend::outside_right && !draft.legend.empty())
            margins.right += 8.0 + legend_width(draft.legend, tick_font());
        draft.margins = margins;
        if (panel.legend != Legend::outside_right && !draft.legend_above && !draft.legend.empty())
            draft.legend_above = legend_inside(panel, draft.legend, tick_font(), draft.layout).empty();
    }

    void plan_axes(Draft& draft) {
        const Panel& panel = *draft.panel;
        PanelLayout& layout = draft.layout;
        const DataRange& data = layout.data;
        layout.x = plan_axis(panel.x, data.x, data.x_padding, layout.plot.width(), across_);
        layout.y = plan_axis(panel.y, data.y, data.y_padding, layout.plot.height(), along_);
        if (data.from_zero && panel.y.scale == Scale::linear) {
            // The baseline stands on the axis: room only away from it.
            Axis axis = panel.y;
            if (!axis.minimum && data.y.low == 0.0) axis.minimum = 0.0;
            if (!axis.maximum && data.y.high == 0.0) axis.maximum = 0.0;
            layout.y = plan_axis(axis, data.y, data.y_padding, layout.plot.height(), along_);
        }
        if (draft.heat_map != nullptr) {
            const HeatMap& map = *draft.heat_map;
            layout.color_bar =
                ColorBar{{}, map.map, plan_axis(map.color, color_range(map), 0.0, layout.plot.height(), along_)};
        }
    }

    void add_axis_margins(const Draft& draft, Margins& margins) const {
        const PanelLayout& layout = draft.layout;
        const Panel& panel = *draft.panel;
        const auto [before, beyond] = overhang(layout.x, layout.plot.width(), across_);
        const auto [below, above] = overhang(layout.y, layout.plot.height(), along_);
        const double label_room = 2.0 + axis_label_height();
        margins.left += tick_length + tick_gap + widest_tick(layout.y, style_);
        if (!panel.y.label.empty()) margins.left += label_room;
        margins.left = std::max(margins.left, edge + before);
        margins.right += beyond;
        margins.bottom += tick_length + tick_gap + style_.tick_size;
        if (!panel.x.label.empty()) margins.bottom += label_room;
        margins.bottom = std::max(margins.bottom, edge + below);
        margins.top = std::max(margins.top, edge + above);
    }

    [[nodiscard]] double title_size() const {
        double size = style_.label_size;
        for (const Panel& panel : figure_.panels) {
            const Font font{style_.font, style_.label_size};
            size = std::min(size, fit_text(escape_control(panel.title), font, title_room(), smallest_text).size);
        }
        return size;
    }
    [[nodiscard]] double title_room() const {
        const auto columns = static_cast<double>(grid_.columns);
        return (style_.width - gap * (columns - 1.0)) / columns - 2 * edge;
    }

    /// Gives every plot its box: panels of a column share their side margins, panels of a row those above and below.
    void arrange() {
        std::vector<Margins> column(grid_.columns);
        std::vector<Margins> row(grid_.rows);
        for (std::size_t i = 0; i < drafts_.size(); ++i) {
            Margins& side = column[i % grid_.columns];
            Margins& level = row[i / grid_.columns];
            const Margins& own = drafts_[i].margins;
            side.left = std::max(side.left, own.left);
            side.right = std::max(side.right, own.right);
            level.top = std::max(level.top, own.top);
            level.bottom = std::max(level.bottom, own.bottom);
        }
        double taken_width = gap * static_cast<double>(grid_.columns - 1);
        double taken_height = floor_ + gap * static_cast<double>(grid_.rows - 1);
        for (const Margins& side : column) taken_width += side.left + side.right;
        for (const Margins& level : row) taken_height += level.top + level.bottom;
        const double width = std::max(10.0, (style_.width - taken_width) / static_cast<double>(grid_.columns));
        const double height = std::max(10.0, (grid_.height - taken_height) / static_cast<double>(grid_.rows));

        double top = grid_.height;
        for (std::size_t r = 0; r < grid_.rows; ++r) {
            double left = 0.0;
            top -= row[r].top;
            for (std::size_t c = 0; c < grid_.columns; ++c) {
                left += column[c].left;
                if (const std::size_t i = r * grid_.columns + c; i < drafts_.size()) {
                    drafts_[i].layout.plot = {left, left + width, top - height, top};
                    drafts_[i].margins = {column[c].left, column[c].right, row[r].bottom, row[r].top};
                    equalise(drafts_[i]);
                }
                left += width + column[c].right + gap;
            }
            top -= height + row[r].bottom + gap;
        }
    }

    /// Shrinks the box around its centre until a unit of x is as long as one of y.
    static void equalise(Draft& draft) {
        if (!draft.panel->equal_axes) return;
        Box& box = draft.layout.plot;
        const double x_units = draft.layout.x.maximum - draft.layout.x.minimum;
        const double y_units = draft.layout.y.maximum - draft.layout.y.minimum;
        const double scale = std::min(box.width() / x_units, box.height() / y_units);
        const double narrower = (box.width() - scale * x_units) / 2;
        const double lower = (box.height() - scale * y_units) / 2;
        box = {box.left + narrower, box.right - narrower, box.bottom + lower, box.top - lower};
    }

    void finish(Draft& draft) {
        PanelLayout& layout = draft.layout;
        const Panel& panel = *draft.panel;
        add_legend(draft);
        const Box& plot = layout.plot;
        const double x_center = (plot.left + plot.right) / 2;
        const double y_center = (plot.bottom + plot.top) / 2;
        if (!panel.title.empty()) {
            const double above = draft.margins.top - edge - 0.6 * title_size();
            add_text(layout, panel.title, title_size(), title_room(), x_center, plot.top + above,
                     PlacedText::Placing::center);
        }
        if (panel.axes_visible) {
            const double label = style_.label_size;
            add_text(layout, panel.x.label, label, plot.width() + draft.margins.right, x_center,
                     plot.bottom - draft.margins.bottom + edge + 0.6 * label, PlacedText::Placing::center);
            add_text(layout, panel.y.label, label, plot.height() + draft.margins.bottom,
                     plot.left - draft.margins.left + edge + 0.55 * label, y_center, PlacedText::Placing::upwards);
        }
        if (layout.color_bar) {
            layout.color_bar->box = {plot.right + bar_gap, plot.right + bar_gap + bar_width, plot.bottom, plot.top};
            const double x = layout.color_bar->box.right + tick_length + tick_gap +
                             widest_tick(layout.color_bar->plan, style_) + 2.0 + 0.6 * style_.label_size;
            add_text(layout, draft.heat_map->color.label, style_.label_size, plot.height() + draft.margins.bottom, x,
                     y_center, PlacedText::Placing::upwards);
        }
    }

    void add_text(PanelLayout& layout, const std::string& text, double size, double room, double x, double y,
                  PlacedText::Placing placing) const {
        if (text.empty()) return;
        FittedText fitted = fit_text(escape_control(text), {style_.font, size}, room, smallest_text);
        layout.texts.push_back({std::move(fitted.text), fitted.size, x, y, placing});
    }

    void add_legend(Draft& draft) const {
        if (draft.legend.empty()) return;
        PanelLayout& layout = draft.layout;
        if (draft.panel->legend == Legend::outside_right)
            layout.legend = legend_outside(draft.legend, tick_font(), layout.plot);
        else if (!draft.legend_above) layout.legend = legend_inside(*draft.panel, draft.legend, tick_font(), layout);
        if (layout.legend.empty()) layout.legend = legend_above(draft.legend, tick_font(), layout.plot);
    }

    const Figure& figure_;
    StyleMeasures style_;
    Grid grid_;
    double floor_ = 0.0;  // the note is below
    std::vector<Draft> drafts_;
    TickRoom across_{[this](const Tick& tick) { return tick.text.empty() ? 0.0 : tick_width(tick, style_) + 5.0; },
                     32.0};
    TickRoom along_{[this](const Tick& tick) {
                        return tick.text.empty() ? 0.0 : (tick.superscript.empty() ? 1.02 : 1.4) * style_.tick_size;
                    },
                    20.0};
};

}  // namespace

FigureLayout lay_out(const Figure& figure, Style style) { return Planner(figure, style).run(); }

}  // namespace rotoscope
