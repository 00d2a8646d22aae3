// Figures of `rotoscope phases`.
#pragma once

#include "phases_tables.hpp"

#include <string>
#include <vector>

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// The names of the figures that there will be, once it is known which layers have inputs: before they are run.
[[nodiscard]] std::vector<std::string> phases_figure_names(const PhasesAnalysis& analysis);

/// All figures that the analysis has data for.
[[nodiscard]] std::vector<Figure> phases_figures(const PhasesAnalysis& analysis);

}  // namespace rotoscope
