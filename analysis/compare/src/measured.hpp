// A checkpoint's channels as plain numbers.
#pragma once

#include "snapshot.hpp"

#include <compare>
#include <optional>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/phases/measurements.hpp"

namespace rotoscope {

struct ChannelKey {
    std::size_t layer = 0;
    std::size_t head = 0;
    std::size_t channel = 0;  ///< of the head; of fixed RoPE the pair

    auto operator<=>(const ChannelKey&) const = default;
};

struct MeasuredChannels {
    std::size_t snapshot = 0;
    PhaseKind kind = PhaseKind::none;
    std::vector<ChannelKey> keys;             ///< ascending
    std::vector<double> values;               ///< [keys, quantities(kind)]; NaN where missing
    std::vector<double> token_angles;         ///< [channels of layer 0, V], the first keys; empty where not kept
    std::uint64_t vocabulary = 0;             ///< V of token_angles
    std::vector<LayerIncrements> increments;  ///< while it is compared with others

    [[nodiscard]] std::optional<std::size_t> find(const ChannelKey& key) const;
    [[nodiscard]] double value(std::size_t row, std::size_t quantity) const;
    /// NaN where the key is not there.
    [[nodiscard]] double value(const ChannelKey& key, std::size_t quantity) const;
    /// The finite increments of a channel; empty where its layer has no inputs.
    [[nodiscard]] std::vector<double> increments_of(const ChannelKey& key) const;
};

/// A unit and description for each quantity, from the tables of `phases`.
[[nodiscard]] std::vector<Column> quantity_columns(PhaseKind kind, const Table& channels);

/// Numbers of all checkpoints together above which they are refused: 128 MiB.
inline constexpr std::size_t most_numbers = std::size_t{1} << 24;
/// Rows above which a table is left out: about 100 MiB of cells.
inline constexpr std::size_t most_rows = 100'000;

/// The measurements as numbers. Token angles are kept where `checkpoints` times as many make a table.
[[nodiscard]] MeasuredChannels read_channels(std::size_t snapshot, PhaseKind kind, PhaseMeasurements measured,
                                             std::size_t checkpoints);

}  // namespace rotoscope
