// The marks of a panel as data blocks and plot elements.
#pragma once

#include "layout.hpp"

#include <string>
#include <vector>

namespace rotoscope {

/// `blocks` go before the first plot, `elements` into the plot command, `settings` before it.
struct GnuplotMarks {
    std::string blocks;
    std::string settings;
    std::vector<std::string> elements;
};

/// `prefix` makes the names of the data blocks unique in the script.
[[nodiscard]] GnuplotMarks gnuplot_marks(const Panel& panel, const FigureLayout& figure, const PanelLayout& layout,
                                         const std::string& prefix);

}  // namespace rotoscope
