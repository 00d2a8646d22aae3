// Pairs of checkpoints: which channels they share, and how far those have moved.
#pragma once

#include "measured.hpp"

#include <string>
#include <vector>

namespace rotoscope {

/// A channel that both checkpoints have, and how far apart its rotations are; NaN where that is not known.
struct ChannelChange {
    std::size_t from_row = 0;
    std::size_t to_row = 0;
    double distance = 0.0;
};

struct Comparison {
    std::size_t from = 0;  ///< indices of snapshots
    std::size_t to = 0;
    PhaseKind kind = PhaseKind::none;
    std::vector<ChannelChange> channels;  ///< in the order of the keys
};

/// What of a pair was not compared.
struct NotCompared {
    std::size_t from = 0;
    std::size_t to = 0;
    std::optional<std::size_t> layer;  ///< nothing: no layer at all
    std::string reason;
};

/// Everything that was computed.
struct CompareAnalysis {
    std::vector<Snapshot> snapshots;
    std::vector<std::optional<MeasuredChannels>> measured;  ///< of each snapshot that has phases
    std::vector<Comparison> comparisons;
    std::vector<NotCompared> not_compared;
    std::vector<Column> generator_columns;  ///< of quantities(PhaseKind::selective); empty where nothing has them
    std::vector<Column> frequency_columns;

    [[nodiscard]] const std::vector<Column>& columns(PhaseKind kind) const {
        return kind == PhaseKind::fixed ? frequency_columns : generator_columns;
    }
    [[nodiscard]] const MeasuredChannels& of(std::size_t snapshot) const { return *measured[snapshot]; }
    [[nodiscard]] bool has_steps() const { return snapshots.front().step.has_value(); }
};

/// A pair of snapshots to compare, in the order of its later member.
struct SnapshotPair {
    std::size_t from = 0;
    std::size_t to = 0;
};

/// Those that have phases, each against its reference. Empty where fewer than two have.
[[nodiscard]] std::vector<SnapshotPair> plan_pairs(const std::vector<Snapshot>& snapshots, Reference reference);

/// Layers that both have and that are selected.
[[nodiscard]] std::vector<std::size_t> common_layers(const Snapshot& from, const Snapshot& to);

/// Compares two that are held with their increments; appends to comparisons and not_compared.
void compare_pair(SnapshotPair pair, const PhasesOptions& options, CompareAnalysis& analysis, Context& context);

/// A channel at the comparison in which it is farthest from its reference.
struct MovedChannel {
    const Comparison* comparison = nullptr;
    const ChannelChange* change = nullptr;
    ChannelKey key;
};

/// All channels of a kind that have moved at all, the farthest first; in the order of the keys where equal.
[[nodiscard]] std::vector<MovedChannel> rank_moved(const CompareAnalysis& analysis, PhaseKind kind);

/// The snapshots of a kind that figures put on one axis: those like the first that was compared.
[[nodiscard]] std::vector<std::size_t> drawn_snapshots(const CompareAnalysis& analysis, PhaseKind kind,
                                                       const PhasesOptions& options);

}  // namespace rotoscope
