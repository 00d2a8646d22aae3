// How wide a text is in print: what the layout needs to know of the fonts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

/// A font family of style.hpp at a size in points.
struct Font {
    std::string_view family;
    double size;
};

/// The advance width of `text` in points, without kerning. ASCII is exact; other characters count as an average one
/// of their kind (Greek, sign, ideograph).
[[nodiscard]] double text_width(std::string_view text, const Font& font);

/// A text made to fit into `width` points: set smaller, down to `smallest`; then without its middle.
struct FittedText {
    std::string text;
    double size;
};
[[nodiscard]] FittedText fit_text(std::string_view text, const Font& font, double width, double smallest);

/// `text` broken into lines of at most `width` points.
[[nodiscard]] std::vector<std::string> wrap_text(std::string_view text, const Font& font, double width);

}  // namespace rotoscope
