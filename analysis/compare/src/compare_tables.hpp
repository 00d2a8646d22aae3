// Tables of `rotoscope compare`.
#pragma once

#include "comparison.hpp"

#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// All tables, for files and the terminal; what is too long to list is a note.
void add_compare_tables(const CompareAnalysis& analysis, Result& result);

/// "channel 14 of head 1" in short: "1·14", or with layers "0·1·14".
[[nodiscard]] std::string key_label(const ChannelKey& key, bool layers);

/// Whether the compared channels are of more than one layer.
[[nodiscard]] bool has_layers(const CompareAnalysis& analysis, PhaseKind kind);

/// A snapshot as people call it: "step 300", or its label.
[[nodiscard]] std::string snapshot_label(const Snapshot& snapshot);

}  // namespace rotoscope
