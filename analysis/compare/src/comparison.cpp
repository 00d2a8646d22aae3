#include "comparison.hpp"

#include "quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "rotoscope/numerics/circular_distance.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

/// |c' − c| = sqrt((|c'| − |c|)² + 4|c'||c| sin²(½(arg c' − arg c))): exactly 0 for equal couplings.
double coupling_distance(const MeasuredChannels& from, std::size_t from_row, const MeasuredChannels& to,
                         std::size_t to_row) {
    const std::size_t size = quantity_index(PhaseKind::fixed, "coupling");
    const std::size_t offset = quantity_index(PhaseKind::fixed, "phase_offset");
    const double a = from.value(from_row, size);
    const double b = to.value(to_row, size);
    const double chord = 2.0 * std::sin(0.5 * (to.value(to_row, offset) - from.value(from_row, offset)));
    return std::hypot(b - a, std::sqrt(a) * std::sqrt(b) * chord);
}

double distance_of(const MeasuredChannels& from, const MeasuredChannels& to, const ChannelChange& change) {
    if (from.kind == PhaseKind::fixed) return coupling_distance(from, change.from_row, to, change.to_row);
    const ChannelKey& key = from.keys[change.from_row];
    return circular_transport(from.increments_of(key), to.increments_of(key));
}

/// The channels of one layer that a checkpoint has, as rows [first, last).
std::pair<std::size_t, std::size_t> layer_rows(const MeasuredChannels& channels, std::size_t layer) {
    const auto rows = std::ranges::equal_range(channels.keys, layer, {}, &ChannelKey::layer);
    return {static_cast<std::size_t>(rows.begin() - channels.keys.begin()),
            static_cast<std::size_t>(rows.end() - channels.keys.begin())};
}

/// Adds the layer's channels to the comparison, or says why not.
std::optional<std::string> match_layer(const MeasuredChannels& from, const MeasuredChannels& to, std::size_t layer,
                                       Comparison& comparison) {
    const auto [from_first, from_last] = layer_rows(from, layer);
    const auto [to_first, to_last] = layer_rows(to, layer);
    const auto keys = [](const MeasuredChannels& channels, std::size_t first, std::size_t last) {
        return std::span(channels.keys).subspan(first, last - first);
    };
    if (!std::ranges::equal(keys(from, from_first, from_last), keys(to, to_first, to_last)))
        return fmt::format("{} {}s against {}", from_last - from_first, channel_word(from.kind), to_last - to_first);
    for (std::size_t i = 0; i < from_last - from_first; ++i)
        comparison.channels.push_back({from_first + i, to_first + i, 0.0});
    return std::nullopt;
}

void note_other_layers(SnapshotPair pair, const std::vector<std::size_t>& common, const Snapshot& owner, bool is_from,
                       std::vector<NotCompared>& not_compared) {
    for (const std::size_t layer : owner.layers)
        if (!std::ranges::binary_search(common, layer))
            not_compared.push_back(
                {pair.from, pair.to, layer, fmt::format("only {} has rotations there", is_from ? "from" : "to")});
}

}  // namespace

std::vector<SnapshotPair> plan_pairs(const std::vector<Snapshot>& snapshots, Reference reference) {
    std::vector<std::size_t> with_phases;
    for (std::size_t i = 0; i < snapshots.size(); ++i)
        if (snapshots[i].kind != PhaseKind::none) with_phases.push_back(i);
    std::vector<SnapshotPair> pairs;
    for (std::size_t i = 1; i < with_phases.size(); ++i) switch (reference) {
            case Reference::first:
                pairs.push_back({with_phases.front(), with_phases[i]});
                break;
            case Reference::previous:
                pairs.push_back({with_phases[i - 1], with_phases[i]});
                break;
            case Reference::last:
                pairs.push_back({with_phases.back(), with_phases[i - 1]});
                break;
        }
    return pairs;
}

std::vector<std::size_t> common_layers(const Snapshot& from, const Snapshot& to) {
    std::vector<std::size_t> common;
    std::ranges::set_intersection(from.layers, to.layers, std::back_inserter(common));
    return common;
}

void compare_pair(SnapshotPair pair, const PhasesOptions& options, CompareAnalysis& analysis, Context& context) {
    const Snapshot& from_snapshot = analysis.snapshots[pair.from];
    const Snapshot& to_snapshot = analysis.snapshots[pair.to];
    if (auto reason = models_differ(from_snapshot, to_snapshot, options)) {
        analysis.not_compared.push_back({pair.from, pair.to, std::nullopt, std::move(*reason)});
        return;
    }
    const std::vector<std::size_t> common = common_layers(from_snapshot, to_snapshot);
    note_other_layers(pair, common, from_snapshot, true, analysis.not_compared);
    note_other_layers(pair, common, to_snapshot, false, analysis.not_compared);
    const MeasuredChannels& from = analysis.of(pair.from);
    const MeasuredChannels& to = analysis.of(pair.to);
    Comparison comparison{pair.from, pair.to, from.kind, {}};
    for (const std::size_t layer : common)
        if (auto reason = match_layer(from, to, layer, comparison))
            analysis.not_compared.push_back({pair.from, pair.to, layer, std::move(*reason)});
    if (comparison.channels.empty()) return;
    context.pool.for_chunks(comparison.channels.size(), 1, [&](std::size_t begin, std::size_t) {
        ChannelChange& change = comparison.channels[begin];
        change.distance = distance_of(from, to, change);
    });
    analysis.comparisons.push_back(std::move(comparison));
}

std::vector<MovedChannel> rank_moved(const CompareAnalysis& analysis, PhaseKind kind) {
    std::map<ChannelKey, MovedChannel> farthest;
    for (const Comparison& comparison : analysis.comparisons) {
        if (comparison.kind != kind) continue;
        for (const ChannelChange& change : comparison.channels) {
            if (!(change.distance > 0.0)) continue;  // NaN, too
            const ChannelKey& key = analysis.of(comparison.from).keys[change.from_row];
            MovedChannel& best = farthest[key];
            if (best.change == nullptr || change.distance > best.change->distance) best = {&comparison, &change, key};
        }
    }
    std::vector<MovedChannel> ranked;
    for (const auto& [key, moved] : farthest) ranked.push_back(moved);
    std::ranges::stable_sort(ranked, std::ranges::greater(),
                             [](const MovedChannel& moved) { return moved.change->distance; });
    return ranked;
}

std::vector<std::size_t> drawn_snapshots(const CompareAnalysis& analysis, PhaseKind kind,
                                         const PhasesOptions& options) {
    std::vector<std::size_t> drawn;
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < analysis.snapshots.size(); ++i) {
        const bool compared = std::ranges::any_of(analysis.comparisons, [&](const Comparison& comparison) {
            return comparison.kind == kind && (comparison.from == i || comparison.to == i);
        });
        if (!compared) continue;
        if (!first) first = i;
        if (!models_differ(analysis.snapshots[*first], analysis.snapshots[i], options)) drawn.push_back(i);
    }
    return drawn;
}

}  // namespace rotoscope
