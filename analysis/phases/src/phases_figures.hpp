// Figures of `rotoscope phases`.
#pragma once

#include "phases_tables.hpp"

#include <vector>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// All figures that the analysis has data for.
[[nodiscard]] std::vector<Figure> phases_figures(const PhasesAnalysis& analysis);

}  // namespace rotoscope
