// UTF-8 taken apart, for writers that treat characters one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rotoscope {

/// A character at the front of a text: its code point and its bytes. `valid` is false for a byte that is not part of
/// UTF-8 (RFC 3629); `code` is then the byte.
struct Utf8Character {
    char32_t code = 0;
    std::size_t bytes = 1;
    bool valid = false;
};

/// The character at the front of `text`, which must not be empty.
[[nodiscard]] Utf8Character first_character(std::string_view text);

/// Calls visit(character, its bytes) for each character in order.
template <class Visit>
void for_each_character(std::string_view text, const Visit& visit) {
    while (!text.empty()) {
        const Utf8Character character = first_character(text);
        visit(character, text.substr(0, character.bytes));
        text.remove_prefix(character.bytes);
    }
}

/// C0, DEL, C1, and the separators and bidirectional controls that can disguise a text.
[[nodiscard]] bool is_control(char32_t code);

/// The first `count` and the last `count` code points of valid UTF-8.
[[nodiscard]] std::string_view leading(std::string_view text, std::size_t count);
[[nodiscard]] std::string_view trailing(std::string_view text, std::size_t count);

/// `text`, or its two ends around an ellipsis where it has more than `longest` code points. longest ≥ 1.
[[nodiscard]] std::string shorten_middle(std::string_view text, std::size_t longest);

}  // namespace rotoscope
