#include "demo_figures.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/philox.hpp"

namespace rotoscope::test {
namespace {

constexpr double pi = std::numbers::pi;
constexpr UniformDraws draws(7, RandomStream::test);

Panel heat_panel(std::string title, std::string color_label, bool logarithmic) {
    Panel panel;
    panel.title = std::move(title);
    panel.x.label = "channel pair";
    panel.y.label = "layer·head";
    HeatMap map;
    map.rows = map.columns = 16;
    map.color.label = std::move(color_label);
    if (logarithmic) map.color.scale = Scale::logarithmic;
    else map.map = ColorMap::diverging;
    for (std::size_t row = 0; row < 16; ++row) {
        panel.y.ticks.emplace_back(static_cast<double>(row), fmt::format("{}·{}", row / 4, row % 4));
        for (std::size_t column = 0; column < 16; ++column) {
            const double u = draws.uniform(16 * row + column);
            const double decay = std::pow(10.0, -4.0 * static_cast<double>(column) / 16.0);
            map.values.push_back(logarithmic ? decay * (0.5 + u) : 3.0 * u - 1.2);
        }
    }
    map.values[5] = map.values[100] = std::numeric_limits<double>::quiet_NaN();
    panel.marks.emplace_back(std::move(map));
    return panel;
}

Polygon wedge(double from, double to, double radius) {
    Polygon polygon;
    polygon.color = 1;
    polygon.opacity = 0.7;
    polygon.x.push_back(0.0);
    polygon.y.push_back(0.0);
    for (int i = 0; i <= 4; ++i) {
        const double angle = from + (to - from) * i / 4.0;
        polygon.x.push_back(radius * std::cos(angle));
        polygon.y.push_back(radius * std::sin(angle));
    }
    return polygon;
}

Panel rose_panel(std::size_t index) {
    Panel panel;
    panel.title = fmt::format("head {} · channel {}", index / 4, index % 4);
    panel.equal_axes = true;
    panel.axes_visible = false;
    panel.x.minimum = panel.y.minimum = -1.05;
    panel.x.maximum = panel.y.maximum = 1.05;
    Curve circle;
    circle.width = 0.5;
    for (int i = 0; i <= 90; ++i) {
        circle.x.push_back(std::cos(pi * i / 45.0));
        circle.y.push_back(std::sin(pi * i / 45.0));
    }
    panel.marks.emplace_back(std::move(circle));
    const double mean = 2.0 * pi * draws.uniform(1000 + index);
    for (int bin = 0; bin < 24; ++bin) {
        const double angle = 2.0 * pi * bin / 24.0;
        const double radius = std::exp(0.9 * std::cos(angle + pi / 24.0 - mean) - 0.9) *
                              (0.8 + 0.2 * draws.uniform(2000 + 24 * index + static_cast<std::size_t>(bin)));
        panel.marks.emplace_back(wedge(angle, angle + 2.0 * pi / 24.0, radius));
    }
    Curve direction;
    direction.color = 2;
    direction.width = 1.2;
    direction.x = {0.0, 0.8 * std::cos(mean)};
    direction.y = {0.0, 0.8 * std::sin(mean)};
    panel.marks.emplace_back(std::move(direction));
    return panel;
}

}  // namespace

Figure heat_map_figure() {
    Figure figure;
    figure.name = "frequencies";
    figure.caption = "Learned frequencies";
    figure.note = "pairs (i, i + d/2); lm-gla-srope, 4 layers, 4 heads; 4,096 tokens";
    figure.columns = 2;
    figure.height = 0.45;
    figure.panels = {heat_panel("frequency", "|increment| (rad/token)", true),
                     heat_panel("change from initial", "difference (rad/token)", false)};
    return figure;
}

Figure stem_figure() {
    Figure figure;
    figure.name = "spectrum";
    figure.height = 0.4;
    Panel panel;
    panel.x.label = "frequency (bins)";
    panel.y.label = "amplitude";
    panel.legend = Legend::top_right;
    Stems before{"before training", {}, {}, 0, Marker::circle};
    Stems after{"after training", {}, {}, 2, Marker::square};
    for (int i = 0; i < 24; ++i) {
        before.x.push_back(i);
        before.y.push_back(std::exp(-0.15 * i) * std::cos(0.9 * i));
        after.x.push_back(i);
        after.y.push_back(0.6 * std::exp(-0.05 * i) * std::sin(0.7 * i + 1.0));
    }
    panel.marks = {before, after};
    figure.panels = {panel};
    return figure;
}

Figure rose_figure() {
    Figure figure;
    figure.name = "roses";
    figure.note =
        "Radius ∝ √count, so that area shows frequency; the line is the mean direction, its length the mean "
        "resultant length. Angles are phase increments modulo 2π of 65,536 tokens.";
    figure.columns = 4;
    figure.height = 1.05;
    for (std::size_t i = 0; i < 16; ++i) figure.panels.push_back(rose_panel(i));
    return figure;
}

Figure error_figure() {
    Figure figure;
    figure.name = "features";
    figure.height = 0.5;
    Panel panel;
    panel.x.label = "number of features D";
    panel.x.scale = Scale::logarithmic;
    panel.y.label = "relative error";
    panel.y.scale = Scale::logarithmic;
    panel.legend = Legend::bottom_left;
    const std::vector<std::string> names{"iid Gaussian", "orthogonal", "positive (FAVOR+)", "quasi-Monte Carlo"};
    const std::vector<Dash> dashes{Dash::solid, Dash::dashed, Dash::dotted, Dash::dash_dot};
    const std::vector<Marker> markers{Marker::circle, Marker::square, Marker::triangle, Marker::diamond};
    for (std::size_t k = 0; k < 4; ++k) {
        Curve curve{names[k], {}, {}, k, dashes[k], markers[k]};
        Band band{"", {}, {}, {}, k};
        for (int power = 6; power <= 14; ++power) {
            const double count = std::pow(2.0, power);
            const double error =
                (1.0 + 0.8 * static_cast<double>(k)) / std::pow(count, 0.5 + 0.05 * static_cast<double>(k));
            curve.x.push_back(count);
            curve.y.push_back(error);
            band.x.push_back(count);
            band.lower.push_back(0.85 * error);
            band.upper.push_back(1.18 * error);
        }
        panel.marks.emplace_back(band);
        panel.marks.emplace_back(curve);
    }
    figure.panels = {panel};
    return figure;
}

Figure response_figure() {
    Figure figure;
    figure.name = "leakage";
    figure.note = "N = 1,024; magnitudes relative to the main lobe";
    figure.height = 0.5;
    Panel panel;
    panel.x.label = "frequency (bins)";
    panel.y.label = "magnitude (dB)";
    panel.x.minimum = 0.0;
    panel.x.maximum = 32.0;
    panel.y.minimum = -120.0;
    panel.y.maximum = 3.0;
    panel.legend = Legend::top_right;
    const std::vector<std::string> names{"rectangular", "Hann", "exponential, 0.99", "Kaiser, β = 8"};
    const std::vector<Dash> dashes{Dash::solid, Dash::dashed, Dash::dash_dot, Dash::dotted};
    for (std::size_t k = 0; k < 4; ++k) {
        Curve curve{names[k], {}, {}, k, dashes[k]};
        for (int i = 0; i <= 1600; ++i) {
            const double f = i / 50.0;
            const double sinc = f == 0.0 ? 1.0 : std::abs(std::sin(pi * f) / (pi * f));
            const double power = std::pow(1.0 + f, static_cast<double>(k));
            curve.x.push_back(f);
            curve.y.push_back(k == 2 ? -10.0 * std::log10(1.0 + f * f) : 20.0 * std::log10(sinc / power + 1e-9));
        }
        panel.marks.emplace_back(curve);
    }
    panel.marks.emplace_back(Rule{Rule::Direction::horizontal, -60.0, 0, Dash::dotted, ""});
    figure.panels = {panel};
    return figure;
}

Figure histogram_figure() {
    Figure figure;
    figure.name = "histogram";
    figure.height = 0.4;
    Panel panel;
    panel.x.label = "phase increment (rad/token)";
    panel.y.label = "count";
    panel.legend = Legend::top_right;
    Bars bars{"tokens", {}, {}, 0.1, 1};
    for (int i = -30; i <= 30; ++i) {
        bars.x.push_back(0.1 * i);
        bars.y.push_back(std::round(1800.0 * std::exp(-0.5 * 0.01 * i * i / 0.64)));
    }
    panel.marks = {bars, Rule{Rule::Direction::vertical, 0.3, 2, Dash::dashed, "mean"},
                   Label{-2.9, 1500.0, "n = 36,096", Label::Anchor::left}};
    figure.panels = {panel};
    return figure;
}

std::vector<Figure> demo_figures() {
    return {heat_map_figure(), stem_figure(), rose_figure(), error_figure(), response_figure(), histogram_figure()};
}

}  // namespace rotoscope::test
