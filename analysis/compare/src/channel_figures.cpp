// Figures of single channels along the run.
#include "figure_parts.hpp"
#include "quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rotoscope {
namespace {

constexpr std::size_t named_channels = 4;

std::vector<ChannelKey> layer_keys(const DrawnRun& run, std::size_t layer) {
    std::vector<ChannelKey> keys;
    for (const ChannelKey& key : run.keys())
        if (key.layer == layer) keys.push_back(key);
    return keys;
}

/// The channels of layer 0 that tell tokens apart best in the last snapshot.
std::vector<ChannelKey> farthest_tokens(const DrawnRun& run) {
    const MeasuredChannels& last = run.analysis.of(run.snapshots.back());
    const std::size_t range = quantity_index(PhaseKind::selective, "token_range");
    std::vector<ChannelKey> keys = layer_keys(run, 0);
    std::erase_if(keys, [&](const ChannelKey& key) { return !std::isfinite(last.value(key, range)); });
    std::ranges::stable_sort(keys, std::ranges::greater(),
                             [&](const ChannelKey& key) { return last.value(key, range); });
    keys.resize(std::min(keys.size(), named_channels));
    return keys;
}

ChannelValue token_angle_in_pi(std::size_t token) {
    return [token](const MeasuredChannels& channels, const ChannelKey& key) {
        const auto row = channels.find(key);
        const std::size_t index = row ? *row * channels.vocabulary + token : channels.token_angles.size();
        return index < channels.token_angles.size() ? channels.token_angles[index] / std::numbers::pi : not_drawn;
    };
}

void add_half_turns(std::initializer_list<double> turns, Panel& panel) {
    for (const double turn : turns)
        panel.marks.emplace_back(Rule{Rule::Direction::horizontal, turn, 0, Dash::dashed, ""});
}

}  // namespace

Figure token_angle_figure(const DrawnRun& run) {
    Figure figure;
    const std::size_t tokens = static_cast<std::size_t>(run.analysis.of(run.snapshots.front()).vocabulary);
    figure.columns = std::min<std::size_t>(tokens, 2);
    figure.height = tokens <= 2 ? 0.55 : 0.95;
    const SnapshotAxis axis = snapshot_axis(run, figure.columns);
    const std::vector<ChannelKey> named = farthest_tokens(run);
    for (std::size_t token = 0; token < tokens; ++token) {
        Panel panel;
        panel.title = fmt::format("token {}", token);
        panel.x = axis.axis;
        panel.y.label = "total angle (units of π rad)";
        add_half_turns({-1.0, 1.0}, panel);
        add_channel_curves(run, axis, layer_keys(run, 0), named, token_angle_in_pi(token), panel);
        if (token == 0) panel.legend = Legend::above;
        else clear_labels(panel);
        figure.panels.push_back(std::move(panel));
    }
    figure.caption = fmt::format(
        "When the phases were learned: the total angle that each token adds to each channel of layer 0, "
        "temperature·(Σ taps)·z(token), besides the bias, from {}. In colour the channels that tell tokens apart best "
        "at the end; dashed lines: half a turn, ± π.",
        run.span());
    figure.note = run.note();
    return figure;
}

Figure token_range_figure(const DrawnRun& run) {
    Figure figure;
    figure.height = 0.55;
    const SnapshotAxis axis = snapshot_axis(run, 1);
    const ChannelValue range = value_of(PhaseKind::selective, "token_range");
    Panel panel;
    panel.x = axis.axis;
    panel.y.label = "token range (units of π rad)";
    panel.legend = Legend::above;
    add_half_turns({1.0}, panel);
    add_channel_curves(
        run, axis, layer_keys(run, 0), farthest_tokens(run),
        [&](const MeasuredChannels& channels, const ChannelKey& key) {
            return range(channels, key) / std::numbers::pi;
        },
        panel);
    panel.y.minimum = 0.0;
    figure.panels.push_back(std::move(panel));
    figure.caption = fmt::format(
        "How far apart vocabulary entries are in the total angle that they add to a channel of layer 0, "
        "|temperature·(Σ taps)|·(max z − min z), from {}. In colour the largest at the end; dashed line: π.",
        run.span());
    figure.note = run.note();
    return figure;
}

Figure increment_figure(const DrawnRun& run, std::size_t layer) {
    Figure figure;
    figure.height = 0.55;
    const SnapshotAxis axis = snapshot_axis(run, 1);
    std::vector<ChannelKey> named;
    for (const MovedChannel& moved : run.ranked)
        if (moved.key.layer == layer && named.size() < named_channels) named.push_back(moved.key);
    Panel panel;
    panel.x = axis.axis;
    panel.y.label = "mean increment d (rad/token)";
    panel.legend = named.empty() ? Legend::none : Legend::above;
    add_channel_curves(run, axis, layer_keys(run, layer), named, value_of(run.kind, "increment_mean"), panel);
    figure.panels.push_back(std::move(panel));
    figure.caption = fmt::format(
        "{}mean increment of each channel's angle per token, from {}. In colour those that moved most.",
        run.analysis.snapshots[run.snapshots.front()].model.bare_module ? "" : fmt::format("Layer {}: ", layer),
        run.span());
    figure.note = run.note();
    return figure;
}

}  // namespace rotoscope
