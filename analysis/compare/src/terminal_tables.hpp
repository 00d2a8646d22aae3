// What `rotoscope compare` shows on the terminal: a few rows of few columns.
#pragma once

#include "comparison.hpp"

#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// The checkpoints, one row each.
void add_terminal_checkpoints(const CompareAnalysis& analysis, Result& result);

/// The comparisons of a kind, and what moved most in them.
void add_terminal_tables(const CompareAnalysis& analysis, PhaseKind kind, const std::vector<MovedChannel>& ranked,
                         Result& result);

}  // namespace rotoscope
