#include "figure_parts.hpp"

#include <fmt/format.h>

namespace rotoscope {

std::vector<std::size_t> spread_over(const std::vector<std::size_t>& all, std::size_t count) {
    std::vector<std::size_t> chosen;
    for (const std::size_t i : evenly_spaced(all.size(), count)) chosen.push_back(all[i]);
    return chosen;
}

std::string layer_suffix(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    return analysis.model.bare_module ? "" : fmt::format("_layer{}", layer.layer);
}

std::string layer_title(const PhasesAnalysis& analysis, const LayerPhases& layer) {
    return analysis.model.bare_module ? "" : fmt::format("Layer {}: ", layer.layer);
}

}  // namespace rotoscope
