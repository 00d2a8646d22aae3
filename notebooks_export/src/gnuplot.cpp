#include "rotoscope/notebooks_export/gnuplot.hpp"

#include "gnuplot_marks.hpp"
#include "gnuplot_text.hpp"
#include "layout.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <variant>

namespace rotoscope {
namespace {

// gnuplot's own distances at a font size of 1: ticks of scale 1, and from the end of a tick to its label's anchor.
constexpr double unit_tick = 0.75;
constexpr double unit_gap_x = 1.0;
constexpr double unit_gap_y = 0.7;

/// Writes one script. Positions are given as fractions of the page.
class Script {
public:
    Script(const Figure& figure, Style style) : figure_(figure), layout_(lay_out(figure, style)) {}

    std::string write() {
        line("# gnuplot FILE.gp > FILE.svg");
        line("# rsvg-convert -f pdf -d 72 -p 72 FILE.svg > FILE.pdf");
        line("set encoding utf8");
        line("apostrophe = sprintf('%c', 39)");
        line(
            "set terminal svg enhanced rounded size {:.0f},{:.0f} font '{},{}' linewidth 1 dashlength 1 background rgb "
            "'white'",
            layout_.width, layout_.height, layout_.style.font, layout_.style.tick_size);
        std::vector<GnuplotMarks> marks;
        for (std::size_t i = 0; i < layout_.panels.size(); ++i) {
            marks.push_back(
                gnuplot_marks(figure_.panels[i], layout_, layout_.panels[i], fmt::format("panel{}", i + 1)));
            text_ += marks.back().blocks;
        }
        line("set multiplot");
        line("unset key");
        line("set clip two");
        for (std::size_t i = 0; i < layout_.panels.size(); ++i) write_panel(i, marks[i]);
        write_note();
        line("unset multiplot");
        return std::move(text_);
    }

private:
    template <class... Arguments>
    void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
        text_ += '\n';
    }

    [[nodiscard]] std::string across(double points) const { return fmt::format("{:.5f}", points / layout_.width); }
    [[nodiscard]] std::string up(double points) const { return fmt::format("{:.5f}", points / layout_.height); }
    [[nodiscard]] std::string at(double x, double y) const {
        return fmt::format("screen {}, screen {}", across(x), up(y));
    }

    void write_panel(std::size_t index, const GnuplotMarks& marks) {
        const Panel& panel = figure_.panels[index];
        const PanelLayout& layout = layout_.panels[index];
        line("\n# panel {}", index + 1);
        line("unset label; unset arrow; unset object; unset logscale; unset colorbox");
        line("set lmargin at screen {}; set rmargin at screen {}", across(layout.plot.left), across(layout.plot.right));
        line("set bmargin at screen {}; set tmargin at screen {}", up(layout.plot.bottom), up(layout.plot.top));
        write_axis("x", layout.x);
        write_axis("y", layout.y);
        write_frame(panel, layout);
        if (layout.color_bar) write_color_bar(*layout.color_bar);
        for (const PlacedText& text : layout.texts) write_text(text);
        for (const LegendEntry& entry : layout.legend) write_legend_entry(entry);
        text_ += marks.settings;
        // NaN draws nothing, but makes a plot of a panel without data.
        text_ += "plot NaN with lines lc rgb '#000000' notitle";
        for (const std::string& element : marks.elements) text_ += ", \\\n    " + element + " notitle";
        text_ += '\n';
    }

    void write_axis(std::string_view name, const AxisPlan& plan) {
        if (plan.scale == Scale::logarithmic) line("set logscale {} 10", name);
        line("set {}range [{}:{}]", name, gnuplot_number(plan.minimum), gnuplot_number(plan.maximum));
        const bool bar = name == "cb";
        std::string ticks;
        for (const Tick& tick : plan.ticks) {
            if (!ticks.empty()) ticks += ", ";
            ticks += fmt::format("{} {} {}", bar ? "''" : listed_label(tick, plan.given), gnuplot_number(tick.position),
                                 tick.major ? 0 : 1);
        }
        const double size = layout_.style.tick_size;
        const double nearer = (name == "x" ? unit_gap_x : unit_gap_y) * size - tick_gap;
        const double scale = tick_length / (unit_tick * size);
        line("set {}tics out nomirror scale {:.3f},{:.3f} offset {} {} ({})", name, scale, 0.6 * scale,
             name == "x" ? at(0.0, nearer) : at(nearer, 0.0), plan.given ? "noenhanced" : "enhanced", ticks);
    }

    /// Our own labels have a superscript; the caller's are data.
    static std::string tick_label(const Tick& tick, bool given) {
        if (given) return gnuplot_string(tick.text);
        return tick.superscript.empty() ? "'" + tick.text + "'"
                                        : fmt::format("'{}^{{{}}}'", tick.text, tick.superscript);
    }

    /// In the list of ticks of an axis, gnuplot takes a label with % for a format.
    static std::string listed_label(const Tick& tick, bool given) {
        Tick doubled = tick;
        doubled.text.clear();
        for (const char c : tick.text) doubled.text += c == '%' ? "%%" : std::string(1, c);
        return tick_label(doubled, given);
    }

    void write_frame(const Panel& panel, const PanelLayout& layout) {
        if (!panel.axes_visible) {
            line("unset border; unset xtics; unset ytics");
            return;
        }
        line("set border {} lw {} lc rgb '#000000'", layout.data.heat_map ? 15 : 3, layout_.style.axis_line_width);
        const bool inside = layout.y.minimum < 0.0 && layout.y.maximum > 0.0 && layout.y.scale == Scale::linear;
        if (layout.data.from_zero && inside)
            line("set arrow from graph 0, first 0 to graph 1, first 0 nohead back lw {} lc rgb '#000000'",
                 layout_.style.axis_line_width);
    }

    void write_color_bar(const ColorBar& bar) {
        std::string colors;
        const auto map = color_map(bar.map);
        for (std::size_t i = 0; i < map.size(); ++i) colors += fmt::format("{}{} '{}'", i == 0 ? "" : ", ", i, map[i]);
        line("set palette maxcolors 0 defined ({})", colors);
        const Box& box = bar.box;
        line("set colorbox user vertical origin {} size {} noborder", at(box.left, box.bottom),
             at(box.width(), box.height()));
        line("set object rectangle from {} to {} front fs empty border lc rgb '#000000' lw {}",
             at(box.left, box.bottom), at(box.right, box.top), layout_.style.axis_line_width);
        write_axis("cb", bar.plan);
        // gnuplot 5.4 draws the labels of a colour bar with markup, whatever is set: they are labels of our own.
        for (const Tick& tick : bar.plan.ticks)
            if (tick.major)
                line("set label {} at {} left font '{},{}' {} front", tick_label(tick, bar.plan.given),
                     at(box.right + tick_length + tick_gap,
                        box.bottom + bar.plan.fraction(tick.position) * box.height()),
                     layout_.style.font, layout_.style.tick_size, bar.plan.given ? "noenhanced" : "enhanced");
    }

    void write_text(const PlacedText& text) {
        constexpr std::string_view placings[] = {"center", "left", "center rotate by 90"};
        line("set label {} at {} {} font '{},{:.2f}' noenhanced front", gnuplot_string(text.text), at(text.x, text.y),
             placings[static_cast<std::size_t>(text.placing)], layout_.style.font, text.size);
    }

    void write_legend_entry(const LegendEntry& entry) {
        std::visit([&](const auto& mark) { write_sample(mark, entry.x, entry.y); }, *entry.mark);
        write_text(entry.text);
    }

    void write_sample_line(double x, double y, Color color, double width, Dash dash) {
        line("set arrow from {} to {} nohead front lc rgb '{}' lw {} {}", at(x, y), at(x + sample_width, y),
             palette_color(color), width, dash_type(dash));
    }
    void write_sample_marker(double x, double y, Color color, Marker marker) {
        if (marker == Marker::none) return;
        line("set label '' at {} point lc rgb '{}' {} front", at(x + sample_width / 2, y), palette_color(color),
             point_type(marker));
    }
    void write_sample_fill(double x, double y, Color color, double opacity) {
        line("set object rectangle from {} to {} front fc rgb '{}' fs transparent solid {} noborder", at(x, y - 2.5),
             at(x + sample_width, y + 2.5), palette_color(color), opacity);
    }

    void write_sample(const Curve& curve, double x, double y) {
        if (curve.line) write_sample_line(x, y, curve.color, curve.width, curve.dash);
        write_sample_marker(x, y, curve.color, curve.marker);
    }
    void write_sample(const Stems& stems, double x, double y) {
        write_sample_line(x, y, stems.color, 0.8, Dash::solid);
        write_sample_marker(x, y, stems.color, stems.marker);
    }
    void write_sample(const Rule& rule, double x, double y) { write_sample_line(x, y, rule.color, 0.7, rule.dash); }
    void write_sample(const Band& band, double x, double y) { write_sample_fill(x, y, band.color, 0.2); }
    void write_sample(const Bars& bars, double x, double y) { write_sample_fill(x, y, bars.color, 1.0); }
    template <class Unlabelled>
    void write_sample(const Unlabelled&, double, double) {}

    void write_note() {
        if (layout_.note.empty()) return;
        line("\n# note");
        line("unset label; unset arrow; unset object; unset logscale; unset colorbox; unset border; unset tics");
        line("set margins 0, 0, 0, 0");
        for (const PlacedText& text : layout_.note) write_text(text);
        line("set xrange [0:1]; set yrange [0:1]");
        line("plot NaN with lines lc rgb '#000000' notitle");
    }

    const Figure& figure_;
    FigureLayout layout_;
    std::string text_;
};

}  // namespace

std::string to_gnuplot(const Figure& figure, Style style) { return Script(figure, style).write(); }

}  // namespace rotoscope
