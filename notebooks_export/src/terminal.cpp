#include "rotoscope/notebooks_export/terminal.hpp"

#include "utf8.hpp"
#include "wrap.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t line_width = 80;
constexpr std::size_t longest_key = 24;
constexpr std::size_t narrowest = 8;  // what a text column may be cut to
constexpr int digits = 4;

/// A column as text: the two header lines and the rows, unpadded.
struct TextColumn {
    std::string name;
    std::string unit;
    std::vector<std::string> cells;
    bool text = false;  // stands left and may be shortened
    std::size_t width = 0;
};

struct CellText {
    std::string operator()(std::monostate) const { return "-"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return format_significant(value, digits); }
    std::string operator()(const std::string& value) const { return escape_control(value); }
};

std::size_t decimals(std::string_view number) {
    const std::size_t point = number.find('.');
    return point == std::string_view::npos ? 0 : number.size() - point;
}

bool is_number(std::string_view cell) { return cell.find_first_of("0123456789") != std::string_view::npos; }

/// Pads on the right until the decimal points of plain numbers are below each other.
void align_decimals(std::vector<std::string>& cells) {
    std::size_t most = 0;
    for (const std::string& cell : cells) {
        if (cell.find('e') != std::string::npos) return;
        most = std::max(most, decimals(cell));
    }
    for (std::string& cell : cells)
        if (is_number(cell)) cell.append(most - decimals(cell), ' ');
}

std::size_t widest(const TextColumn& column) {
    std::size_t width = std::max(display_width(column.name), display_width(column.unit));
    for (const std::string& cell : column.cells) width = std::max(width, display_width(cell));
    return width;
}

TextColumn text_column(const Table& table, std::size_t index) {
    const Column& header = table.columns()[index];
    TextColumn column{escape_control(header.name), {}, {}, false, 0};
    if (!header.unit.empty()) column.unit = escape_control("(" + header.unit + ")");
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const Cell& cell = table.at(row, index);
        column.text = column.text || std::holds_alternative<std::string>(cell);
        column.cells.push_back(std::visit(CellText{}, cell));
    }
    if (!column.text) align_decimals(column.cells);
    column.width = widest(column);
    return column;
}

std::size_t total_width(const std::vector<TextColumn>& columns) {
    std::size_t width = 0;
    for (const TextColumn& column : columns) width += 2 + column.width;
    return width;
}

/// Narrows text columns, the widest first, then drops columns from the right; returns the names of the dropped ones.
std::string fit(std::vector<TextColumn>& columns) {
    const auto shrinkable = [](const TextColumn& column) { return column.text ? column.width : 0; };
    const auto narrower = [&](const auto& a, const auto& b) { return shrinkable(a) < shrinkable(b); };
    std::string dropped;
    while (total_width(columns) > line_width) {
        const auto longest = std::max_element(columns.begin(), columns.end(), narrower);
        if (shrinkable(*longest) > narrowest) {
            --longest->width;
        } else if (columns.size() > 1) {
            dropped = columns.back().name + (dropped.empty() ? "" : ", " + dropped);
            columns.pop_back();
        } else {
            columns.front().width = line_width - 2;
        }
    }
    return dropped;
}

std::string pad(std::string_view cell, const TextColumn& column) {
    std::string text = shorten_middle(cell, column.width);
    const std::string blank(column.width - display_width(text), ' ');
    return "  " + (column.text ? text + blank : blank + text);
}

void append_line(std::string& lines, std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    lines += line + "\n";
}

template <class Cell>
void append_row(std::string& lines, const std::vector<TextColumn>& columns, const Cell& cell) {
    std::string line;
    for (const TextColumn& column : columns) line += pad(cell(column), column);
    append_line(lines, std::move(line));
}

std::string render_table(const Table& table) {
    std::vector<TextColumn> columns;
    for (std::size_t index = 0; index < table.columns().size(); ++index) columns.push_back(text_column(table, index));
    const std::string dropped = fit(columns);

    std::string lines;
    const std::string heading = table.name() + (table.caption().empty() ? "" : ": " + table.caption());
    for (const std::string& line : wrap_columns(escape_control(heading), line_width)) append_line(lines, line);
    append_row(lines, columns, [](const TextColumn& column) -> std::string_view { return column.name; });
    if (std::any_of(columns.begin(), columns.end(), [](const auto& column) { return !column.unit.empty(); }))
        append_row(lines, columns, [](const TextColumn& column) -> std::string_view { return column.unit; });
    std::string rule = "  ";
    for (std::size_t i = 2; i < total_width(columns); ++i) rule += "─";
    append_line(lines, rule);
    for (std::size_t row = 0; row < table.rows(); ++row)
        append_row(lines, columns, [row](const TextColumn& column) -> std::string_view { return column.cells[row]; });
    if (table.rows() == 0) append_line(lines, "  (no rows)");
    if (!dropped.empty())
        for (const std::string& line : wrap_columns("  not shown: " + dropped, line_width)) append_line(lines, line);
    return lines;
}

std::string render_summary(const std::vector<std::pair<std::string, std::string>>& summary) {
    std::size_t key_width = 0;
    for (const auto& [key, value] : summary)
        key_width = std::max(key_width, std::min(longest_key, display_width(escape_control(key))));
    std::string lines;
    for (const auto& [key, value] : summary) {
        std::string start = shorten_middle(escape_control(key), key_width);
        start.append(key_width + 2 - display_width(start), ' ');
        for (const std::string& line : wrap_columns(escape_control(value), line_width - key_width - 2)) {
            append_line(lines, start + line);
            start.assign(key_width + 2, ' ');
        }
    }
    return lines;
}

}  // namespace

std::string render_terminal(const Result& result) {
    std::string text = render_summary(result.summary);
    for (const Table& table : result.terminal) {
        if (!text.empty()) text += "\n";
        text += render_table(table);
    }
    return text;
}

}  // namespace rotoscope
