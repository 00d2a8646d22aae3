// Figures of how increments are distributed: roses and frequencies.
#include "distribution_figures.hpp"

#include "figure_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/numerics/histogram.hpp"
#include "rotoscope/numerics/summary.hpp"
#include "rotoscope/numerics/von_mises.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr double pi = std::numbers::pi;
constexpr std::size_t most_rose_channels = 6;  // across a column of text; more cannot be told apart
constexpr std::size_t most_rose_heads = 8;
constexpr std::size_t most_curves = 8;  // the palette's colours
constexpr std::size_t rose_bins = 36;   // 10 degrees
constexpr Dash dashes[] = {Dash::solid, Dash::dashed, Dash::dotted, Dash::dash_dot};
constexpr Marker markers[] = {Marker::circle, Marker::square, Marker::triangle, Marker::diamond, Marker::cross};

/// The power of ten by which a rose's angles are magnified so that concentrated increments fill it: the largest for
/// which none passes half a turn; at least 1.
int magnification_exponent(const std::vector<double>& increments) {
    double largest = 0.0;
    for (const double increment : increments) largest = std::max(largest, std::abs(increment));
    if (largest < std::numeric_limits<double>::min()) return 0;  // nothing to magnify; π/largest overflows
    return std::max(0, static_cast<int>(std::floor(std::log10(pi / largest))));
}

std::vector<double> circle(double radius, double from, double to, std::size_t steps, bool sine) {
    std::vector<double> points;
    for (std::size_t i = 0; i <= steps; ++i) {
        const double angle = from + (to - from) * static_cast<double>(i) / static_cast<double>(steps);
        points.push_back(radius * (sine ? std::sin(angle) : std::cos(angle)));
    }
    return points;
}

/// A wedge from the centre; its radius is the root of the share, so that areas show frequencies.
Polygon wedge(double from, double to, double radius, Color color) {
    Polygon polygon;
    polygon.x = circle(radius, from, to, 6, false);
    polygon.y = circle(radius, from, to, 6, true);
    polygon.x.push_back(0.0);
    polygon.y.push_back(0.0);
    polygon.color = color;
    return polygon;
}

/// Two digits, in few characters: 5.1, 720, 7.6e5, ∞.
std::string format_concentration(double kappa) {
    if (!std::isfinite(kappa)) return std::isnan(kappa) ? "–" : "∞";
    if (kappa < 1e4) return fmt::format("{:.{}f}", kappa, kappa < 9.95 ? 1 : 0);
    std::string text = fmt::format("{:.1e}", kappa);  // 7.6e+05
    text.erase(text.find('+'), text.find_first_not_of("+0", text.find('+')) - text.find('+'));
    return text;
}

Panel rose(const LayerPhases& layer, std::size_t head, std::size_t channel) {
    const std::size_t c = head * layer.pairs + channel;
    const std::vector<double> increments = layer.along->sampled_increments.finite(c, layer.channels());
    const int exponent = magnification_exponent(increments);
    const double magnification = std::pow(10.0, exponent);
    WrappedHistogram histogram(rose_bins);
    for (const double increment : increments) histogram.add(magnification * increment);

    Panel panel;
    const CircularSummary& summary = layer.along->increments[c];
    const double kappa = von_mises_concentration(summary.resultant_length, summary.circular_variance);
    panel.title = fmt::format("h{} c{}{}", head, channel, exponent > 0 ? fmt::format(" ×1e{}", exponent) : "");
    panel.equal_axes = true;
    panel.axes_visible = false;
    panel.x.minimum = panel.y.minimum = -1.35;
    panel.x.maximum = panel.y.maximum = 1.35;
    panel.marks.emplace_back(Curve{"", circle(1.0, 0.0, 2.0 * pi, 72, false), circle(1.0, 0.0, 2.0 * pi, 72, true), 0,
                                   Dash::dotted, Marker::none, true, 0.4});
    const std::uint64_t highest = *std::ranges::max_element(histogram.counts());
    for (std::size_t bin = 0; bin < rose_bins && highest > 0; ++bin) {
        if (histogram.counts()[bin] == 0) continue;
        const double radius = std::sqrt(static_cast<double>(histogram.counts()[bin]) / static_cast<double>(highest));
        panel.marks.emplace_back(wedge(histogram.edges()[bin], histogram.edges()[bin + 1], radius, 6));
    }
    const double direction = magnification * summary.mean_direction;
    panel.marks.emplace_back(Curve{"",
                                   {0.0, 1.15 * std::cos(direction)},
                                   {0.0, 1.15 * std::sin(direction)},
                                   2,
                                   Dash::solid,
                                   Marker::none,
                                   true,
                                   1.2});
    panel.marks.emplace_back(Label{0.0, -1.35, "κ " + format_concentration(kappa), Label::Anchor::center});
    return panel;
}

/// Median |d| of a channel's samples with the 10 % and 90 % quantiles; NaN where they are 0, which has no logarithm.
struct FrequencySpread {
    std::vector<double> low, middle, high;
    void add(std::vector<double> increments) {
        for (double& increment : increments) increment = std::abs(increment);
        constexpr double probabilities[] = {0.1, 0.5, 0.9};
        const std::vector<double> q =
            increments.empty() ? std::vector<double>(3, not_drawn) : quantiles(std::move(increments), probabilities);
        low.push_back(q[0] > 0.0 ? q[0] : not_drawn);
        middle.push_back(q[1] > 0.0 ? q[1] : not_drawn);
        high.push_back(q[2] > 0.0 ? q[2] : not_drawn);
    }
};

/// The positions of the selected channels; a single one twice, side by side, since a line needs two points.
std::vector<double> channel_positions(const Selection& selection) {
    std::vector<double> positions(selection.channels.begin(), selection.channels.end());
    if (positions.size() == 1) positions = {positions[0] - 0.25, positions[0] + 0.25};
    return positions;
}

/// The values at channel_positions from those of the channels.
std::vector<double> at_positions(std::vector<double> values) {
    if (values.size() == 1) values.push_back(values[0]);
    return values;
}

/// An axis of channels: each has its tick where they are few, and may be far apart.
Axis channel_axis(const Selection& selection) {
    constexpr std::size_t few = 8;
    Axis axis;
    axis.label = "channel";
    if (selection.channels.size() <= few)
        for (const std::size_t channel : selection.channels)
            axis.ticks.emplace_back(static_cast<double>(channel), std::to_string(channel));
    return axis;
}

/// Whether the temperatures fall by one factor from channel to channel, as RoPE's frequencies do. The four that are
/// compared may each be stored in bfloat16: 4·2^-9.
bool is_geometric(const std::vector<double>& temperature) {
    constexpr double rounding = 0x1p-7;
    if (temperature.size() < 3 || !(temperature[1] < temperature[0])) return false;
    const double ratio = temperature[1] / temperature[0];
    for (std::size_t n = 2; n < temperature.size(); ++n)
        if (std::abs(temperature[n] / temperature[n - 1] / ratio - 1.0) > rounding) return false;
    return true;
}

/// What the learned frequencies are seen against: the layer's temperatures, and RoPE's where they are not its own.
std::vector<Curve> schedules(const Selection& selection, const LayerPhases& layer, const std::vector<double>& x) {
    constexpr double usual_base = 10000.0;
    const bool geometric = is_geometric(layer.temperature);
    const std::vector<double> rope = rope_frequencies(usual_base, 2 * layer.pairs);
    Curve own{geometric ? "RoPE schedule" : "temperature", x, {}, 0, Dash::dashed, Marker::none, true, 1.2};
    Curve usual{"RoPE, base 10000", x, {}, 0, Dash::dotted, Marker::none, true, 0.9};
    for (const std::size_t channel : selection.channels) {
        const double temperature = layer.temperature[channel];
        own.y.push_back(temperature > 0.0 ? temperature : not_drawn);
        usual.y.push_back(rope[channel]);
    }
    own.y = at_positions(std::move(own.y));
    usual.y = at_positions(std::move(usual.y));
    if (geometric) return {std::move(own)};
    return {std::move(own), std::move(usual)};
}

}  // namespace

Figure rose_figure(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    const std::vector<std::size_t> heads = spread_over(analysis.selection.heads, most_rose_heads);
    const std::vector<std::size_t> channels = spread_over(analysis.selection.channels, most_rose_channels);
    Figure figure;
    figure.caption = fmt::format(
        "{}roses of the phase increments d: the area of a wedge is proportional to the number of tokens, the line is "
        "the mean "
        "direction, κ the von Mises concentration of d. Where a title has ×1eK, angles are drawn 10^K times as large.",
        layer_title(analysis, layer));
    figure.note = analysis.figure_note() + "; h head, c channel; ×1eK: angles magnified";
    figure.columns = channels.size();
    figure.height = std::min(1.3, 0.1 + 1.12 * static_cast<double>(heads.size()) /
                                            static_cast<double>(std::max<std::size_t>(channels.size(), 4)));
    for (const std::size_t head : heads)
        for (const std::size_t channel : channels) figure.panels.push_back(rose(layer, head, channel));
    return figure;
}

Figure frequency_figure(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    Figure figure;
    figure.caption = fmt::format(
        "{}learned frequencies, the median of |d| over the tokens with its 10 % to 90 % range, against RoPE's schedule "
        "and, where they are another, the temperatures. Zeros have no place on the scale.",
        layer_title(analysis, layer));
    figure.note = analysis.figure_note();
    figure.height = 0.5;
    Panel panel;
    panel.x = channel_axis(analysis.selection);
    panel.y = {"|d| (rad/token)", Scale::logarithmic, {}, {}, {}};
    panel.legend = Legend::outside_right;
    const std::vector<double> x = channel_positions(analysis.selection);
    const std::vector<std::size_t> heads = spread_over(analysis.selection.heads, most_curves - 1);
    std::vector<FrequencySpread> spreads(heads.size());
    for (std::size_t i = 0; i < heads.size(); ++i) {
        for (const std::size_t channel : analysis.selection.channels)
            spreads[i].add(layer.along->sampled_increments.finite(heads[i] * layer.pairs + channel, layer.channels()));
        panel.marks.emplace_back(Band{"", x, at_positions(spreads[i].low), at_positions(spreads[i].high), i + 1});
    }
    for (Curve& schedule : schedules(analysis.selection, layer, x)) panel.marks.emplace_back(std::move(schedule));
    for (std::size_t i = 0; i < heads.size(); ++i)
        panel.marks.emplace_back(Curve{fmt::format("head {}", heads[i]), x, at_positions(spreads[i].middle), i + 1,
                                       dashes[i % 4], markers[i % 5], true, 1.0});
    figure.panels.push_back(std::move(panel));
    return figure;
}

}  // namespace rotoscope
