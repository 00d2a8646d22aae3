#include "utf8.hpp"

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t announced_length(unsigned first) {
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first < 0xE0) return 2;
    if (first >= 0xE0 && first < 0xF0) return 3;
    return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

bool well_formed(char32_t code, std::size_t length) {
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    return !overlong && !(code >= 0xD800 && code < 0xE000) && code <= 0x10FFFF;
}

}  // namespace

Utf8Character first_character(std::string_view text) {
    const unsigned first = static_cast<unsigned char>(text.front());
    const std::size_t length = announced_length(first);
    const Utf8Character invalid{first, 1, false};
    if (length == 0 || length > text.size()) return invalid;
    char32_t code = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (!continues(text[i])) return invalid;
        code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    if (!well_formed(code, length)) return invalid;
    return {code, length, true};
}

bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

std::string_view leading(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    for (; end < text.size(); ++end)
        if (!continues(text[end]) && count-- == 0) break;
    return text.substr(0, end);
}

std::string_view trailing(std::string_view text, std::size_t count) {
    std::size_t begin = text.size();
    while (begin > 0 && count > 0)
        if (!continues(text[--begin])) --count;
    return text.substr(begin);
}

std::string shorten_middle(std::string_view text, std::size_t longest) {
    if (display_width(text) <= longest) return std::string(text);
    const std::size_t tail = (longest - 1) / 2;
    return std::string(leading(text, longest - 1 - tail)) + "…" + std::string(trailing(text, tail));
}

}  // namespace rotoscope
