// Figures of what accumulates and what is forgotten along a sequence.
#include "distribution_figures.hpp"
#include "figure_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

Panel path_panel(const LayerPhases& layer, std::size_t head, std::size_t channel) {
    const std::size_t c = head * layer.pairs + channel;
    const StridedRows& rows = layer.along->sampled_angles;
    const ChannelDiffusion& diffusion = layer.along->diffusion[c];
    Panel panel;
    panel.title = fmt::format("h{} c{}: {} t", head, channel, with_minus_signs(format_significant(diffusion.drift, 3)));
    panel.x.label = "token t";
    panel.y.label = "Φ − drift (rad)";
    Curve path{"", {}, {}, 1, Dash::solid, Marker::none, true, 0.8};
    Band band{"", {}, {}, {}, 1};
    const double tokens = static_cast<double>(layer.along->tokens);
    for (std::size_t i = 0; i * layer.channels() < rows.values.size(); ++i) {
        const double token = static_cast<double>(i * rows.stride) + 1.0;
        // Less its own mean drift a random walk ends where it began: Var(Φ_t − t·Φ_T/T) = 2D·t(1 − t/T).
        const double spread =
            2.0 * std::sqrt(2.0 * std::max(diffusion.diffusion, 0.0) * token * (1.0 - token / tokens));
        path.x.push_back(token);
        path.y.push_back(rows.values[i * layer.channels() + c] - diffusion.drift * token);
        band.lower.push_back(-spread);
        band.upper.push_back(spread);
    }
    band.x = path.x;
    if (std::isfinite(diffusion.diffusion)) panel.marks.emplace_back(std::move(band));
    panel.marks.emplace_back(std::move(path));
    return panel;
}

}  // namespace

Figure path_figure(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    Figure figure;
    figure.caption = fmt::format(
        "{}accumulated angle Φ along the T tokens less its mean drift Φ_T/T, which the titles give in rad/token (h "
        "head, c channel), and twice the spread that the measured diffusion D gives a random walk less its drift, ± 2 "
        "sqrt(2Dt(1 − t/T)) (band; none below 272 tokens).",
        layer_title(analysis, layer));
    figure.note = analysis.figure_note();
    figure.note += "; titles: drift in rad/token";
    figure.columns = 3;
    figure.height = 0.55;
    const std::vector<std::size_t> heads = spread_over(analysis.selection.heads, 2);
    const std::vector<std::size_t> channels = spread_over(analysis.selection.channels, 3);
    for (const std::size_t head : heads)
        for (const std::size_t channel : channels) figure.panels.push_back(path_panel(layer, head, channel));
    return figure;
}

Figure forget_figure(const PhasesAnalysis& analysis) {
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
                const double log_gate = log_forget[head * layer.pairs + channels[i]];
                const double half_life = forget_half_life(log_gate);
                // Side by side across the head's place, so that equal values can be told apart.
                const double offset = 0.6 * (static_cast<double>(i) + 0.5) / static_cast<double>(channels.size()) - 0.3;
                half_lives.x.push_back(x + offset);
                half_lives.y.push_back(half_life > 0.0 && std::isfinite(half_life) ? half_life : not_drawn);
                sum += effective_window(log_gate);
            }
            const double window = sum / static_cast<double>(channels.size());
            windows.x.push_back(x);
            windows.y.push_back(window > 0.0 && std::isfinite(window) ? window : not_drawn);
            panel.x.ticks.emplace_back(x, analysis.layers.size() > 1
                                              ? fmt::format("{}·{}{}", layer.layer, head, layer.along ? "" : "*")
                                              : fmt::format("{}", head));
            x += 1.0;
        }
    }
    panel.x.label = analysis.layers.size() > 1 ? "layer·head" : "head";
    panel.x.minimum = -0.6;
    panel.x.maximum = x - 0.4;
    panel.y = {"tokens", Scale::logarithmic, {}, {}, {}};
    panel.legend = Legend::above;
    panel.marks.emplace_back(std::move(half_lives));
    panel.marks.emplace_back(std::move(windows));
    Figure figure;
    figure.caption =
        "Forget gates: half-life ln 2/(−mean log a) of each channel, in the order of the channels, and the head's "
        "effective window, the "
        "mean of 1/(1 − exp(mean log a)). Infinite ones have no place on the scale.";
    const bool resting = std::ranges::any_of(analysis.layers, [](const LayerPhases& layer) { return !layer.along; });
    figure.note = analysis.figure_note() + (resting ? "; * at rest, x = 0: no inputs" : "");
    figure.height = 0.42;
    figure.panels.push_back(std::move(panel));
    return figure;
}

}  // namespace rotoscope
