#include "rotoscope/core/figure.hpp"

#include <algorithm>

namespace rotoscope {

std::vector<std::size_t> evenly_spaced(std::size_t size, std::size_t count) {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < std::min(size, count); ++i)
        chosen.push_back(size <= count ? i : i * (size - 1) / (count - 1));
    return chosen;
}

void clear_labels(Panel& panel) {
    for (Mark& mark : panel.marks)
        if (auto* curve = std::get_if<Curve>(&mark)) curve->label.clear();
}

}  // namespace rotoscope
