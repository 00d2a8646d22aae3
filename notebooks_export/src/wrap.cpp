#include "wrap.hpp"

#include "utf8.hpp"

#include "rotoscope/core/text.hpp"

namespace rotoscope {

std::vector<std::string> wrap(std::string_view text, double longest,
                              const std::function<double(std::string_view)>& measure) {
    std::vector<std::string> lines(1);
    const auto append = [&](std::string_view piece, std::string_view before) {
        const std::string grown = lines.back() + std::string(before) + std::string(piece);
        const bool fits = lines.back().empty() || measure(grown) <= longest;
        if (fits) lines.back() = grown;
        else lines.emplace_back(piece);
    };
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        const std::string_view word = text.substr(begin, end - begin);
        if (measure(word) <= longest) {
            append(word, begin == 0 ? "" : " ");
        } else {
            lines.emplace_back();
            for_each_character(word, [&](Utf8Character, std::string_view bytes) { append(bytes, ""); });
        }
        begin = end + 1;
    }
    if (lines.size() > 1 && lines.front().empty()) lines.erase(lines.begin());
    return lines;
}

std::vector<std::string> wrap_columns(std::string_view text, std::size_t columns) {
    return wrap(text, static_cast<double>(columns),
                [](std::string_view piece) { return static_cast<double>(display_width(piece)); });
}

}  // namespace rotoscope
