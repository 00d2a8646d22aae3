#include "gnuplot_marks.hpp"

#include "gnuplot_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <variant>

namespace rotoscope {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_markers = 16;  // on a curve: more run together
constexpr double stem_shift = 2.4;        // points between stems of different series at the same x

constexpr std::string_view end_of_block = "EOD\n";

using Columns = std::initializer_list<const std::vector<double>*>;

class Writer {
public:
    Writer(const Panel& panel, const FigureLayout& figure, const PanelLayout& layout, std::string prefix)
        : panel_(panel), figure_(figure), layout_(layout), prefix_(std::move(prefix)) {
        stem_series_ =
            static_cast<std::size_t>(std::count_if(panel.marks.begin(), panel.marks.end(), [](const Mark& mark) {
                return std::holds_alternative<Stems>(mark);
            }));
    }

    void operator()(const Curve& curve) {
        const std::string block = add_block({&curve.x, &curve.y});
        const std::string color = color_of(curve.color);
        const std::string stroke = fmt::format("lw {} {}", curve.width, dash_type(curve.dash));
        if (curve.line) add_element("{} using 1:2 with lines {} {}", block, color, stroke);
        if (curve.marker == Marker::none) return;
        const std::size_t every = curve.line ? (curve.x.size() + most_markers - 1) / most_markers : 1;
        add_element("{} every {} using 1:2 with points {} {} lw 1", block, std::max<std::size_t>(1, every), color,
                    point_type(curve.marker));
    }

    void operator()(const Band& band) {
        // On a logarithmic axis a band that reaches 0 reaches the lower end.
        std::vector<double> lower = band.lower;
        if (panel_.y.scale == Scale::logarithmic)
            for (double& value : lower)
                if (value <= 0.0) value = layout_.y.minimum;
        const std::string block = add_block({&band.x, &lower, &band.upper});
        add_element("{} using 1:2:3 with filledcurves {} fs transparent solid 0.2 noborder", block,
                    color_of(band.color));
    }

    void operator()(const Bars& bars) {
        const std::string block = add_block({&bars.x, &bars.y});
        add_element("{} using 1:2:({}) with boxes {} lw 0.3 fs solid 1.0 border lc rgb '#FFFFFF'", block,
                    gnuplot_number(bars.width), color_of(bars.color));
    }

    void operator()(const Stems& stems) {
        std::vector<double> x = stems.x;
        const double shift = (static_cast<double>(stem_index_++) - 0.5 * static_cast<double>(stem_series_ - 1)) *
                             stem_shift * (layout_.x.maximum - layout_.x.minimum) / layout_.plot.width();
        if (panel_.x.scale == Scale::linear)
            for (double& value : x) value += shift;
        const std::string block = add_block({&x, &stems.y});
        add_element("{} using 1:2 with impulses {} lw 0.8", block, color_of(stems.color));
        if (stems.marker != Marker::none)
            add_element("{} using 1:2 with points {} {}", block, color_of(stems.color), point_type(stems.marker));
    }

    void operator()(const HeatMap& map) {
        const bool grid =
            map.rows > 1 && map.columns > 1 && panel_.x.scale == Scale::linear && panel_.y.scale == Scale::linear;
        if (grid) add_image(map);
        else add_cells(map);
    }

    void operator()(const Polygon& polygon) {
        // The wedges of a rose are one element: polygons are separated by empty lines.
        if (open_polygon_ != nullptr && open_polygon_->color == polygon.color &&
            open_polygon_->opacity == polygon.opacity) {
            marks_.blocks.resize(marks_.blocks.size() - end_of_block.size());
            marks_.blocks += '\n';
            add_rows({&polygon.x, &polygon.y});
            return;
        }
        const std::string block = add_block({&polygon.x, &polygon.y});
        open_polygon_ = &polygon;
        const std::string color = color_of(polygon.color);
        add_element("{} using 1:2 with filledcurves closed {} lw 0.3 fs transparent solid {} border {}", block, color,
                    gnuplot_number(polygon.opacity), color);
    }

    void operator()(const Rule& rule) {
        const bool horizontal = rule.direction == Rule::Direction::horizontal;
        const std::vector<double> at{rule.position, rule.position};
        const std::vector<double> along = horizontal ? std::vector{layout_.x.minimum, layout_.x.maximum}
                                                     : std::vector{layout_.y.minimum, layout_.y.maximum};
        const std::string block = horizontal ? add_block({&along, &at}) : add_block({&at, &along});
        add_element("{} using 1:2 with lines {} lw 0.7 {}", block, color_of(rule.color), dash_type(rule.dash));
    }

    void operator()(const Label& label) {
        const std::string_view anchor = label.anchor == Label::Anchor::left     ? "left"
                                        : label.anchor == Label::Anchor::center ? "center"
                                                                                : "right";
        if (!std::isfinite(label.x) || !std::isfinite(label.y)) return;
        marks_.settings += fmt::format("set label {} at first {}, first {} {} font '{},{}' noenhanced front\n",
                                       gnuplot_string(label.text), gnuplot_number(label.x), gnuplot_number(label.y),
                                       anchor, figure_.style.font, figure_.style.tick_size);
    }

    GnuplotMarks take() { return std::move(marks_); }

private:
    template <class... Arguments>
    void add_element(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        marks_.elements.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
    }

    static std::string color_of(Color color) { return fmt::format("lc rgb '{}'", palette_color(color)); }

    std::string begin_block() {
        std::string name = fmt::format("${}_{}", prefix_, block_count_++);
        marks_.blocks += name + " << EOD\n";
        open_polygon_ = nullptr;
        return name;
    }

    std::string add_block(Columns columns) {
        std::string name = begin_block();
        add_rows(columns);
        return name;
    }

    /// One row for each index that all columns have; what the axes cannot show is NaN.
    void add_rows(Columns columns) {
        std::size_t rows = std::numeric_limits<std::size_t>::max();
        for (const auto* column : columns) rows = std::min(rows, column->size());
        for (std::size_t row = 0; row < rows; ++row) {
            bool first = true;
            for (const auto* column : columns) {
                const Scale scale = first ? panel_.x.scale : panel_.y.scale;
                const double value = (*column)[row];
                if (!first) marks_.blocks += ' ';
                marks_.blocks += gnuplot_number(scale == Scale::logarithmic && value <= 0.0 ? nothing : value);
                first = false;
            }
            marks_.blocks += '\n';
        }
        marks_.blocks += end_of_block;
    }

    [[nodiscard]] double cell_value(const HeatMap& map, std::size_t index) const {
        const double value = map.values[index];
        if (!std::isfinite(value)) return nothing;
        if (map.color.scale == Scale::linear || value > 0.0) return value;
        return value == 0.0 && layout_.color_bar ? layout_.color_bar->plan.minimum : nothing;
    }

    void add_image(const HeatMap& map) {
        const std::string name = begin_block();
        for (std::size_t row = 0; row < map.rows; ++row) {
            for (std::size_t column = 0; column < map.columns; ++column) {
                if (column > 0) marks_.blocks += ' ';
                marks_.blocks += gnuplot_number(cell_value(map, row * map.columns + column));
            }
            marks_.blocks += '\n';
        }
        marks_.blocks += end_of_block;
        add_element("{} matrix using ({} + $1 * {}):({} + $2 * {}):3 with image pixels", name,
                    gnuplot_number(map.x_first), gnuplot_number(map.x_step), gnuplot_number(map.y_first),
                    gnuplot_number(map.y_step));
    }

    /// gnuplot wants images of at least 2 x 2 cells on linear axes: anything else is drawn cell by cell.
    void add_cells(const HeatMap& map) {
        const std::string name = begin_block();
        for (std::size_t index = 0; index < map.rows * map.columns; ++index) {
            const double value = cell_value(map, index);
            if (!std::isfinite(value)) continue;
            const double x = map.x_first + static_cast<double>(index % map.columns) * map.x_step;
            const double y = map.y_first + static_cast<double>(index / map.columns) * map.y_step;
            marks_.blocks += fmt::format("{} {} {}\n", gnuplot_number(x), gnuplot_number(y), gnuplot_number(value));
        }
        marks_.blocks += end_of_block;
        add_element(
            "{} using 1:2:($1 - {}):($1 + {}):($2 - {}):($2 + {}):3 with boxxyerror fs solid 1.0 noborder lc palette z",
            name, gnuplot_number(map.x_step / 2), gnuplot_number(map.x_step / 2), gnuplot_number(map.y_step / 2),
            gnuplot_number(map.y_step / 2));
    }

    const Panel& panel_;
    const FigureLayout& figure_;
    const PanelLayout& layout_;
    std::string prefix_;
    std::size_t block_count_ = 0;
    const Polygon* open_polygon_ = nullptr;  // in the last block
    std::size_t stem_series_ = 0;
    std::size_t stem_index_ = 0;
    GnuplotMarks marks_;
};

}  // namespace

GnuplotMarks gnuplot_marks(const Panel& panel, const FigureLayout& figure, const PanelLayout& layout,
                           const std::string& prefix) {
    Writer writer(panel, figure, layout, prefix);
    for (const Mark& mark : panel.marks) std::visit(writer, mark);
    return writer.take();
}

}  // namespace rotoscope
