#include "figure_parts.hpp"

#include "compare_tables.hpp"
#include "quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "rotoscope/core/text.hpp"
#include "rotoscope/theory/rotation.hpp"

namespace rotoscope {
namespace {

constexpr double logarithmic_from = 20.0;  // ratio of steps above which a linear axis hides the early ones
constexpr double tick_room = 0.12;         // of the width of a lone panel, for one label
constexpr std::size_t most_curves = 256;
constexpr std::size_t named_checkpoints = 3;

std::vector<double> step_positions(const DrawnRun& run, Axis& axis) {
    std::vector<double> steps;
    for (const std::size_t s : run.snapshots) steps.push_back(static_cast<double>(*run.analysis.snapshots[s].step));
    const double smallest = steps.front() > 0.0 ? steps.front() : steps[1];
    axis.label = "training step";
    if (steps.back() <= logarithmic_from * smallest) return steps;
    axis.label = fmt::format("training step, as ln(1 + step/{})", short_count(static_cast<std::uint64_t>(smallest)));
    for (double& step : steps) step = std::log1p(step / smallest);
    return steps;
}

/// A tick at each position; text where there is room, from the last one backwards, and at the first in any case.
void add_ticks(const std::vector<double>& positions, const std::vector<std::string>& texts, double room, Axis& axis) {
    std::vector<bool> written(positions.size(), false);
    double next = positions.back() + room;
    for (std::size_t i = positions.size(); i-- > 0;) {
        const bool fits = positions[i] <= next - room && (i == 0 || positions[i] >= positions.front() + room);
        if (!fits) continue;
        written[i] = true;
        next = positions[i];
    }
    for (std::size_t i = 0; i < positions.size(); ++i)
        axis.ticks.emplace_back(positions[i], written[i] ? texts[i] : "");
}

Curve channel_curve(const DrawnRun& run, const SnapshotAxis& axis, const ChannelKey& key, const ChannelValue& value) {
    Curve curve{"", axis.positions, {}, 0, Dash::solid, Marker::none, true, 0.3};
    for (const std::size_t s : run.snapshots) {
        const double y = value(run.analysis.of(s), key);
        curve.y.push_back(std::isfinite(y) ? y : not_drawn);
    }
    return curve;
}

}  // namespace

std::vector<std::size_t> DrawnRun::layers() const {
    std::vector<std::size_t> layers;
    for (const ChannelKey& key : keys())
        if (layers.empty() || layers.back() != key.layer) layers.push_back(key.layer);
    return layers;
}

std::string DrawnRun::note() const {
    const Snapshot& first = analysis.snapshots[snapshots.front()];
    std::string text = first.model.family;
    if (!first.inputs.empty()) text += "; " + first.inputs;
    text += fmt::format("; {} pairs", layout_name(first.model.layout));
    if (analysis.has_steps()) return text;
    text += "; checkpoints:";
    for (std::size_t i = 0; i < std::min(snapshots.size(), named_checkpoints); ++i)
        text += fmt::format("{} {} {}", i == 0 ? "" : ",", snapshots[i], analysis.snapshots[snapshots[i]].label);
    return text + (snapshots.size() > named_checkpoints ? ", …" : "");
}

std::string DrawnRun::span() const {
    const auto label = [&](std::size_t s) { return snapshot_label(analysis.snapshots[s]); };
    return fmt::format("{} to {}", label(snapshots.front()), label(snapshots.back()));
}

std::string short_count(std::uint64_t count) {
    for (const auto& [unit, letter] :
         {std::pair{std::uint64_t{1'000'000'000}, 'G'}, {std::uint64_t{1'000'000}, 'M'}, {std::uint64_t{1000}, 'k'}})
        if (count >= unit)
            return format_significant(static_cast<double>(count) / static_cast<double>(unit), 3) + letter;
    return std::to_string(count);
}

SnapshotAxis snapshot_axis(const DrawnRun& run, std::size_t columns) {
    SnapshotAxis result;
    std::vector<std::string> texts;
    if (run.analysis.has_steps()) {
        result.positions = step_positions(run, result.axis);
        for (const std::size_t s : run.snapshots) texts.push_back(short_count(*run.analysis.snapshots[s].step));
    } else {
        result.axis.label = "checkpoint";
        for (std::size_t i = 0; i < run.snapshots.size(); ++i) {
            result.positions.push_back(static_cast<double>(i));
            texts.push_back(std::to_string(run.snapshots[i]));
        }
    }
    const double width = result.positions.back() - result.positions.front();
    add_ticks(result.positions, texts, tick_room * width * static_cast<double>(columns), result.axis);
    result.axis.minimum = result.positions.front() - 0.03 * width;
    result.axis.maximum = result.positions.back() + 0.03 * width;
    return result;
}

ChannelValue value_of(PhaseKind kind, std::string_view quantity) {
    return [index = quantity_index(kind, quantity)](const MeasuredChannels& channels, const ChannelKey& key) {
        return channels.value(key, index);
    };
}

void add_channel_curves(const DrawnRun& run, const SnapshotAxis& axis, const std::vector<ChannelKey>& all,
                        const std::vector<ChannelKey>& named, const ChannelValue& value, Panel& panel) {
    for (const std::size_t i : evenly_spaced(all.size(), most_curves))
        if (std::ranges::find(named, all[i]) == named.end())
            panel.marks.emplace_back(channel_curve(run, axis, all[i], value));
    for (std::size_t i = 0; i < named.size(); ++i) {
        Curve curve = channel_curve(run, axis, named[i], value);
        curve.label = channel_label(run.kind, named[i]);
        curve.color = i + 1;
        curve.dash = named_dash(i);
        curve.marker = named_marker(i);
        curve.width = 1.2;
        panel.marks.emplace_back(std::move(curve));
    }
}

std::string channel_label(PhaseKind kind, const ChannelKey& key) {
    return fmt::format("head {}, {} {}", key.head, channel_word(kind), key.channel);
}

Marker named_marker(std::size_t i) {
    constexpr Marker markers[] = {Marker::circle, Marker::square, Marker::triangle, Marker::diamond};
    return markers[i % std::size(markers)];
}

Dash named_dash(std::size_t i) {
    constexpr Dash dashes[] = {Dash::solid, Dash::dashed, Dash::dash_dot, Dash::dotted};
    return dashes[i % std::size(dashes)];
}

}  // namespace rotoscope
