// Runs the tool as the command does, and reads its tables.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/leakage/leakage.hpp"

namespace rotoscope::test {

[[nodiscard]] inline Result run_leakage(const LeakageOptions& options, unsigned threads = 2) {
    ThreadPool pool(threads);
    Progress progress(false);
    Context context{pool, progress};
    return analyse_leakage(options, context);
}

[[nodiscard]] inline const Table& table_of(const Result& result, std::string_view name) {
    const auto found = std::ranges::find(result.tables, name, &Table::name);
    if (found == result.tables.end()) throw std::runtime_error("no table " + std::string(name));
    return *found;
}

[[nodiscard]] inline const Figure* figure_of(const Result& result, std::string_view name) {
    const auto found = std::ranges::find(result.figures, name, &Figure::name);
    return found == result.figures.end() ? nullptr : &*found;
}

/// A number of a table; NaN where missing.
[[nodiscard]] inline double number(const Table& table, std::size_t row, std::string_view column) {
    return table.numbers(column).at(row);
}

[[nodiscard]] inline std::string text(const Table& table, std::size_t row, std::string_view column) {
    return std::get<std::string>(table.at(row, table.column(column)));
}

}  // namespace rotoscope::test
