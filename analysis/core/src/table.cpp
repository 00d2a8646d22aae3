#include "rotoscope/core/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "rotoscope/core/error.hpp"

namespace rotoscope {

Table::Table(std::string name, std::string caption, std::vector<Column> columns)
    : name_(std::move(name)), caption_(std::move(caption)), columns_(std::move(columns)) {
    if (columns_.empty()) throw internal_error(fmt::format("table {} has no columns", name_));
}

const Cell& Table::at(std::size_t row, std::size_t column) const {
    return blocks_.at(row / block_rows).at(row % block_rows * columns_.size() + column);
}

std::size_t Table::column(std::string_view name) const {
    const auto found = std::find_if(columns_.begin(), columns_.end(), [&](const Column& c) { return c.name == name; });
    if (found == columns_.end()) throw internal_error(fmt::format("table {} has no column {}", name_, name));
    return static_cast<std::size_t>(std::distance(columns_.begin(), found));
}

std::vector<Cell>& Table::place_row(std::size_t cells) {
    if (cells != columns_.size())
        throw internal_error(
            fmt::format("a row of {} cells for the {} columns of table {}", cells, columns_.size(), name_));
    if (rows_ % block_rows == 0) {
        blocks_.emplace_back();
        if (rows_ > 0) blocks_.back().reserve(block_rows * columns_.size());
    }
    ++rows_;
    return blocks_.back();
}

void Table::add_row(std::initializer_list<Cell> row) {
    std::vector<Cell>& block = place_row(row.size());
    block.insert(block.end(), row.begin(), row.end());
}

void Table::add_row(std::vector<Cell> row) {
    std::vector<Cell>& block = place_row(row.size());
    block.insert(block.end(), std::make_move_iterator(row.begin()), std::make_move_iterator(row.end()));
}

std::vector<double> Table::numbers(std::string_view column_name) const {
    const std::size_t index = column(column_name);
    std::vector<double> values;
    values.reserve(rows());
    for (std::size_t row = 0; row < rows(); ++row) {
        const Cell& cell = at(row, index);
        if (const auto* real = std::get_if<double>(&cell)) values.push_back(*real);
        else if (const auto* integer = std::get_if<std::int64_t>(&cell))
            values.push_back(static_cast<double>(*integer));
        else if (std::holds_alternative<std::monostate>(cell))
            values.push_back(std::numeric_limits<double>::quiet_NaN());
        else throw internal_error(fmt::format("column {} of table {} holds text", column_name, name_));
    }
    return values;
}

Cell cell_or_missing(double value) { return std::isnan(value) ? Cell() : Cell(value); }

}  // namespace rotoscope
