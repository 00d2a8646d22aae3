// Figures of one kernel estimate: variance against the angle, error against the temperature, spectra.
#include "figure_series.hpp"
#include "rff_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

double degrees(double radians) { return radians * 180.0 / std::numbers::pi; }

Axis angle_axis() {
    Axis axis{"angle between x and y (degrees)", Scale::linear, 0.0, 180.0, {}};
    for (int angle = 0; angle <= 180; angle += 30) axis.ticks.emplace_back(angle, std::to_string(angle));
    return axis;
}

Panel temperature_panel(const TemperatureResults& results, FeatureProduct product, std::string title) {
    Panel panel;
    panel.title = std::move(title);
    panel.x = {"temperature σ", Scale::logarithmic, 0.1, 6.0, {}};
    panel.y = {"mean squared error", Scale::logarithmic, {}, {}, {}};
    for (const double tick : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0}) panel.x.ticks.emplace_back(tick, format_shortest(tick));
    panel.legend = Legend::above;
    Curve minima{"minimiser", {}, {}, 0, Dash::solid, Marker::diamond, false, 1.0};
    std::size_t index = 0;
    for (const TemperatureCurve& curve : results.curves) {
        if (curve.product != product) continue;
        panel.marks.emplace_back(Curve{fmt::format("{:.0f}°", degrees(curve.angle)), curve.sigma, curve.expected,
                                       series_color(index), series_dash(index), Marker::none, true, 1.0});
        Curve simulated{"", curve.simulated_sigma, {}, series_color(index), Dash::solid, Marker::circle, false, 1.0};
        for (const Estimate& estimate : curve.simulated) simulated.y.push_back(positive_or_gap(estimate.value));
        panel.marks.emplace_back(std::move(simulated));
        for (const TemperatureMinimum& minimum : results.minima)
            if (minimum.product == product && minimum.angle == curve.angle &&
                minimum.count == static_cast<double>(curve.count)) {
                minima.x.push_back(minimum.temperature);
                minima.y.push_back(minimum.least);
            }
        ++index;
    }
    panel.marks.emplace_back(std::move(minima));
    return panel;
}

}  // namespace

Figure kernel_figure(const RffOptions& options, const KernelResults& results) {
    Figure figure;
    figure.name = "kernel_variance";
    figure.caption = fmt::format(
        "Variance of one estimate of exp(x·y) from {} frequencies in {} dimensions against the angle between x and y: "
        "closed form (lines), and simulated estimates (markers; the table kernel says how many). Where tails are heavy "
        "(positive, "
        "hyperbolic) a few rare values make the variance, and a simulation misses it either way.",
        results.count, results.dimension);
    figure.note = fmt::format("d = {}, D = {}, ‖x‖ = ‖y‖ = {}; lines: closed form, markers: simulated",
                              results.dimension, results.count, format_significant(results.norm, 3));
    figure.height = 0.6;
    Panel panel;
    panel.x = angle_axis();
    double largest = 0.0;
    panel.legend = Legend::outside_right;
    for (std::size_t series = 0; series < std::min(options.features.size(), most_series); ++series) {
        const std::string name = feature_name(options.features[series]);
        Curve line{"", {}, {}, series_color(series), series_dash(series), Marker::none, true, 1.0};
        Curve markers{name, {}, {}, series_color(series), Dash::solid, series_marker(series), false, 1.0};
        // The trigonometric estimate of x·x is exact: its variance of 0 has no place on the scale.
        constexpr double least = 1e-15;
        const std::vector<double>& expected = results.variances[series];
        for (std::size_t i = 0; i < expected.size(); ++i) {
            line.x.push_back(180.0 * static_cast<double>(i) / static_cast<double>(expected.size() - 1));
            line.y.push_back(expected[i] > least ? positive_or_gap(expected[i]) : not_drawn);
        }
        for (const KernelPoint& point : results.points[series]) {
            const double variance = point.simulated.variance.value;
            markers.x.push_back(degrees(point.angle));
            if (std::isfinite(variance)) largest = std::max(largest, variance);
            markers.y.push_back(variance > least ? positive_or_gap(variance) : not_drawn);
        }
        if (!expected.empty()) panel.marks.emplace_back(std::move(line));
        panel.marks.emplace_back(std::move(markers));
    }
    // Variances that vanish at 0 or 180 degrees would fill the scale.
    panel.y = {"variance", Scale::logarithmic, {}, {}, {}};
    if (largest > 0.0) panel.y.minimum = 1e-7 * largest;
    figure.panels.push_back(std::move(panel));
    return figure;
}

Figure temperature_figure(const TemperatureResults& results) {
    const Index count = results.curves.front().count;
    Figure figure;
    figure.name = "temperature";
    figure.caption = fmt::format(
        "Mean squared error of one trigonometric estimate of exp(q·k) from D = {} frequencies N(0, σ²I) against σ, "
        "unit "
        "vectors at several angles: with the conjugate, which equation 8 needs, and as printed without it. Lines: "
        "closed form; circles: {} simulated estimates; diamonds: minimisers.",
        count, results.repeats);
    figure.note = fmt::format("D = {}, ‖q‖ = ‖k‖ = 1; lines: closed form, circles: simulated", count);
    figure.columns = 2;
    figure.height = 0.62;
    figure.panels.push_back(temperature_panel(results, FeatureProduct::conjugated, "With the conjugate"));
    figure.panels.push_back(temperature_panel(results, FeatureProduct::as_printed, "As printed"));
    return figure;
}

Figure spectrum_figure(const SpectraResults& results, Index dimension) {
    Figure figure;
    figure.name = "spectra";
    figure.caption =
        "Temperatures of RoPE, ε^(2n/d), and of rfa, tan(φ/2) over its largest, both sorted, for several ε, and the "
        "root mean square distance of the two against ε.";
    figure.note = fmt::format("d = {}: {} pairs", dimension, dimension / 2);
    figure.columns = 2;
    figure.height = 0.62;
    Panel spectra;
    spectra.title = "Spectra";
    spectra.x = {"n-th largest", Scale::linear, {}, {}, {}};
    spectra.y = {"temperature", Scale::logarithmic, {}, {}, {}};
    spectra.legend = Legend::above;
    for (std::size_t i = 0; i < std::min<std::size_t>(results.chosen.size(), 4); ++i) {
        const Spectra& chosen = results.chosen[i];
        const std::string epsilon = format_significant(chosen.epsilon, 3);
        Curve rope{"RoPE, ε = " + epsilon, {}, chosen.rope, series_color(i), Dash::dashed, Marker::none, true, 1.1};
        Curve rfa{"rfa, ε = " + epsilon, {}, {}, series_color(i), Dash::solid, series_marker(i), true, 0.9};
        for (std::size_t n = 0; n < chosen.rope.size(); ++n) {
            rope.x.push_back(static_cast<double>(n));
            rfa.y.push_back(positive_or_gap(chosen.rfa[chosen.rfa.size() - 1 - n]));
        }
        rfa.x = rope.x;
        spectra.marks.emplace_back(std::move(rope));
        spectra.marks.emplace_back(std::move(rfa));
    }
    Panel distances;
    distances.title = "Distance";
    distances.x = {"ε", Scale::logarithmic, 1e-7, 0.5, {}};
    distances.y = {"root mean square distance", Scale::linear, 0.0, {}, {}};
    distances.legend = Legend::above;
    Curve same{"to RoPE of the same ε", {}, {}, 1, Dash::solid, Marker::none, true, 1.1};
    Curve code{"to RoPE, base 500000", {}, {}, 2, Dash::dashed, Marker::none, true, 1.1};
    for (const Spectra& swept : results.swept) {
        same.x.push_back(swept.epsilon);
        same.y.push_back(swept.distance.root_mean_square);
        code.y.push_back(swept.code_distance.root_mean_square);
    }
    code.x = same.x;
    Curve chosen{"asked for", {}, {}, 0, Dash::solid, Marker::circle, false, 1.0};
    for (const Spectra& spectrum : results.chosen) {
        chosen.x.push_back(spectrum.epsilon);
        chosen.y.push_back(spectrum.distance.root_mean_square);
    }
    distances.marks.emplace_back(std::move(same));
    distances.marks.emplace_back(std::move(code));
    distances.marks.emplace_back(std::move(chosen));
    figure.panels.push_back(std::move(spectra));
    figure.panels.push_back(std::move(distances));
    return figure;
}

}  // namespace rotoscope
