// Histograms of the increments, wrapped and not, as a table.
#pragma once

#include "phases_tables.hpp"

namespace rotoscope {

/// Channels, those of all layers together, above which there is no table: it has 36 rows for each.
inline constexpr std::size_t most_histograms = 1024;

/// The selected channels of all layers that were run.
[[nodiscard]] std::size_t count_histograms(const PhasesAnalysis& analysis);

/// One row for each bin of each channel: the wrapped histogram of d over [−π, π) and the unwrapped one over [min d,
/// max d], of the finite increments among the rows that figures draw.
[[nodiscard]] Table histogram_table(const PhasesAnalysis& analysis);

}  // namespace rotoscope
