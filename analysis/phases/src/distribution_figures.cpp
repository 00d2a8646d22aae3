// Figures of how increments are distributed and accumulate: roses, frequencies, paths, forget gates.
#include "distribution_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/text.hpp"
#include "rotoscope/numerics/histogram.hpp"
#include "rotoscope/numerics/summary.hpp"
#include "rotoscope/numerics/von_mises.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_rose_channels = 6;  // across a column of text; more cannot be told apart
constexpr std::size_t most_rose_heads = 8;
constexpr std::size_t most_curves = 8;  // the palette's colours
constexpr std::size_t rose_bins = 36;   // 10 degrees
constexpr Dash dashes[] = {Dash::solid, Dash::dashed, Dash::dotted, Dash::dash_dot};
constexpr Marker markers[] = {Marker::circle, Marker::square, Marker::triangle, Marker::diamond, Marker::cross};

/// `count` of the indices, evenly spaced, the first and the last among them.
std::vector<std::size_t> spread_over(const std::vector<std::size_t>& all, std::size_t count) {
    if (all.size() <= count) return all;
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(all[i * (all.size() - 1) / (count - 1)]);
    return chosen;
}

/// One channel's sampled increments, the finite ones.
std::vector<double> sampled_increments(const LayerPhases& layer, std::size_t channel) {
    const std::size_t channels = layer.generator.weights.channels();
    const std::vector<double>& rows = layer.along->sampled_increments.values;
    std::vector<double> values;
    for (std::size_t i = channel; i < rows.size(); i += channels)
        if (std::isfinite(rows[i])) values.push_back(rows[i]);
    return values;
}

/// The power of ten by which a rose's angles are magnified so that concentrated increments fill it: the largest for
/// which none passes half a turn; at least 1.
int magnification_exponent(const std::vector<double>& increments) {
    double largest = 0.0;
    for (const double increment : increments) largest = std::max(largest, std::abs(increment));
    if (largest == 0.0) return 0;
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

Panel rose(const LayerPhases& layer, std::size_t head, std::size_t channel) {
    const std::size_t c = head * layer.generator.weights.pairs + channel;
    const std::vector<double> increments = sampled_increments(layer, c);
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
    panel.x.minimum = panel.y.minimum = -1.25;
    panel.x.maximum = panel.y.maximum = 1.25;
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
    panel.marks.emplace_back(Label{0.0, -1.2, "κ " + format_significant(kappa, 2), Label::Anchor::center});
    return panel;
}

std::string layer_suffix(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    return analysis.model.bare_module ? "" : fmt::format("_layer{}", layer.layer);
}

std::string layer_title(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    return analysis.model.bare_module ? "" : fmt::format("Layer {}: ", layer.layer);
}

/// Median |d| of a channel's samples with the 10 % and 90 % quantiles; NaN where they are 0, which has no logarithm.
struct FrequencySpread {
    std::vector<double> low, middle, high;
    void add(std::vector<double> increments) {
        for (double& increment : increments) increment = std::abs(increment);
        constexpr double probabilities[] = {0.1, 0.5, 0.9};
        const std::vector<double> q =
            increments.empty() ? std::vector<double>(3, nan) : quantiles(std::move(increments), probabilities);
        low.push_back(q[0] > 0.0 ? q[0] : nan);
        middle.push_back(q[1] > 0.0 ? q[1] : nan);
        high.push_back(q[2] > 0.0 ? q[2] : nan);
    }
};

/// Whether the temperatures fall by one factor from channel to channel, as RoPE's frequencies do; they are float32.
bool is_geometric(const Vector<double>& temperature) {
    if (temperature.size() < 3 || !(temperature(1) < temperature(0))) return false;
    const double ratio = temperature(1) / temperature(0);
    for (Eigen::Index n = 2; n < temperature.size(); ++n)
        if (std::abs(temperature(n) / temperature(n - 1) / ratio - 1.0) > 1e-5) return false;
    return true;
}

/// What the learned frequencies are seen against: the layer's temperatures, and RoPE's where they are not its own.
std::vector<Curve> schedules(const Selection& selection, const PhaseGeneratorWeights<double>& weights,
                             const std::vector<double>& x) {
    constexpr double usual_base = 10000.0;
    const bool geometric = is_geometric(weights.temperature);
    const std::vector<double> rope = rope_frequencies(usual_base, 2 * weights.pairs);
    Curve own{geometric ? "RoPE schedule" : "temperature", x, {}, 0, Dash::dashed, Marker::none, true, 1.0};
    Curve usual{"RoPE, base 10000", x, {}, 0, Dash::dotted, Marker::none, true, 1.0};
    for (const std::size_t channel : selection.channels) {
        const double temperature = weights.temperature(static_cast<Eigen::Index>(channel));
        own.y.push_back(temperature > 0.0 ? temperature : nan);
        usual.y.push_back(rope[channel]);
    }
    if (geometric) return {std::move(own)};
    return {std::move(own), std::move(usual)};
}

}  // namespace

Figure rose_figure(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    const std::vector<std::size_t> heads = spread_over(analysis.selection.heads, most_rose_heads);
    const std::vector<std::size_t> channels = spread_over(analysis.selection.channels, most_rose_channels);
    Figure figure;
    figure.name = "roses" + layer_suffix(analysis, layer);
    figure.caption = fmt::format(
        "{}roses of the phase increments d: the area of a wedge is proportional to the number of tokens, the line is "
        "the mean "
        "direction, κ the von Mises concentration of d. Where a title has ×1eK, angles are drawn 10^K times as large.",
        layer_title(analysis, layer));
    figure.note = analysis.figure_note() + "; h head, c channel, ×1eK: angles magnified";
    figure.columns = channels.size();
    figure.height = std::min(1.3, 0.1 + 1.12 * static_cast<double>(heads.size()) /
                                            static_cast<double>(std::max<std::size_t>(channels.size(), 4)));
    for (const std::size_t head : heads)
        for (const std::size_t channel : channels) figure.panels.push_back(rose(layer, head, channel));
    return figure;
}

Figure frequency_figure(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    const PhaseGeneratorWeights<double>& weights = layer.generator.weights;
    Figure figure;
    figure.name = "frequencies" + layer_suffix(analysis, layer);
    figure.caption = fmt::format(
        "{}learned frequencies, the median of |d| over the tokens with its 10 % to 90 % range, against RoPE's schedule "
        "and, where they are another, the temperatures.",
        layer_title(analysis, layer));
    figure.note = analysis.figure_note();
    figure.height = 0.5;
    Panel panel;
    panel.x.label = "channel";
    panel.y = {"|d| (rad/token)", Scale::logarithmic, {}, {}, {}};
    panel.legend = Legend::outside_right;
    std::vector<double> x(analysis.selection.channels.begin(), analysis.selection.channels.end());
    const std::vector<std::size_t> heads = spread_over(analysis.selection.heads, most_curves - 1);
    std::vector<FrequencySpread> spreads(heads.size());
    for (std::size_t i = 0; i < heads.size(); ++i) {
        for (const std::size_t channel : analysis.selection.channels)
            spreads[i].add(sampled_increments(layer, heads[i] * weights.pairs + channel));
        panel.marks.emplace_back(Band{"", x, spreads[i].low, spreads[i].high, i + 1});
    }
    for (Curve& schedule : schedules(analysis.selection, weights, x)) panel.marks.emplace_back(std::move(schedule));
    for (std::size_t i = 0; i < heads.size(); ++i)
        panel.marks.emplace_back(Curve{fmt::format("head {}", heads[i]), x, spreads[i].middle, i + 1, dashes[i % 4],
                                       markers[i % 5], true, 1.0});
    figure.panels.push_back(std::move(panel));
    return figure;
}

namespace {

Panel path_panel(const LayerPhases& layer, std::size_t head, std::size_t channel) {
    const PhaseGeneratorWeights<double>& weights = layer.generator.weights;
    const std::size_t c = head * weights.pairs + channel;
    const StridedRows& rows = layer.along->sampled_angles;
    const ChannelDiffusion& diffusion = layer.along->diffusion[c];
    Panel panel;
    panel.title = fmt::format("head {}, channel {}", head, channel);
    panel.x.label = "token";
    panel.y.label = "Φ (rad)";
    Curve path{"", {}, {}, 1, Dash::solid, Marker::none, true, 0.8};
    Curve drift{"", {}, {}, 0, Dash::dashed, Marker::none, true, 0.8};
    Band band{"", {}, {}, {}, 1};
    for (std::size_t i = 0; i * weights.channels() < rows.values.size(); ++i) {
        const double token = static_cast<double>(i * rows.stride);
        const double spread = 2.0 * std::sqrt(2.0 * std::max(diffusion.diffusion, 0.0) * (token + 1.0));
        path.x.push_back(token);
        path.y.push_back(rows.values[i * weights.channels() + c]);
        drift.y.push_back(diffusion.drift * (token + 1.0));
        band.lower.push_back(drift.y.back() - spread);
        band.upper.push_back(drift.y.back() + spread);
    }
    band.x = drift.x = path.x;
    if (std::isfinite(diffusion.diffusion)) panel.marks.emplace_back(std::move(band));
    panel.marks.emplace_back(std::move(drift));
    panel.marks.emplace_back(std::move(path));
    return panel;
}

}  // namespace

Figure path_figure(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    Figure figure;
    figure.name = "paths" + layer_suffix(analysis, layer);
    figure.caption = fmt::format(
        "{}accumulated angle Φ along the sequence (line), its mean drift (dashed), and twice the spread that the "
        "measured diffusion "
        "D gives a random walk, drift·t ± 2 sqrt(2Dt) (band; none below 272 tokens).",
        layer_title(analysis, layer));
    figure.note = analysis.figure_note();
    figure.columns = 3;
    figure.height = 0.55;
    const std::vector<std::size_t> heads = spread_over(analysis.selection.heads, 2);
    const std::vector<std::size_t> channels = spread_over(analysis.selection.channels, 3);
    for (const std::size_t head : heads)
        for (const std::size_t channel : channels) figure.panels.push_back(path_panel(layer, head, channel));
    return figure;
}

std::optional<Figure> forget_figure(const PhasesAnalysis& analysis) {
    Curve half_lives{"channels: half-life", {}, {}, 1, Dash::solid, Marker::circle, false, 0.6};
    Curve windows{"head: effective window", {}, {}, 2, Dash::solid, Marker::diamond, false, 1.0};
    Panel panel;
    double x = 0.0;
    for (const LayerPhases& layer : analysis.layers) {
        const std::vector<double>& log_forget = layer.log_forget();
        if (log_forget.empty()) continue;
        for (const std::size_t head : analysis.selection.heads) {
            double sum = 0.0;
            const std::vector<std::size_t>& channels = analysis.selection.channels;
            for (std::size_t i = 0; i < channels.size(); ++i) {
                const double log_gate = log_forget[head * layer.generator.weights.pairs + channels[i]];
                const double half_life = forget_half_life(log_gate);
                // Side by side across the head's place, so that equal values can be told apart.
                const double offset = 0.6 * (static_cast<double>(i) + 0.5) / static_cast<double>(channels.size()) - 0.3;
                half_lives.x.push_back(x + offset);
                half_lives.y.push_back(half_life > 0.0 && std::isfinite(half_life) ? half_life : nan);
                sum += effective_window(log_gate);
            }
            const double window = sum / static_cast<double>(channels.size());
            windows.x.push_back(x);
            windows.y.push_back(window > 0.0 && std::isfinite(window) ? window : nan);
            panel.x.ticks.emplace_back(x, analysis.layers.size() > 1
                                              ? fmt::format("{}·{}{}", layer.layer, head, layer.along ? "" : "*")
                                              : fmt::format("{}", head));
            x += 1.0;
        }
    }
    if (half_lives.x.empty()) return std::nullopt;
    panel.x.label = analysis.layers.size() > 1 ? "layer·head" : "head";
    panel.x.minimum = -0.6;
    panel.x.maximum = x - 0.4;
    panel.y = {"tokens", Scale::logarithmic, {}, {}, {}};
    panel.legend = Legend::above;
    panel.marks.emplace_back(std::move(half_lives));
    panel.marks.emplace_back(std::move(windows));
    Figure figure;
    figure.name = "forget_gates";
    figure.caption =
        "Forget gates: half-life ln 2/(−mean log a) of each channel, in the order of the channels, and the head's "
        "effective window, the "
        "mean of 1/(1 − exp(mean log a)).";
    const bool resting = std::ranges::any_of(analysis.layers, [](const LayerPhases& layer) { return !layer.along; });
    figure.note = analysis.figure_note() + (resting ? "; * at rest, x = 0: no inputs" : "");
    figure.height = 0.42;
    figure.panels.push_back(std::move(panel));
    return figure;
}

}  // namespace rotoscope
