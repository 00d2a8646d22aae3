#include "rotoscope/core/shell.hpp"

#include <algorithm>
#include <cctype>

#include "rotoscope/core/text.hpp"

namespace rotoscope {

std::string shell_word(std::string_view text) {
    constexpr std::string_view harmless = "%+,-./:=@_";
    const std::string shown = escape_control(text);
    const bool plain = !shown.empty() && std::ranges::all_of(shown, [harmless](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || harmless.find(c) != std::string_view::npos;
    });
    if (plain) return shown;
    std::string quoted = "'";
    for (const char c : shown) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

}  // namespace rotoscope
