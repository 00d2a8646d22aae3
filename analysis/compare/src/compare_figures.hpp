// Figures of `rotoscope compare`.
#pragma once

#include "comparison.hpp"

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// The names of the figures that there may be, before anything is measured.
[[nodiscard]] std::vector<std::string> compare_figure_names(const std::vector<Snapshot>& snapshots,
                                                            const CompareOptions& options);

[[nodiscard]] std::vector<Figure> compare_figures(const CompareAnalysis& analysis, const CompareOptions& options);

}  // namespace rotoscope
