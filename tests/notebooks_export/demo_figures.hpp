// Figures such as the tools draw, for the tests of the renderer and for looking at.
#pragma once

#include <vector>

#include "rotoscope/core/figure.hpp"

namespace rotoscope::test {

[[nodiscard]] Figure heat_map_figure();
[[nodiscard]] Figure stem_figure();
[[nodiscard]] Figure rose_figure();
[[nodiscard]] Figure error_figure();
[[nodiscard]] Figure response_figure();
[[nodiscard]] Figure histogram_figure();

/// All of the above.
[[nodiscard]] std::vector<Figure> demo_figures();

}  // namespace rotoscope::test
