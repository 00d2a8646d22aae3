#include "svg.hpp"

#include <algorithm>
#include <cstdio>
#include <regex>
#include <sstream>

namespace rotoscope::test {
namespace {

template <class Visit>
void for_each_match(const std::string& text, const std::regex& pattern, const Visit& visit) {
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) visit(*match);
}

Rgb rgb_of(const std::smatch& match) { return {std::stoi(match[1]), std::stoi(match[2]), std::stoi(match[3])}; }

}  // namespace

Rgb parse_rgb(const std::string& hexadecimal) {
    const int value = std::stoi(hexadecimal.substr(1), nullptr, 16);
    return {value >> 16, value >> 8 & 255, value & 255};
}

std::set<Rgb> colors_of(const std::string& svg) {
    std::set<Rgb> colors;
    const std::regex pattern(R"(rgb\( *(\d+), *(\d+), *(\d+)\))");
    for_each_match(svg, pattern, [&](const std::smatch& match) { colors.insert(rgb_of(match)); });
    return colors;
}

std::vector<Cell> cells_of(const std::string& svg, double smallest) {
    std::vector<Cell> cells;
    const std::regex pattern(R"(<polygon fill = 'rgb\( *(\d+), *(\d+), *(\d+)\)' points = '([^']*)')");
    for_each_match(svg, pattern, [&](const std::smatch& match) {
        std::istringstream points(match[4].str());
        std::vector<double> x;
        std::vector<double> y;
        double value = 0.0;
        for (char comma = ' '; points >> value;) {
            x.push_back(value);
            points >> comma >> value;
            y.push_back(value);
        }
        const auto [left, right] = std::minmax_element(x.begin(), x.end());
        const auto [top, bottom] = std::minmax_element(y.begin(), y.end());
        if (*right - *left >= smallest)
            cells.push_back({(*left + *right) / 2, (*top + *bottom) / 2, *right - *left, rgb_of(match)});
    });
    return cells;
}

std::vector<std::string> texts_of(const std::string& svg) {
    std::vector<std::string> texts;
    for_each_match(svg, std::regex(R"(<text[^>]*>(.*)</text>)"), [&](const std::smatch& match) {
        std::string text = std::regex_replace(match[1].str(), std::regex("<[^>]*>"), "");
        text = std::regex_replace(text, std::regex("&lt;"), "<");
        text = std::regex_replace(text, std::regex("&gt;"), ">");
        texts.push_back(std::regex_replace(text, std::regex("&amp;"), "&"));
    });
    return texts;
}

}  // namespace rotoscope::test
