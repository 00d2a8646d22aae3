// The tool as a function, and its tables by row.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/rff/rff.hpp"

namespace rotoscope::test {

inline Result run_rff(const RffOptions& options, unsigned threads = 2) {
    ThreadPool pool(threads);
    Progress progress(false);
    Context context{pool, progress};
    return compare_features(options, context);
}

inline const Table& table_of(const Result& result, std::string_view name) {
    const auto found = std::ranges::find(result.tables, name, &Table::name);
    if (found == result.tables.end()) throw std::out_of_range("no table " + std::string(name));
    return *found;
}

inline bool has_figure(const Result& result, std::string_view name) {
    return std::ranges::find(result.figures, name, &Figure::name) != result.figures.end();
}

inline const Figure& figure_of(const Result& result, std::string_view name) {
    const auto found = std::ranges::find(result.figures, name, &Figure::name);
    if (found == result.figures.end()) throw std::out_of_range("no figure " + std::string(name));
    return *found;
}

inline bool is_missing(const Table& table, std::size_t row, std::string_view column) {
    return std::holds_alternative<std::monostate>(table.at(row, table.column(column)));
}

inline double number(const Table& table, std::size_t row, std::string_view column) {
    const Cell& cell = table.at(row, table.column(column));
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*integer);
    return std::get<double>(cell);
}

/// The rows whose cells equal those asked for: text as it is, numbers to 1e-9.
inline std::vector<std::size_t> rows_where(const Table& table, const std::vector<std::pair<std::string, Cell>>& cells) {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const bool all = std::ranges::all_of(cells, [&](const auto& wanted) {
            const Cell& cell = table.at(row, table.column(wanted.first));
            if (std::holds_alternative<std::string>(wanted.second)) return cell == wanted.second;
            if (std::holds_alternative<std::string>(cell)) return false;
            const double expected = std::get<double>(wanted.second);
            const double value = number(table, row, wanted.first);
            return value == expected || std::abs(value - expected) < 1e-9;
        });
        if (all) rows.push_back(row);
    }
    return rows;
}

inline std::size_t row_where(const Table& table, const std::vector<std::pair<std::string, Cell>>& cells) {
    const std::vector<std::size_t> rows = rows_where(table, cells);
    if (rows.empty()) throw std::out_of_range("no such row of " + table.name());
    return rows.front();
}

inline bool mentions(const std::vector<std::string>& notes, std::string_view text) {
    return std::ranges::any_of(notes, [&](const std::string& note) { return note.find(text) != std::string::npos; });
}

}  // namespace rotoscope::test
