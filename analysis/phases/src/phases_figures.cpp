#include "phases_figures.hpp"

#include "distribution_figures.hpp"
#include "figure_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

// Up to this many tokens are drawn as stems that can be told apart; more become a heat map.
constexpr std::uint64_t most_stems = 4;

std::vector<const LayerPhases*> sampled_layers(const PhasesAnalysis& analysis) {
    std::vector<const LayerPhases*> layers;
    for (const LayerPhases& layer : analysis.layers)
        if (layer.tokens > 0) layers.push_back(&layer);
    return layers;
}

/// For logarithmic scales: zero has no place on them.
double positive_or_nan(double value) { return value > 0.0 ? value : std::numeric_limits<double>::quiet_NaN(); }

/// A heat map of one statistic, a row for each selected head of each sampled layer, the first on top.
template <class Value>
Panel head_channel_map(const PhasesAnalysis& analysis, const std::vector<const LayerPhases*>& layers, std::string title,
                       Axis color, const Value& value) {
    const Selection& selection = analysis.selection;
    HeatMap map;
    map.rows = layers.size() * selection.heads.size();
    map.columns = selection.channels.size();
    map.color = std::move(color);
    map.y_first = static_cast<double>(map.rows) - 1.0;
    map.y_step = -1.0;
    Panel panel;
    for (const LayerPhases* layer : layers) {
        for (const std::size_t head : selection.heads) {
            const double y = map.y_first - static_cast<double>(panel.y.ticks.size());
            panel.y.ticks.emplace_back(
                y, layers.size() > 1 ? fmt::format("{}·{}", layer->layer, head) : fmt::format("{}", head));
            for (const std::size_t channel : selection.channels)
                map.values.push_back(value(layer->along->increments[head * layer->pairs + channel]));
        }
    }
    const std::size_t step = (selection.channels.size() + 7) / 8;
    for (std::size_t i = 0; i < selection.channels.size(); i += step)
        panel.x.ticks.emplace_back(static_cast<double>(i), std::to_string(selection.channels[i]));
    panel.title = std::move(title);
    panel.x.label = "channel";
    panel.y.label = layers.size() > 1 ? "layer·head" : "head";
    panel.marks.emplace_back(std::move(map));
    return panel;
}

/// Where every channel turns almost uniformly, 1 − R on a logarithmic scale shows what R on a linear one cannot, unless
/// R = 1 everywhere, as for a single token.
Panel concentration_map(const PhasesAnalysis& analysis, const std::vector<const LayerPhases*>& layers) {
    constexpr double nearly_uniform = 0.9;
    double least = 1.0;
    double largest_variance = 0.0;
    for (const LayerPhases* layer : layers)
        for (const CircularSummary& summary : layer->along->increments) {
            least = std::min(least, summary.resultant_length);
            largest_variance = std::max(largest_variance, summary.circular_variance);
        }
    if (least < nearly_uniform || largest_variance == 0.0)
        return head_channel_map(analysis, layers, "Resultant length", {"R", Scale::linear, 0.0, 1.0, {}},
                                [](const CircularSummary& s) { return s.resultant_length; });
    return head_channel_map(analysis, layers, "Circular variance", {"1 − R", Scale::logarithmic, {}, {}, {}},
                            [](const CircularSummary& s) { return positive_or_nan(s.circular_variance); });
}

Figure increments_figure(const PhasesAnalysis& analysis, const std::vector<const LayerPhases*>& layers) {
    Figure figure;
    figure.caption =
        "Phase increments d = temperature·φ by layer, head and channel: resultant length R of exp(i d) (1: every token "
        "turns by the "
        "same angle), shown as 1 − R where all R are above 0.9, and mean of |d|.";
    figure.note = analysis.figure_note();
    figure.columns = 2;
    const std::size_t rows = layers.size() * analysis.selection.heads.size();
    figure.height = std::clamp(0.24 + 0.022 * static_cast<double>(rows), 0.32, 1.2);
    figure.panels.push_back(concentration_map(analysis, layers));
    figure.panels.push_back(head_channel_map(
        analysis, layers, "Mean absolute increment", {"mean |d| (rad/token)", Scale::logarithmic, {}, {}, {}},
        [](const CircularSummary& s) { return positive_or_nan(s.mean_absolute); }));
    return figure;
}

/// As in "channels 0-15 of each head".
std::string channels_label(const Selection& selection) {
    return fmt::format("channel{} {} of each head", selection.channels.size() == 1 ? "" : "s",
                       format_ranges(selection.channels));
}

/// Positions of the selected (head, channel) pairs on one axis, heads separated by a gap.
struct ChannelAxis {
    std::vector<double> positions;
    std::vector<std::size_t> indices;  // among H·P
    Axis axis;
    std::vector<double> separators;
};

ChannelAxis make_channel_axis(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    ChannelAxis result;
    const double channels = static_cast<double>(analysis.selection.channels.size());
    double first = 0.0;
    for (const std::size_t head : analysis.selection.heads) {
        result.axis.ticks.emplace_back(first + 0.5 * (channels - 1.0), fmt::format("head {}", head));
        if (first > 0.0) result.separators.push_back(first - 1.0);
        for (std::size_t i = 0; i < analysis.selection.channels.size(); ++i) {
            result.positions.push_back(first + static_cast<double>(i));
            result.indices.push_back(head * layer.pairs + analysis.selection.channels[i]);
        }
        first += channels + 1.0;
    }
    result.axis.label = channels_label(analysis.selection);
    result.axis.minimum = -1.0;
    result.axis.maximum = first - 1.0;
    return result;
}

Panel token_stems(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    ChannelAxis channels = make_channel_axis(analysis, layer);
    Panel panel;
    panel.x = channels.axis;
    panel.y.label = "total angle (units of π rad)";
    panel.legend = Legend::above;
    for (const double position : channels.separators)
        panel.marks.emplace_back(Rule{Rule::Direction::vertical, position, 0, Dash::dotted, ""});
    constexpr Marker markers[] = {Marker::circle, Marker::square, Marker::triangle, Marker::diamond};
    for (std::size_t token = 0; token < analysis.vocabulary->vocabulary; ++token) {
        Stems stems;
        stems.label = fmt::format("token {}", token);
        stems.x = channels.positions;
        for (const std::size_t c : channels.indices)
            stems.y.push_back(token_angle(layer, *analysis.vocabulary, c, token) / std::numbers::pi);
        stems.color = token + 1;
        stems.marker = markers[token % 4];
        panel.marks.emplace_back(std::move(stems));
    }
    return panel;
}

Panel token_map(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    const std::size_t heads = analysis.selection.heads.size();
    const std::size_t per_head = analysis.selection.channels.size();
    HeatMap map;
    map.rows = static_cast<std::size_t>(analysis.vocabulary->vocabulary);
    map.columns = heads * per_head;
    map.map = ColorMap::diverging;
    map.color.label = "total angle (units of π rad)";
    const std::vector<std::size_t> indices = make_channel_axis(analysis, layer).indices;
    for (std::size_t token = 0; token < map.rows; ++token)
        for (const std::size_t c : indices)
            map.values.push_back(token_angle(layer, *analysis.vocabulary, c, token) / std::numbers::pi);
    Panel panel;
    for (std::size_t h = 0; h < heads; ++h)
        panel.x.ticks.emplace_back((static_cast<double>(h) + 0.5) * static_cast<double>(per_head) - 0.5,
                                   fmt::format("head {}", analysis.selection.heads[h]));
    panel.x.label = channels_label(analysis.selection);
    panel.y.label = "token";
    panel.marks.emplace_back(std::move(map));
    return panel;
}

Figure token_figure(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    Figure figure;
    figure.caption =
        "Total angle that each token adds to each channel of layer 0, temperature·(Σ taps)·z(token), besides the bias.";
    figure.note = analysis.figure_note();
    figure.height = 0.42;
    figure.panels.push_back(analysis.vocabulary->vocabulary <= most_stems ? token_stems(analysis, layer)
                                                                          : token_map(analysis, layer));
    return figure;
}

/// A figure that there will be, and how it is drawn once the layers have been run.
struct PlannedFigure {
    std::string name;
    std::function<Figure()> draw;
};

std::vector<PlannedFigure> plan_figures(const PhasesAnalysis& analysis) {
    std::vector<PlannedFigure> figures;
    const std::vector<const LayerPhases*> layers = sampled_layers(analysis);
    if (!layers.empty())
        figures.push_back({"increments", [&analysis, layers] { return increments_figure(analysis, layers); }});
    const LayerPhases* const first = analysis.find_layer(0);
    if (first != nullptr && analysis.vocabulary && analysis.vocabulary->listed() && first->linear)
        figures.push_back({"token_angles", [&analysis, first] { return token_figure(analysis, *first); }});
    for (const LayerPhases* layer : layers) {
        const auto plan = [&](std::string_view name, Figure (*draw)(const PhasesAnalysis&, const LayerPhases&)) {
            figures.push_back({std::string(name) + layer_suffix(analysis, *layer),
                               [&analysis, layer, draw] { return draw(analysis, *layer); }});
        };
        plan("roses", rose_figure);
        plan("frequencies", frequency_figure);
        if (layer->tokens > 1) plan("paths", path_figure);
    }
    if (std::ranges::any_of(analysis.layers, [](const LayerPhases& layer) { return layer.forget_gates > 0; }))
        figures.push_back({"forget_gates", [&analysis] { return forget_figure(analysis); }});
    return figures;
}

}  // namespace

std::vector<std::string> phases_figure_names(const PhasesAnalysis& analysis) {
    std::vector<std::string> names;
    for (PlannedFigure& planned : plan_figures(analysis)) names.push_back(std::move(planned.name));
    return names;
}

std::vector<Figure> phases_figures(const PhasesAnalysis& analysis) {
    std::vector<Figure> figures;
    for (PlannedFigure& planned : plan_figures(analysis)) {
        figures.push_back(planned.draw());
        figures.back().name = std::move(planned.name);
    }
    return figures;
}

}  // namespace rotoscope
