#include "obstacles.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

namespace rotoscope {
namespace {

struct Point {
    double x;
    double y;
};

/// The segment from a to b meets the box (Liang and Barsky's clipping, 10.1145/357332.357333).
bool crosses(const Box& box, Point a, Point b) {
    double from = 0.0;
    double to = 1.0;
    const auto clip = [&](double direction, double distance) {
        if (direction == 0.0) return distance >= 0.0;
        const double t = distance / direction;
        if (direction < 0.0) from = std::max(from, t);
        else to = std::min(to, t);
        return from <= to;
    };
    const double dx = b.x - a.x;
    const double dy = b.y - a.y;
    return clip(-dx, a.x - box.left) && clip(dx, box.right - a.x) && clip(-dy, a.y - box.bottom) &&
           clip(dy, box.top - a.y);
}

bool overlap(const Box& a, const Box& b) {
    return a.left < b.right && b.left < a.right && a.bottom < b.top && b.bottom < a.top;
}

class Hides {
public:
    Hides(const PanelLayout& layout, const Box& box, const Font& font) : layout_(layout), box_(box), font_(font) {}

    bool operator()(const Curve& curve) const { return curve_hidden(curve.x, curve.y, curve.line); }
    bool operator()(const Band& band) const {
        return curve_hidden(band.x, band.lower, true) || curve_hidden(band.x, band.upper, true) ||
               column_hidden(band.x, band.lower, band.upper);
    }
    bool operator()(const Bars& bars) const {
        for (std::size_t i = 0; i < std::min(bars.x.size(), bars.y.size()); ++i) {
            const Point low = place(bars.x[i] - bars.width / 2, baseline());
            const Point high = place(bars.x[i] + bars.width / 2, bars.y[i]);
            if (overlap(box_, {low.x, high.x, std::min(low.y, high.y), std::max(low.y, high.y)})) return true;
        }
        return false;
    }
    bool operator()(const Stems& stems) const {
        for (std::size_t i = 0; i < std::min(stems.x.size(), stems.y.size()); ++i)
            if (crosses(box_, place(stems.x[i], baseline()), place(stems.x[i], stems.y[i]))) return true;
        return false;
    }
    bool operator()(const HeatMap&) const { return true; }
    bool operator()(const Polygon& polygon) const { return curve_hidden(polygon.x, polygon.y, true); }
    bool operator()(const Rule& rule) const {
        const Point at = place(rule.position, rule.position);
        return rule.direction == Rule::Direction::horizontal ? at.y > box_.bottom && at.y < box_.top
                                                             : at.x > box_.left && at.x < box_.right;
    }
    bool operator()(const Label& label) const {
        const Point at = place(label.x, label.y);
        const double width = text_width(label.text, font_);
        const double left = label.anchor == Label::Anchor::left     ? at.x
                            : label.anchor == Label::Anchor::center ? at.x - width / 2
                                                                    : at.x - width;
        return overlap(box_, {left, left + width, at.y - font_.size / 2, at.y + font_.size / 2});
    }

private:
    [[nodiscard]] double baseline() const { return layout_.y.scale == Scale::linear ? 0.0 : layout_.y.minimum; }
    [[nodiscard]] Point place(double x, double y) const {
        const Box& plot = layout_.plot;
        return {plot.left + layout_.x.fraction(x) * plot.width(), plot.bottom + layout_.y.fraction(y) * plot.height()};
    }
    [[nodiscard]] bool curve_hidden(const std::vector<double>& x, const std::vector<double>& y, bool line) const {
        for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
            const Point b = place(x[i], y[i]);
            const Point a = line && i > 0 ? place(x[i - 1], y[i - 1]) : b;
            if (std::isfinite(a.x + a.y + b.x + b.y) && crosses(box_, a, b)) return true;
        }
        return false;
    }
    [[nodiscard]] bool column_hidden(const std::vector<double>& x, const std::vector<double>& lower,
                                     const std::vector<double>& upper) const {
        for (std::size_t i = 0; i < std::min({x.size(), lower.size(), upper.size()}); ++i)
            if (crosses(box_, place(x[i], lower[i]), place(x[i], upper[i]))) return true;
        return false;
    }

    const PanelLayout& layout_;
    const Box& box_;
    const Font& font_;
};

}  // namespace

bool hides_data(const Panel& panel, const PanelLayout& layout, const Box& box, const Font& font) {
    const Hides hides(layout, box, font);
    return std::any_of(panel.marks.begin(), panel.marks.end(),
                       [&](const Mark& mark) { return std::visit(hides, mark); });
}

}  // namespace rotoscope
