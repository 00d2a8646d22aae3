// What the figures of a layer share: which heads and channels they show, and what they are called.
#pragma once

#include "phases_tables.hpp"

#include <string>
#include <vector>

namespace rotoscope {

/// `count` of the indices, evenly spaced, the first and the last among them.
[[nodiscard]] std::vector<std::size_t> spread_over(const std::vector<std::size_t>& all, std::size_t count);

/// "_layer3", or "" for a bare module: the end of a figure's name.
[[nodiscard]] std::string layer_suffix(const PhasesAnalysis& analysis, const LayerPhases& layer);

/// "Layer 3: ", or "" for a bare module: the beginning of a caption.
[[nodiscard]] std::string layer_title(const PhasesAnalysis& analysis, const LayerPhases& layer);

}  // namespace rotoscope
