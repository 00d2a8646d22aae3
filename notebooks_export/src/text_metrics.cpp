#include "text_metrics.hpp"

#include "utf8.hpp"
#include "wrap.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

// Advance widths of ' ' … '~' in thousandths of an em: the hmtx tables of the Liberation fonts, version 1.07.4.
constexpr std::array<std::uint16_t, 95> serif_widths{
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
    556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
    722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
    278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
};
constexpr std::array<std::uint16_t, 95> sans_widths{
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584,
};

/// Outside ASCII, in thousandths of an em.
double unusual_width(char32_t code) {
    if (code == U'·') return 290.0;
    if (code == U'…' || code == U'—') return 1000.0;
    return code < 0x2E80 ? 560.0 : 1000.0;  // above: ideographs and emoji
}

}  // namespace

double text_width(std::string_view text, const Font& font) {
    const auto& widths = font.family.ends_with("Sans") ? sans_widths : serif_widths;
    double thousandths = 0.0;
    for_each_character(text, [&](Utf8Character character, std::string_view) {
        const bool ascii = character.code >= U' ' && character.code <= U'~';
        thousandths += ascii ? widths[character.code - U' '] : unusual_width(character.code);
    });
    return thousandths * font.size / 1000.0;
}

FittedText fit_text(std::string_view text, const Font& font, double width, double smallest) {
    const double natural = text_width(text, font);
    constexpr double rounding = 1e-9;  // a width that was computed for this very text is enough
    if (natural <= width + rounding) return {std::string(text), font.size};
    const double size = std::max(smallest, font.size * width / natural);
    std::string fitted(text);
    for (std::size_t length = display_width(text); length > 1 && text_width(fitted, {font.family, size}) > width;)
        fitted = shorten_middle(text, --length);
    return {fitted, size};
}

std::vector<std::string> wrap_text(std::string_view text, const Font& font, double width) {
    return wrap(text, width, [&](std::string_view piece) { return text_width(piece, font); });
}

}  // namespace rotoscope
