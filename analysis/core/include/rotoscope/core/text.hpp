// Text that is safe to print and numbers that read back as themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

/// The shortest decimal string that reads back as exactly `value` (std::to_chars; no locale);
/// "nan", "inf" or "-inf" where it is not finite.
[[nodiscard]] std::string format_shortest(double value);

/// format_shortest as JSON has it: "NaN", "Infinity" and "-Infinity" as strings, and -0.0 for the zero that readers
/// would take -0 for, the integer.
[[nodiscard]] std::string json_number(double value);

/// `value` rounded to `digits` significant digits, for people: 0.000123, 4.57e-09, 12300, "nan", "-inf".
[[nodiscard]] std::string format_significant(double value, int digits);

/// A number as figures write it: each hyphen a minus sign, −1.5.
[[nodiscard]] std::string with_minus_signs(std::string_view number);

/// Bytes with a binary prefix, as in "4.0 GiB"; exact below 1 KiB.
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

/// A count with thousands separators, as in "1,048,576".
[[nodiscard]] std::string format_count(std::uint64_t count);

/// Whether every byte belongs to a valid UTF-8 character (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view text);

/// Control characters and bytes that are not UTF-8 as \n, \t or \xHH; every other character as it is.
[[nodiscard]] std::string escape_control(std::string_view text);

/// escape_control between single quotes, the middle left out beyond `longest` bytes: for names in messages.
[[nodiscard]] std::string quote(std::string_view text, std::size_t longest = 120);

/// The candidate nearest to `word` by edit distance, or "" where none is within a third of its length (at least 1).
[[nodiscard]] std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// Columns that `text` takes in a terminal, one for each code point: right for Latin, Greek and box drawing.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace rotoscope
