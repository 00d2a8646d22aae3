#include "data_range.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

namespace rotoscope {
namespace {

class Collector {
public:
    Collector(const Panel& panel, DataRange& range) : x_scale_(panel.x.scale), y_scale_(panel.y.scale), range_(range) {}

    void operator()(const Curve& curve) { include(curve.x, curve.y); }
    void operator()(const Band& band) {
        include(band.x, band.lower);
        include(band.x, band.upper);
    }
    void operator()(const Bars& bars) {
        for (const double x : bars.x) {
            range_.x.include(x - bars.width / 2, x_scale_);
            range_.x.include(x + bars.width / 2, x_scale_);
        }
        include_from_zero(bars.y);
    }
    void operator()(const Stems& stems) {
        for (const double x : stems.x) range_.x.include(x, x_scale_);
        range_.x_padding = std::max(range_.x_padding, 0.04);
        include_from_zero(stems.y);
    }
    void operator()(const HeatMap& map) {
        include_cells(range_.x, map.x_first, map.x_step, map.columns, x_scale_);
        include_cells(range_.y, map.y_first, map.y_step, map.rows, y_scale_);
        range_.heat_map = true;
    }
    void operator()(const Polygon& polygon) { include(polygon.x, polygon.y); }
    void operator()(const Rule& rule) {
        if (rule.direction == Rule::Direction::horizontal) range_.y.include(rule.position, y_scale_);
        else range_.x.include(rule.position, x_scale_);
    }
    void operator()(const Label&) {}

private:
    void include(const std::vector<double>& x, const std::vector<double>& y) {
        for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
            if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
            range_.x.include(x[i], x_scale_);
            range_.y.include(y[i], y_scale_);
        }
    }
    void include_from_zero(const std::vector<double>& y) {
        range_.y.include(0.0, y_scale_);
        for (const double value : y) range_.y.include(value, y_scale_);
        range_.from_zero = true;
    }
    static void include_cells(Range& range, double first, double step, std::size_t count, Scale scale) {
        if (count == 0) return;
        range.include(first - step / 2, scale);
        range.include(first + (static_cast<double>(count) - 0.5) * step, scale);
    }

    Scale x_scale_;
    Scale y_scale_;
    DataRange& range_;
};

}  // namespace

DataRange data_range(const Panel& panel) {
    DataRange range;
    Collector collect(panel, range);
    for (const Mark& mark : panel.marks) std::visit(collect, mark);
    if (range.heat_map) range.x_padding = range.y_padding = 0.0;
    return range;
}

Range color_range(const HeatMap& map) {
    Range range;
    for (const double value : map.values) range.include(value, map.color.scale);
    if (map.map == ColorMap::diverging && map.color.scale == Scale::linear && !range.empty()) {
        const double largest = std::max(std::abs(range.low), std::abs(range.high));
        range = {-largest, largest};
    }
    return range;
}

}  // namespace rotoscope
