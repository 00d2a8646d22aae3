#include "rotoscope/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

namespace rotoscope {
namespace {

struct Utf8Character {
    std::size_t length;  ///< in bytes; 0 where there is none
    unsigned code;
};

/// The UTF-8 character at the front of `text` (RFC 3629).
Utf8Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) -> unsigned { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return {1, first};
    const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    if (length == 0 || text.size() < length) return {0, 0};
    unsigned code = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {0, 0};
        code = code << 6 | (byte(i) & 0x3F);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool invalid = (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF;
    return {overlong || invalid ? 0 : length, code};
}

/// Bytes of the character at the front of `text`, or 0 where it is none or a control character (C0, DEL, C1, and the
/// separators, bidirectional controls and invisible characters that can disguise a message).
std::size_t printable_character(std::string_view text) {
    const auto [length, code] = first_character(text);
    const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C ||
                         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
                         (code >= 0x2060 && code <= 0x2069) || code == 0xFEFF;
    return control ? 0 : length;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
        }
    }
    return row.back();
}

}  // namespace

std::string format_shortest(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    std::array<char, 32> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), result.ptr};
}

std::string json_number(double value) {
    if (std::isnan(value)) return "\"NaN\"";
    if (std::isinf(value)) return value > 0.0 ? "\"Infinity\"" : "\"-Infinity\"";
    return value == 0.0 && std::signbit(value) ? "-0.0" : format_shortest(value);
}

std::string format_significant(double value, int digits) {
    if (!std::isfinite(value)) return format_shortest(value);
    std::string text = fmt::format("{:.{}g}", value, digits);
    return text == "-0" ? "0" : text;
}

std::string with_minus_signs(std::string_view number) {
    std::string text;
    for (const char c : number) {
        if (c == '-') text += "−";
        else text += c;
    }
    return text;
}

std::string format_bytes(std::uint64_t bytes) {
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    double scaled = static_cast<double>(bytes) / 1024.0;
    std::size_t unit = 0;
    // From 1023.95 on, one decimal would print 1024.0 of the smaller unit.
    for (; scaled >= 1023.95 && unit + 1 < units.size(); ++unit) scaled /= 1024.0;
    return fmt::format("{:.1f} {}", scaled, units[unit]);
}

std::string format_count(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, ",");
    return digits;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = first_character(text).length;
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string escape_control(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    const auto is_plain = [](char byte) { return byte >= 0x20 && byte < 0x7F; };
    while (!text.empty()) {
        // Nearly all text is ASCII: taken in runs.
        const auto plain =
            static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
        if (const std::size_t length = plain > 0 ? plain : printable_character(text); length > 0) {
            escaped += text.substr(0, length);
            text.remove_prefix(length);
            continue;
        }
        const char byte = text.front();
        if (byte == '\n') escaped += "\\n";
        else if (byte == '\t') escaped += "\\t";
        else escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
        text.remove_prefix(1);
    }
    return escaped;
}

std::string quote(std::string_view text, std::size_t longest) {
    if (text.size() <= longest) return "'" + escape_control(text) + "'";
    const auto inside_character = [&](std::size_t i) { return (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80; };
    std::size_t end = (longest - 3) / 2;
    std::size_t begin = text.size() - end;
    // A character has at most three bytes after its first; longer runs are no UTF-8, and may be cut anywhere.
    for (int i = 0; i < 3 && end > 0 && inside_character(end); ++i) --end;
    for (int i = 0; i < 3 && begin < text.size() && inside_character(begin); ++i) ++begin;
    return "'" + escape_control(text.substr(0, end)) + "..." + escape_control(text.substr(begin)) + "'";
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
    std::string nearest;
    std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best) {
            best = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace rotoscope
