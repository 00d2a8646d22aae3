// What the figures of `compare` share: the snapshots along one axis, and the curves of channels over it.
#pragma once

#include "comparison.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// The snapshots that figures of a kind show, and the channels that the first of them has.
struct DrawnRun {
    const CompareAnalysis& analysis;
    PhaseKind kind;
    std::vector<std::size_t> snapshots;
    std::vector<MovedChannel> ranked;

    [[nodiscard]] const std::vector<ChannelKey>& keys() const { return analysis.of(snapshots.front()).keys; }
    [[nodiscard]] std::vector<std::size_t> layers() const;
    /// What is printed below each figure.
    [[nodiscard]] std::string note() const;
    /// "step 0 to 15,210", or the labels: for captions.
    [[nodiscard]] std::string span() const;
};

/// "15,210" as a tick has it: 15.2k.
[[nodiscard]] std::string short_count(std::uint64_t count);

/// Where the snapshots are along x: by step, on a linear scale, or where steps differ by more than a factor of 20 as
/// ln(1 + step/smallest step above 0); by number where there are no steps.
struct SnapshotAxis {
    std::vector<double> positions;
    Axis axis;
};

/// `columns`: panels side by side, which leave room for fewer tick labels.
[[nodiscard]] SnapshotAxis snapshot_axis(const DrawnRun& run, std::size_t columns);

/// One channel's value in each of the run's snapshots.
using ChannelValue = std::function<double(const MeasuredChannels&, const ChannelKey&)>;

[[nodiscard]] ChannelValue value_of(PhaseKind kind, std::string_view quantity);

/// Thin curves of all channels, at most 256 evenly spaced, and in colour with markers and a legend those named.
void add_channel_curves(const DrawnRun& run, const SnapshotAxis& axis, const std::vector<ChannelKey>& all,
                        const std::vector<ChannelKey>& named, const ChannelValue& value, Panel& panel);

/// "head 1, channel 14".
[[nodiscard]] std::string channel_label(PhaseKind kind, const ChannelKey& key);

/// How the i-th of up to four named curves looks.
[[nodiscard]] Marker named_marker(std::size_t i);
[[nodiscard]] Dash named_dash(std::size_t i);

[[nodiscard]] Figure token_angle_figure(const DrawnRun& run);
[[nodiscard]] Figure token_range_figure(const DrawnRun& run);
[[nodiscard]] Figure increment_figure(const DrawnRun& run, std::size_t layer);
[[nodiscard]] Figure trajectory_figure(const DrawnRun& run);
[[nodiscard]] Figure distance_figure(const DrawnRun& run);
[[nodiscard]] Figure moved_figure(const DrawnRun& run);

}  // namespace rotoscope
