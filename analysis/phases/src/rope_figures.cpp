// Figures of a model with fixed RoPE.
#include "figure_parts.hpp"
#include "rope_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr double pi = std::numbers::pi;
constexpr std::size_t most_layers = 4;      // with figures of their own, spread evenly
constexpr std::size_t most_map_heads = 64;  // rows that can be told apart
constexpr std::size_t most_head_panels = 8;
constexpr std::size_t drawn_distances = 400;

double positive_or_gap(double value) { return value > 0.0 && std::isfinite(value) ? value : not_drawn; }

std::string suffix(std::size_t layer) { return fmt::format("_layer{}", layer); }

/// Indices into job.layers.
std::vector<std::size_t> drawn_layers(const RopeJob& job) {
    std::vector<std::size_t> all;
    for (std::size_t n = 0; n < job.layers.size(); ++n) all.push_back(n);
    return spread_over(all, most_layers);
}

std::string schedule_label(const LayerSchedule& schedule) {
    return schedule.name.empty() ? "" : fmt::format(" ({})", schedule.name);
}

/// Ticks at every so many indices.
void index_ticks(Axis& axis, std::size_t count, double first, double step) {
    const std::size_t every = (count + 7) / 8;
    for (std::size_t i = 0; i < count; i += every)
        axis.ticks.emplace_back(first + step * static_cast<double>(i), std::to_string(i));
}

Panel coupling_panel(const RopeAnalysis& analysis, std::size_t n) {
    const std::span<const RopeHead> heads = analysis.layer_heads(n);
    std::vector<std::size_t> rows;
    for (std::size_t h = 0; h < heads.size(); ++h) rows.push_back(h);
    rows = spread_over(rows, most_map_heads);
    HeatMap map;
    map.rows = rows.size();
    map.columns = analysis.job.rope.pairs();
    map.y_first = static_cast<double>(map.rows) - 1.0;
    map.y_step = -1.0;
    map.color = {"coupling |c|", Scale::logarithmic, {}, {}, {}};
    Panel panel;
    const std::size_t every = (rows.size() + 7) / 8;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i % every == 0)
            panel.y.ticks.emplace_back(map.y_first - static_cast<double>(i), std::to_string(heads[rows[i]].head));
        for (const PairSums& pair : heads[rows[i]].sums.pairs)
            map.values.push_back(positive_or_gap(std::abs(pair.coupling)));
    }
    const std::size_t layer = analysis.job.layers[n];
    panel.title = fmt::format("layer {}{}", layer, schedule_label(analysis.job.rope.schedule(layer)));
    panel.x.label = "pair (frequency falls)";
    panel.y.label = "head";
    index_ticks(panel.x, map.columns, 0.0, 1.0);
    panel.marks.emplace_back(std::move(map));
    // Right of the line frequencies never complete a cycle within the context.
    const std::vector<double>& w = analysis.frequencies(layer);
    const auto slow = std::ranges::find_if(
        w, [&](double each) { return never_completes(each, static_cast<double>(analysis.job.rope.context)); });
    if (slow != w.begin() && slow != w.end())
        panel.marks.emplace_back(
            Rule{Rule::Direction::vertical, static_cast<double>(slow - w.begin()) - 0.5, 0, Dash::dashed, ""});
    return panel;
}

Figure coupling_figure(const RopeAnalysis& analysis) {
    Figure figure;
    figure.name = "couplings";
    figure.caption =
        "Coupling |c| of queries and keys by head and frequency: how much each frequency contributes to the head's "
        "expected score. Right of the dashed line frequencies never complete a cycle within the context.";
    figure.note = analysis.job.figure_note() + "; right of the dashed line: no cycle within the context";
    const std::vector<std::size_t> layers = drawn_layers(analysis.job);
    figure.columns = std::min<std::size_t>(layers.size(), 2);
    const std::size_t rows = (layers.size() + 1) / 2;
    const double heads = static_cast<double>(std::min(analysis.job.heads.size(), most_map_heads));
    figure.height = layers.size() == 1 ? std::clamp(0.25 + 0.02 * heads, 0.4, 0.9)
                                       : static_cast<double>(rows) * std::clamp(0.25 + 0.01 * heads, 0.3, 0.6);
    for (const std::size_t n : layers) figure.panels.push_back(coupling_panel(analysis, n));
    return figure;
}

Curve circle(double radius) {
    Curve curve{"", {}, {}, 0, Dash::dotted, Marker::none, true, 0.4};
    for (int i = 0; i <= 72; ++i) {
        curve.x.push_back(radius * std::cos(pi * i / 36.0));
        curve.y.push_back(radius * std::sin(pi * i / 36.0));
    }
    return curve;
}

Panel polar_panel(const RopeAnalysis& analysis, const RopeHead& head) {
    double largest = 0.0;
    for (const PairSums& pair : head.sums.pairs)
        if (std::isfinite(std::abs(pair.coupling))) largest = std::max(largest, std::abs(pair.coupling));
    Panel panel;
    panel.title = fmt::format("head {}", head.head);
    panel.equal_axes = true;
    panel.axes_visible = false;
    panel.x.minimum = panel.y.minimum = -1.3;
    panel.x.maximum = panel.y.maximum = 1.3;
    panel.marks.emplace_back(circle(1.0));
    panel.marks.emplace_back(circle(0.5));
    panel.marks.emplace_back(Curve{"", {-1.0, 1.0}, {0.0, 0.0}, 0, Dash::dotted, Marker::none, true, 0.4});
    panel.marks.emplace_back(Curve{"", {0.0, 0.0}, {-1.0, 1.0}, 0, Dash::dotted, Marker::none, true, 0.4});
    Curve fast{"", {}, {}, 1, Dash::solid, Marker::circle, false, 0.7};
    Curve slow{"", {}, {}, 2, Dash::solid, Marker::diamond, false, 0.7};
    const std::vector<double>& w = analysis.frequencies(head.layer);
    for (std::size_t n = 0; n < w.size() && largest > 0.0; ++n) {
        const std::complex<double> c = head.sums.pairs[n].coupling / largest;
        Curve& curve = never_completes(w[n], static_cast<double>(analysis.job.rope.context)) ? slow : fast;
        curve.x.push_back(c.real());
        curve.y.push_back(c.imag());
    }
    if (!fast.x.empty()) panel.marks.emplace_back(std::move(fast));
    if (!slow.x.empty()) panel.marks.emplace_back(std::move(slow));
    panel.marks.emplace_back(Label{0.0, -1.28, "max |c| " + format_significant(largest, 2), Label::Anchor::center});
    return panel;
}

/// Heads of a layer that a figure of few shows.
std::vector<const RopeHead*> drawn_heads(const RopeAnalysis& analysis, std::size_t n, std::size_t most) {
    const std::span<const RopeHead> heads = analysis.layer_heads(n);
    std::vector<std::size_t> all;
    for (std::size_t h = 0; h < heads.size(); ++h) all.push_back(h);
    std::vector<const RopeHead*> drawn;
    for (const std::size_t h : spread_over(all, most)) drawn.push_back(&heads[h]);
    return drawn;
}

/// A curve on a logarithmic axis needs two distances above 0.
bool draws_scores(const RopeJob& job) { return job.rope.context > 2; }

Figure polar_figure(const RopeAnalysis& analysis, std::size_t n) {
    const std::size_t layer = analysis.job.layers[n];
    Figure figure;
    figure.name = "phase_offsets" + suffix(layer);
    figure.caption = fmt::format(
        "Layer {}: couplings c of each head in the complex plane, as parts of the head's largest; the angle is the "
        "learned phase offset. Circles: frequencies that complete a cycle within the context; diamonds: that do not. "
        "Rings at 1/2 and 1.",
        layer);
    figure.note = fmt::format(
        "layer {} of {}; circles: complete a cycle within the context, diamonds: do not; rings at 1/2 and 1", layer,
        analysis.job.figure_note());
    const std::vector<const RopeHead*> heads = drawn_heads(analysis, n, most_head_panels);
    figure.columns = std::min<std::size_t>(heads.size(), 4);
    figure.height = heads.size() > 4 ? 0.68 : heads.size() == 1 ? 0.6 : 0.38;
    for (const RopeHead* head : heads) figure.panels.push_back(polar_panel(analysis, *head));
    return figure;
}

Panel score_panel(const RopeAnalysis& analysis, const RopeHead& head, const ScoreCurve& curve) {
    const std::vector<double> scores = analysis.scores(head, curve);
    Curve line{"", {}, {}, 1, Dash::solid, Marker::none, true, 0.7};
    for (std::size_t i = 1; i < scores.size(); ++i) {  // a logarithm has no place for distance 0
        line.x.push_back(static_cast<double>(curve.distances()[i]));
        line.y.push_back(scores[i]);
    }
    Panel panel;
    panel.title = fmt::format("head {}", head.head);
    panel.x = {"Δ (tokens)", Scale::logarithmic, {}, {}, {}};
    panel.y.label = "score K";
    panel.marks.emplace_back(Rule{Rule::Direction::horizontal, 0.0, 0, Dash::dashed, ""});
    panel.marks.emplace_back(std::move(line));
    return panel;
}

Figure score_figure(const RopeAnalysis& analysis, std::size_t n) {
    const std::size_t layer = analysis.job.layers[n];
    Figure figure;
    figure.name = "scores" + suffix(layer);
    figure.caption = fmt::format(
        "Layer {}: expected score K of each head against the distance Δ of query and key that carry the same hidden "
        "vector. Dashed line: 0, the mean for independent tokens.",
        layer);
    figure.note =
        fmt::format("layer {} of {}; Δ: distance of query and key; dashed: 0", layer, analysis.job.figure_note());
    const ScoreCurve curve(analysis.frequencies(layer), spread_distances(analysis.job.rope.context, drawn_distances));
    const std::vector<const RopeHead*> heads = drawn_heads(analysis, n, most_head_panels);
    figure.columns = std::min<std::size_t>(heads.size(), 4);
    figure.height = heads.size() > 4 ? 0.62 : heads.size() == 1 ? 0.5 : 0.36;
    for (const RopeHead* head : heads) figure.panels.push_back(score_panel(analysis, *head, curve));
    return figure;
}

/// A dot for each head and the layer's mean.
template <class Value>
Panel profile_panel(const RopeAnalysis& analysis, Axis y, const Value& value) {
    Panel panel;
    panel.x.label = "layer";
    panel.x.minimum = static_cast<double>(analysis.job.layers.front()) - 0.5;
    panel.x.maximum = static_cast<double>(analysis.job.layers.back()) + 0.5;
    panel.y = std::move(y);
    Curve dots{"", {}, {}, 5, Dash::solid, Marker::circle, false, 0.4};
    Curve mean{"", {}, {}, 0, Dash::solid, Marker::none, true, 1.2};
    for (std::size_t n = 0; n < analysis.job.layers.size(); ++n) {
        double sum = 0.0;
        std::size_t count = 0;
        for (const RopeHead& head : analysis.layer_heads(n)) {
            const double each = value(head);
            dots.x.push_back(static_cast<double>(analysis.job.layers[n]));
            dots.y.push_back(panel.y.scale == Scale::logarithmic ? positive_or_gap(each) : each);
            if (!std::isfinite(each)) continue;
            sum += each;
            ++count;
        }
        mean.x.push_back(static_cast<double>(analysis.job.layers[n]));
        mean.y.push_back(count == 0 ? not_drawn : sum / static_cast<double>(count));
    }
    if (analysis.job.layers.size() <= 8)
        for (const std::size_t layer : analysis.job.layers)
            panel.x.ticks.emplace_back(static_cast<double>(layer), std::to_string(layer));
    panel.marks.emplace_back(std::move(dots));
    panel.marks.emplace_back(std::move(mean));
    return panel;
}

double norm_of(const RopeHead& head, double PairSums::* energy) {
    double sum = 0.0;
    for (const PairSums& pair : head.sums.pairs) sum += pair.*energy;
    return std::sqrt(sum / static_cast<double>(head.sums.pairs.size()));
}

Figure profile_figure(const RopeAnalysis& analysis) {
    Figure figure;
    figure.name = "layer_profile";
    figure.caption =
        "Every head (dots) and the mean (line) by layer: root mean square norm of the query rows, effective number of "
        "frequencies, geometric mean wavelength, and the share of energy in frequencies that never complete a cycle "
        "within the context.";
    figure.note = analysis.job.figure_note() + "; dots: heads, line: mean";
    figure.columns = 2;
    figure.height = 0.72;
    figure.panels.push_back(profile_panel(analysis, {"query norm ‖u‖", Scale::linear, {}, {}, {}},
                                          [](const auto& h) { return norm_of(h, &PairSums::query_energy); }));
    const auto spectrum = [&](Axis axis, double SpectrumSummary::* member) {
        figure.panels.push_back(
            profile_panel(analysis, std::move(axis), [&](const RopeHead& head) { return head.spectrum.*member; }));
    };
    spectrum({"effective frequencies", Scale::linear, {}, {}, {}}, &SpectrumSummary::effective_frequencies);
    spectrum({"wavelength (tokens)", Scale::logarithmic, {}, {}, {}}, &SpectrumSummary::geometric_wavelength);
    spectrum({"energy without a cycle", Scale::linear, 0.0, {}, {}}, &SpectrumSummary::uncompleted_energy);
    return figure;
}

}  // namespace

std::vector<std::string> rope_figure_names(const RopeJob& job) {
    std::vector<std::string> names{"couplings", "layer_profile"};
    for (const std::size_t n : drawn_layers(job)) {
        names.push_back("phase_offsets" + suffix(job.layers[n]));
        if (draws_scores(job)) names.push_back("scores" + suffix(job.layers[n]));
    }
    return names;
}

std::vector<Figure> rope_figures(const RopeAnalysis& analysis) {
    std::vector<Figure> figures;
    figures.push_back(coupling_figure(analysis));
    figures.push_back(profile_figure(analysis));
    for (const std::size_t n : drawn_layers(analysis.job)) {
        figures.push_back(polar_figure(analysis, n));
        if (draws_scores(analysis.job)) figures.push_back(score_figure(analysis, n));
    }
    return figures;
}

}  // namespace rotoscope
