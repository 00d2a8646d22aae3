#include "markdown.hpp"

#include <fmt/format.h>

#include <cctype>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::string_view harmless_in_markdown = " ,.;:/%?-'=";

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::string html_row(const std::vector<std::string>& cells, std::string_view tag) {
    std::string row = "<tr>";
    for (const std::string& cell : cells) row += fmt::format("<{0}>{1}</{0}>", tag, escape_markdown(cell));
    return row + "</tr>\n";
}

}  // namespace

std::string escape_markdown(std::string_view text) {
    std::string escaped;
    for (const char c : escape_control(text)) {
        const bool ascii = static_cast<unsigned char>(c) < 0x80;
        if (!ascii || is_letter_or_digit(c) || harmless_in_markdown.find(c) != std::string_view::npos) escaped += c;
        else escaped += fmt::format("&#{};", static_cast<int>(c));
    }
    return escaped;
}

std::string markdown_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
    const auto line = [](const std::vector<std::string>& cells) {
        std::string text = "|";
        for (const std::string& cell : cells) text += " " + escape_markdown(cell) + " |";
        return text + "\n";
    };
    std::string text = line(header) + "|";
    for (std::size_t i = 0; i < header.size(); ++i) text += " --- |";
    text += "\n";
    for (const std::vector<std::string>& row : rows) text += line(row);
    return text;
}

std::string html_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
    std::string text = "<table>\n" + html_row(header, "th");
    for (const std::vector<std::string>& row : rows) text += html_row(row, "td");
    return text + "</table>";
}

}  // namespace rotoscope
