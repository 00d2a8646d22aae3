// What is compared of each channel, and how a change of it is measured.
#pragma once

#include "snapshot.hpp"

#include <span>
#include <string_view>

#include "rotoscope/core/figure.hpp"
#include "rotoscope/core/table.hpp"

namespace rotoscope {

enum class ChangeKind {
    difference,  ///< to − from
    log_ratio,   ///< ln(to/from), for what is above 0 by nature
    turn,        ///< to − from modulo 2π, in [−π, π]
};

struct Quantity {
    std::string_view name;  ///< column of the table `channels` or `frequencies`, or token_range
    ChangeKind change;
    std::string_view label;  ///< of the axis of its panel in the figure of trajectories; empty: it has none
    Scale scale = Scale::linear;
};

/// Of a phase generator's channels, or of a fixed RoPE's pairs.
[[nodiscard]] std::span<const Quantity> quantities(PhaseKind kind);

/// The index of a quantity; throws Error (internal) where there is none of that name.
[[nodiscard]] std::size_t quantity_index(PhaseKind kind, std::string_view name);

/// A change from one value to another, 0 where they are equal (infinite ones, too); NaN where either is, and for a
/// ratio of numbers that are not both above 0.
[[nodiscard]] double change_of(ChangeKind kind, double from, double to);

/// The column of a quantity's change: its name with _change, _log_ratio or _turn.
[[nodiscard]] Column change_column(const Quantity& quantity, std::string_view unit);

/// Names that begin tables and figures of a kind: "" or "frequency_".
[[nodiscard]] std::string_view name_prefix(PhaseKind kind);

/// What a kind's channels are called: "channel" or "pair".
[[nodiscard]] std::string_view channel_word(PhaseKind kind);

/// The distance's column description, and its unit.
[[nodiscard]] Column distance_column(PhaseKind kind);

}  // namespace rotoscope
