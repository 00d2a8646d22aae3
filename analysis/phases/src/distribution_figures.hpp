// Figures of how increments are distributed and accumulate.
#pragma once

#include "phases_tables.hpp"

#include "rotoscope/core/figure.hpp"

namespace rotoscope {

/// Roses of a sampled layer's increments, heads by channels, at most 8 by 6 of the selected ones.
[[nodiscard]] Figure rose_figure(const PhasesAnalysis& analysis, const LayerPhases& layer);

/// A sampled layer's learned frequencies against the schedule of its temperatures.
[[nodiscard]] Figure frequency_figure(const PhasesAnalysis& analysis, const LayerPhases& layer);

/// Accumulated angles of chosen channels of a sampled layer, with drift and diffusion.
[[nodiscard]] Figure path_figure(const PhasesAnalysis& analysis, const LayerPhases& layer);

/// Half-lives and effective windows of all layers' forget gates.
[[nodiscard]] Figure forget_figure(const PhasesAnalysis& analysis);

}  // namespace rotoscope
