// A page that shows the figures of a result.
#pragma once

#include <string>
#include <vector>

#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// index.html: for each figure that has an SVG among its files, a thumbnail that links to the best file for print, its
/// caption, its files, and the command that draws it; then links to the other `files`. One file of plain HTML without
/// scripts, fonts or anything from elsewhere. `figure_files[i]` are the names of the files of figure i.
[[nodiscard]] std::string to_index_page(const Result& result, const std::vector<std::vector<std::string>>& figure_files,
                                        const std::vector<std::string>& files);

}  // namespace rotoscope
