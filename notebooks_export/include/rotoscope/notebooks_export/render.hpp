// Scripts to pictures, by gnuplot and rsvg-convert. The same bytes for any locale and at any time.
#pragma once

#include <string>

#include "rotoscope/notebooks_export/style.hpp"

namespace rotoscope {

/// Throws Error (output) that names the Debian package where the style's font is not installed, or fc-match is not.
void require_font(Style style);

/// The SVG that gnuplot draws from the script. All three throw Error (output): where the program is missing, naming its
/// Debian package; or where it fails, with the first line of what it says.
[[nodiscard]] std::string render_svg(const std::string& script);

/// One page, one point for each unit of the SVG, fonts embedded as TrueType.
[[nodiscard]] std::string render_pdf(const std::string& svg);

/// At 300 dots per inch.
[[nodiscard]] std::string render_png(const std::string& svg);

}  // namespace rotoscope
