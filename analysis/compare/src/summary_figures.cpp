// Figures of all channels together: medians along the run, distances, what moved most.
#include "compare_tables.hpp"
#include "figure_parts.hpp"
#include "quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/text.hpp"
#include "rotoscope/numerics/summary.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t most_groups = 4;  // curves that can be told apart
constexpr std::size_t most_map_rows = 256;
constexpr std::size_t moved_stems = 8;

/// Channels that share a curve: of a layer, or of a head where there is one layer.
struct Group {
    std::string label;
    std::vector<ChannelKey> keys;
};

std::vector<Group> make_groups(const DrawnRun& run) {
    const bool by_layer = run.layers().size() > 1;
    std::vector<Group> all;
    std::size_t last = 0;
    for (const ChannelKey& key : run.keys()) {
        const std::size_t number = by_layer ? key.layer : key.head;
        if (all.empty() || number != last)
            all.push_back({fmt::format("{} {}", by_layer ? "layer" : "head", number), {}});
        last = number;
        all.back().keys.push_back(key);
    }
    std::vector<Group> groups;
    for (const std::size_t i : evenly_spaced(all.size(), most_groups)) groups.push_back(std::move(all[i]));
    return groups;
}

/// Quantiles over the channels of one snapshot; NaN where none has a value. On a logarithmic scale only what is above 0
/// counts.
std::vector<double> spread(const MeasuredChannels& channels, const std::vector<ChannelKey>& keys,
                           const ChannelValue& value, Scale scale, std::span<const double> probabilities) {
    std::vector<double> values;
    for (const ChannelKey& key : keys)
        if (const double x = value(channels, key); std::isfinite(x) && (scale == Scale::linear || x > 0.0))
            values.push_back(x);
    return quantiles(std::move(values), probabilities);
}

Panel trajectory_panel(const DrawnRun& run, const SnapshotAxis& axis, const std::vector<Group>& groups,
                       const Quantity& quantity) {
    const ChannelValue value = value_of(run.kind, quantity.name);
    Panel panel;
    panel.x = axis.axis;
    panel.y.label = quantity.label;
    panel.y.scale = quantity.scale;
    Band band{"", {}, {}, {}, 0};
    for (std::size_t i = 0; i < run.snapshots.size(); ++i) {
        constexpr double probabilities[] = {0.1, 0.9};
        const std::vector<double> ends =
            spread(run.analysis.of(run.snapshots[i]), run.keys(), value, quantity.scale, probabilities);
        if (std::isnan(ends[0])) continue;
        band.x.push_back(axis.positions[i]);
        band.lower.push_back(ends[0]);
        band.upper.push_back(ends[1]);
    }
    if (band.x.size() > 1) panel.marks.emplace_back(std::move(band));
    for (std::size_t g = 0; g < groups.size(); ++g) {
        Curve curve{groups[g].label, axis.positions, {}, g + 1, named_dash(g), named_marker(g), true, 1.0};
        constexpr double half = 0.5;
        for (const std::size_t s : run.snapshots)
            curve.y.push_back(
                spread(run.analysis.of(s), groups[g].keys, value, quantity.scale, std::span(&half, 1)).front());
        panel.marks.emplace_back(std::move(curve));
    }
    return panel;
}

bool has_values(const DrawnRun& run, const Quantity& quantity) {
    const ChannelValue value = value_of(run.kind, quantity.name);
    return std::ranges::any_of(run.snapshots, [&](std::size_t s) {
        return std::ranges::any_of(run.keys(), [&](const ChannelKey& key) {
            const double x = value(run.analysis.of(s), key);
            return std::isfinite(x) && (quantity.scale == Scale::linear || x > 0.0);
        });
    });
}

std::vector<const Comparison*> drawn_comparisons(const DrawnRun& run) {
    std::vector<const Comparison*> drawn;
    for (const Comparison& comparison : run.analysis.comparisons)
        if (comparison.kind == run.kind && std::ranges::find(run.snapshots, comparison.from) != run.snapshots.end() &&
            std::ranges::find(run.snapshots, comparison.to) != run.snapshots.end())
            drawn.push_back(&comparison);
    return drawn;
}

/// The distances of one comparison by row of a heat map, medians where several channels share a row.
std::vector<double> row_distances(const DrawnRun& run, const Comparison& comparison,
                                  const std::vector<std::vector<ChannelKey>>& rows) {
    const MeasuredChannels& from = run.analysis.of(comparison.from);
    std::vector<double> result;
    for (const std::vector<ChannelKey>& keys : rows) {
        std::vector<double> known;
        for (const ChannelKey& key : keys) {
            const auto change = std::ranges::lower_bound(
                comparison.channels, key, {}, [&](const ChannelChange& each) { return from.keys[each.from_row]; });
            if (change != comparison.channels.end() && from.keys[change->from_row] == key &&
                std::isfinite(change->distance))
                known.push_back(change->distance);
        }
        constexpr double half = 0.5;
        result.push_back(quantiles(std::move(known), std::span(&half, 1)).front());
    }
    return result;
}

/// Rows of a heat map: channels, or where those are too many heads, or layers.
std::vector<std::vector<ChannelKey>> map_rows(const std::vector<ChannelKey>& keys, std::string& what) {
    const auto gather = [&](const auto& same) {
        std::vector<std::vector<ChannelKey>> rows;
        for (const ChannelKey& key : keys) {
            if (rows.empty() || !same(rows.back().front(), key)) rows.emplace_back();
            rows.back().push_back(key);
        }
        return rows;
    };
    what = "channels";
    if (keys.size() <= most_map_rows) return gather([](const ChannelKey&, const ChannelKey&) { return false; });
    what = "medians of heads";
    auto heads =
        gather([](const ChannelKey& a, const ChannelKey& b) { return a.layer == b.layer && a.head == b.head; });
    if (heads.size() <= most_map_rows) return heads;
    what = "medians of layers";
    return gather([](const ChannelKey& a, const ChannelKey& b) { return a.layer == b.layer; });
}

/// Ticks where a layer or, in a model of one layer, a head begins, at most eight.
void add_row_ticks(const DrawnRun& run, const std::vector<std::vector<ChannelKey>>& rows, Axis& axis) {
    const bool by_layer = run.layers().size() > 1;
    std::vector<std::pair<double, std::string>> all;
    std::size_t last = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t number = by_layer ? rows[i].front().layer : rows[i].front().head;
        if (i == 0 || number != last)
            all.emplace_back(static_cast<double>(rows.size() - 1 - i), fmt::format("{}", number));
        last = number;
    }
    for (const std::size_t i : evenly_spaced(all.size(), 8)) axis.ticks.push_back(all[i]);
    axis.label = by_layer ? "layer" : "head";
}

std::string distance_label(PhaseKind kind) {
    return kind == PhaseKind::fixed ? "distance |c′ − c|" : "distance of d (rad/token)";
}

}  // namespace

Figure trajectory_figure(const DrawnRun& run) {
    Figure figure;
    const std::vector<Group> groups = make_groups(run);
    figure.columns = 2;
    const SnapshotAxis axis = snapshot_axis(run, figure.columns);
    for (const Quantity& quantity : quantities(run.kind))
        if (!quantity.label.empty() && has_values(run, quantity))
            figure.panels.push_back(trajectory_panel(run, axis, groups, quantity));
    const std::size_t rows = (figure.panels.size() + 1) / 2;
    figure.height = 0.1 + 0.36 * static_cast<double>(rows);
    for (std::size_t p = 0; p < figure.panels.size(); ++p) {
        if (p == 0) figure.panels[p].legend = Legend::above;
        else clear_labels(figure.panels[p]);
    }
    figure.caption = fmt::format(
        "Medians over the channels of each {}, from {}; shaded: from the 10 % to the 90 % quantile of all channels.",
        run.layers().size() > 1 ? "layer" : "head", run.span());
    figure.note = run.note();
    return figure;
}

Figure distance_figure(const DrawnRun& run) {
    const std::vector<const Comparison*> comparisons = drawn_comparisons(run);
    std::string what;
    const std::vector<std::vector<ChannelKey>> rows = map_rows(run.keys(), what);
    HeatMap map;
    map.rows = rows.size();
    map.columns = comparisons.size();
    map.values.resize(map.rows * map.columns);
    map.y_first = static_cast<double>(map.rows) - 1.0;
    map.y_step = -1.0;
    map.color = {distance_label(run.kind), Scale::logarithmic, {}, {}, {}};
    Panel panel;
    for (std::size_t column = 0; column < comparisons.size(); ++column) {
        const std::vector<double> distances = row_distances(run, *comparisons[column], rows);
        for (std::size_t row = 0; row < rows.size(); ++row)
            map.values[row * map.columns + column] = distances[row] > 0.0 ? distances[row] : not_drawn;
    }
    for (const std::size_t column : evenly_spaced(comparisons.size(), 8)) {
        const Snapshot& to = run.analysis.snapshots[comparisons[column]->to];
        panel.x.ticks.emplace_back(static_cast<double>(column),
                                   to.step ? short_count(*to.step) : std::to_string(comparisons[column]->to));
    }
    panel.x.label = run.analysis.has_steps() ? "training step" : "checkpoint";
    add_row_ticks(run, rows, panel.y);
    panel.marks.emplace_back(std::move(map));
    Figure figure;
    figure.height = std::clamp(0.35 + 0.004 * static_cast<double>(rows.size()), 0.45, 1.1);
    figure.panels.push_back(std::move(panel));
    const bool chain = comparisons.size() > 1 && comparisons[0]->from != comparisons[1]->from;
    const std::string reference =
        chain ? "the checkpoint before" : snapshot_label(run.analysis.snapshots[comparisons.front()->from]);
    figure.caption =
        fmt::format("{} of each checkpoint to {}; rows are {}, ticks at the first row of each. Blank: 0, or not known.",
                    run.kind == PhaseKind::fixed ? "Distance |c′ − c| of the couplings of queries and keys"
                                                 : "Circular Wasserstein-1 distance of the increments",
                    reference, what);
    figure.note = run.note();
    return figure;
}

Figure moved_figure(const DrawnRun& run) {
    const bool layers = has_layers(run.analysis, run.kind);
    Stems stems;
    stems.color = 1;
    Panel panel;
    for (std::size_t i = 0; i < std::min(run.ranked.size(), moved_stems); ++i) {
        stems.x.push_back(static_cast<double>(i));
        stems.y.push_back(run.ranked[i].change->distance);
        panel.x.ticks.emplace_back(static_cast<double>(i), key_label(run.ranked[i].key, layers));
    }
    panel.x.minimum = -0.6;
    panel.x.maximum = static_cast<double>(stems.x.size()) - 0.4;
    panel.x.label = fmt::format("{}head·{}", layers ? "layer·" : "", channel_word(run.kind));
    panel.y.label = distance_label(run.kind);
    panel.y.minimum = 0.0;
    panel.marks.emplace_back(std::move(stems));
    Figure figure;
    figure.height = 0.45;
    figure.panels.push_back(std::move(panel));
    figure.caption = fmt::format(
        "What moved most, each {} at the checkpoint in which it is farthest from its "
        "reference, among {}.",
        channel_word(run.kind), run.span());
    figure.note = run.note();
    return figure;
}

}  // namespace rotoscope
