#include "rotoscope/core/table.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

Table sample() {
    Table table("sample", "A caption.", {{"n", "", "a number"}, {"x", "rad", "an angle"}, {"name", "", "a name"}});
    table.add_row({integer_cell(3U), 0.5, "first"});
    table.add_row({Cell(), HUGE_VAL, "second"});
    return table;
}

template <class Function>
ExitCode code_of(const Function& function) {
    try {
        function();
    } catch (const Error& error) {
        return error.code();
    }
    return ExitCode::done;
}

TEST(Table, HoldsWhatIsAdded) {
    const Table table = sample();
    EXPECT_EQ(table.rows(), 2U);
    EXPECT_EQ(std::get<std::int64_t>(table.at(0, 0)), 3);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(table.at(1, 0)));
    EXPECT_EQ(std::get<double>(table.at(1, 1)), HUGE_VAL);
    EXPECT_EQ(std::get<std::string>(table.at(1, 2)), "second");
    EXPECT_EQ(table.column("name"), 2U);
}

// More rows than are kept in one piece, by either way of adding them.
TEST(Table, HoldsManyRows) {
    Table table("many", "", {{"n", "", ""}, {"square", "", ""}});
    constexpr std::int64_t rows = 5000;
    for (std::int64_t n = 0; n < rows; ++n) {
        if (n % 2 == 0) table.add_row({n, n * n});
        else table.add_row(std::vector<Cell>{n, n * n});
    }
    ASSERT_EQ(table.rows(), 5000U);
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const auto n = static_cast<std::int64_t>(row);
        EXPECT_EQ(table.at(row, 0), Cell(n));
        EXPECT_EQ(table.at(row, 1), Cell(n * n));
    }
    EXPECT_EQ(table.numbers("square").back(), 4999.0 * 4999.0);
    const Table copy = table;
    EXPECT_EQ(copy.at(4999, 1), table.at(4999, 1));
}

TEST(Table, NumbersAreNanWhereMissing) {
    const Table table = sample();
    const std::vector<double> n = table.numbers("n");
    ASSERT_EQ(n.size(), 2U);
    EXPECT_EQ(n[0], 3.0);
    EXPECT_TRUE(std::isnan(n[1]));
    EXPECT_EQ(table.numbers("x"), (std::vector<double>{0.5, HUGE_VAL}));
}

TEST(Table, MisuseIsAnInternalError) {
    Table table = sample();
    EXPECT_EQ(code_of([&] { table.add_row({Cell(), Cell()}); }), ExitCode::internal);
    EXPECT_EQ(code_of([&] { static_cast<void>(table.column("absent")); }), ExitCode::internal);
    EXPECT_EQ(code_of([&] { static_cast<void>(table.numbers("name")); }), ExitCode::internal);
    EXPECT_EQ(code_of([] { Table("empty", "", {}); }), ExitCode::internal);
    EXPECT_EQ(table.rows(), 2U) << "a refused row leaves the table as it was";
    EXPECT_THROW(static_cast<void>(table.at(2, 0)), std::out_of_range);
}

TEST(IntegerCell, KeepsSign) { EXPECT_EQ(std::get<std::int64_t>(integer_cell(-7)), -7); }

}  // namespace
}  // namespace rotoscope
