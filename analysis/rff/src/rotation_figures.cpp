// Implicit rotations of random features beside learned ones.
#include "figure_series.hpp"
#include "rff_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/numerics/histogram.hpp"
#include "rotoscope/numerics/summary.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t decade_bins = 8;  // of a decade
constexpr Index most_path_points = 512;

/// Implicit first.
std::vector<const RotationAngles*> kinds(const RotationResults& results) {
    std::vector<const RotationAngles*> all{&results.implicit};
    if (results.learned) all.push_back(&*results.learned);
    return all;
}

std::vector<double> logarithms(const RowMatrix<double>& increments) {
    std::vector<double> values;
    for (Index i = 0; i < increments.size(); ++i)
        if (const double size = std::abs(increments.data()[i]); size > 0.0 && std::isfinite(size))
            values.push_back(std::log10(size));
    return values;
}

/// Share of the increments in each eighth of a decade of |d|.
Panel size_panel(const RotationResults& results) {
    Panel panel;
    panel.title = "Sizes of increments";
    panel.x = {"|d| (rad/token)", Scale::logarithmic, {}, {}, {}};
    panel.y = {"density (per decade)", Scale::linear, 0.0, {}, {}};
    panel.legend = Legend::above;
    std::size_t index = 0;
    for (const RotationAngles* angles : kinds(results)) {
        const std::vector<double> values = logarithms(angles->increments);
        Curve curve{angles->name, {}, {}, series_color(index), series_dash(index), Marker::none, true, 1.1};
        ++index;
        if (values.empty()) continue;
        const auto [least, largest] = std::ranges::minmax(values);
        const double low = std::max(std::floor(least), largest - 8.0);
        const double high = std::ceil(largest + 1e-9);
        Histogram histogram(low, high, static_cast<std::size_t>(std::lround(decade_bins * (high - low))));
        histogram.add(values);
        for (std::size_t bin = 0; bin < histogram.counts().size(); ++bin) {
            curve.x.push_back(std::pow(10.0, 0.5 * (histogram.edges()[bin] + histogram.edges()[bin + 1])));
            curve.y.push_back(static_cast<double>(histogram.counts()[bin]) * decade_bins /
                              static_cast<double>(values.size()));
        }
        panel.marks.emplace_back(std::move(curve));
    }
    return panel;
}

/// A statistic of each channel.
template <class Value>
Panel channel_panel(const RotationResults& results, std::string title, Axis y, const Value& value) {
    Panel panel;
    panel.title = std::move(title);
    panel.x.label = "channel";
    panel.y = std::move(y);
    panel.legend = Legend::above;
    std::size_t index = 0;
    for (const RotationAngles* angles : kinds(results)) {
        Curve curve{angles->name, {}, {}, series_color(index), series_dash(index), series_marker(index), true, 0.9};
        for (std::size_t c = 0; c < angles->channels.size(); ++c) {
            curve.x.push_back(static_cast<double>(c));
            curve.y.push_back(value(angles->channels[c]));
        }
        if (curve.x.size() == 1) curve.line = false;
        panel.marks.emplace_back(std::move(curve));
        ++index;
    }
    return panel;
}

/// Where the angle of the channel with the largest learned increments is after each token.
Panel path_panel(const RotationResults& results) {
    Panel panel;
    panel.title = "Accumulated angle, each over its largest";
    panel.x.label = "token";
    panel.y = {"angle (largest |Φ| = 1)", Scale::linear, -1.05, 1.05, {}};
    panel.legend = Legend::above;
    Index channel = 0;
    if (results.learned)
        for (std::size_t c = 0; c < results.learned->channels.size(); ++c)
            if (results.learned->channels[c].mean_absolute >
                results.learned->channels[static_cast<std::size_t>(channel)].mean_absolute)
                channel = static_cast<Index>(c);
    std::size_t index = 0;
    for (const RotationAngles* angles : kinds(results)) {
        const Vector<double> path = angles->accumulated.col(channel);
        const double largest = path.cwiseAbs().maxCoeff();
        Curve curve{fmt::format("{}, largest {:.3g} rad", angles->name, largest),
                    {},
                    {},
                    series_color(index),
                    series_dash(index),
                    Marker::none,
                    true,
                    0.8};
        const Index stride = std::max<Index>(1, path.size() / most_path_points);
        for (Index t = 0; t < path.size(); t += stride) {
            curve.x.push_back(static_cast<double>(t));
            curve.y.push_back(largest > 0.0 ? path[t] / largest : 0.0);
        }
        panel.marks.emplace_back(std::move(curve));
        ++index;
    }
    panel.title = fmt::format("Accumulated angle, channel {}", channel);
    return panel;
}

}  // namespace

Figure rotation_figure(const RffOptions& options, const RotationResults& results, const std::string& note) {
    Figure figure;
    figure.name = "rotations";
    figure.caption = fmt::format(
        "Angles d by which a token rotates a channel: those that random features imply, Ω(q_t − q_(t−1)) with {} draws "
        "at temperature {}{}. Sizes of d over all channels; mean |d| and circular variance 1 − R of each channel; the "
        "accumulated angle of one channel, which for random features is Ω q_t and does not grow.",
        feature_name({FeatureKind::trigonometric, options.features.front().draws}), options.temperature.describe(),
        results.learned ? ", and those that the head has learned" : "");
    figure.note = note;
    figure.columns = 2;
    figure.height = 1.05;
    figure.panels.push_back(size_panel(results));
    figure.panels.push_back(channel_panel(results, "Mean size",
                                          {"mean |d| (rad/token)", Scale::logarithmic, {}, {}, {}},
                                          [](const CircularSummary& s) { return positive_or_gap(s.mean_absolute); }));
    figure.panels.push_back(
        channel_panel(results, "Spread on the circle", {"1 − R", Scale::logarithmic, {}, {}, {}},
                      [](const CircularSummary& s) { return positive_or_gap(s.circular_variance); }));
    figure.panels.push_back(path_panel(results));
    return figure;
}

}  // namespace rotoscope
