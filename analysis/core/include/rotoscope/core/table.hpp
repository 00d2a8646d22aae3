// A table as plain data: what CSV, JSON, LaTeX and the terminal show.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rotoscope {

/// One cell: missing, an integer, a real number (NaN and infinities are values, not missing), or text.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

/// What a column holds. `unit` is empty for pure numbers and text.
struct Column {
    std::string name;
    std::string unit;
    std::string description;
};

/// A named table: columns with units and descriptions, and rows of as many cells.
class Table {
public:
    Table(std::string name, std::string caption, std::vector<Column> columns);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& caption() const noexcept { return caption_; }
    [[nodiscard]] const std::vector<Column>& columns() const noexcept { return columns_; }
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] const Cell& at(std::size_t row, std::size_t column) const;

    /// The index of a column; throws Error (internal) where there is none of that name.
    [[nodiscard]] std::size_t column(std::string_view name) const;

    /// Appends a row; throws Error (internal) unless there is one cell for each column.
    void add_row(std::initializer_list<Cell> row);
    void add_row(std::vector<Cell> row);

    /// The column as numbers, NaN where missing; throws Error (internal) where it holds text.
    [[nodiscard]] std::vector<double> numbers(std::string_view column_name) const;

private:
    std::string name_;
    std::string caption_;
    std::vector<Column> columns_;
    /// Where a row of so many cells goes.
    [[nodiscard]] std::vector<Cell>& place_row(std::size_t cells);

    static constexpr std::size_t block_rows = 1024;
    std::size_t rows_ = 0;
    std::vector<std::vector<Cell>> blocks_;  // row-major, block_rows rows in all but the last: growing moves few cells
};

/// A cell from any integer: the table stores 64 bits with sign.
template <std::integral Integer>
[[nodiscard]] Cell integer_cell(Integer value) {
    return static_cast<std::int64_t>(value);
}

/// A number, or a missing cell for NaN.
[[nodiscard]] Cell cell_or_missing(double value);

}  // namespace rotoscope
