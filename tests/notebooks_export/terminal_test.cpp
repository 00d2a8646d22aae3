#include "rotoscope/notebooks_export/terminal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>

#include "rotoscope/core/philox.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

std::size_t widest_line(const std::string& text) {
    std::istringstream lines(text);
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, display_width(line));
    return widest;
}

TEST(Terminal, LooksLikeThis) {
    Result result;
    result.summary = {{"model", "lm-gla-srope"}, {"layers · heads", "4 · 4"}};
    Table table("phases", "learned increments", {{"name", "", ""}, {"mean", "rad/token", ""}, {"n", "", ""}});
    table.add_row({std::string("layer 0"), 0.123456, std::int64_t{65536}});
    table.add_row({std::string("layer 10"), -12.5, std::monostate{}});
    table.add_row({std::string("layer 2"), std::nan(""), std::int64_t{3}});
    result.terminal = {table};
    EXPECT_EQ(render_terminal(result),
              "model           lm-gla-srope\n"
              "layers · heads  4 · 4\n"
              "\n"
              "phases: learned increments\n"
              "  name             mean      n\n"
              "            (rad/token)\n"
              "  ────────────────────────────\n"
              "  layer 0        0.1235  65536\n"
              "  layer 10     -12.5         -\n"
              "  layer 2           nan      3\n");
}

TEST(Terminal, NeverExceedsEightyColumns) {
    constexpr UniformDraws draws(3, RandomStream::test);
    const std::vector<std::string> pieces{"a",  "wide word", "α·β", "\x1b[31m",
                                          "\n", "\xff",      " ",   "longer_identifier.weight"};
    std::uint64_t i = 0;
    const auto text = [&](std::uint64_t longest) {
        std::string result;
        for (std::uint64_t k = draws.below(i++, longest + 1); k > 0; --k)
            result += pieces[draws.below(i++, pieces.size())];
        return result;
    };
    for (int trial = 0; trial < 300; ++trial) {
        Result result;
        for (std::uint64_t k = draws.below(i++, 5); k > 0; --k) result.summary.emplace_back(text(8), text(30));
        std::vector<Column> columns;
        for (std::uint64_t k = 1 + draws.below(i++, 12); k > 0; --k) columns.push_back({text(6), text(2), ""});
        Table table(text(3), text(20), columns);
        for (std::uint64_t row = draws.below(i++, 4); row > 0; --row) {
            std::vector<Cell> cells;
            for (std::size_t c = 0; c < columns.size(); ++c) {
                if (draws.below(i++, 2) == 0) cells.emplace_back(text(10));
                else cells.emplace_back(draws.uniform(i++) * 1e6);
            }
            table.add_row(cells);
        }
        result.terminal = {table};
        const std::string rendered = render_terminal(result);
        ASSERT_LE(widest_line(rendered), 80U) << rendered;
        ASSERT_EQ(rendered.find('\x1b'), std::string::npos);
    }
}

TEST(Terminal, CutsLongTextsInTheMiddleAndNamesDroppedColumns) {
    Result result;
    Table table("t", "", {{"tensor", "", ""}, {"x", "", ""}});
    table.add_row({"begin" + std::string(100, '.') + "end", 1.0});
    result.terminal = {table};
    const std::string text = render_terminal(result);
    EXPECT_NE(text.find("  begin....."), std::string::npos);
    EXPECT_NE(text.find("…"), std::string::npos);
    EXPECT_NE(text.find("end  1\n"), std::string::npos) << text;

    std::vector<Column> columns;
    std::vector<Cell> cells;
    for (int i = 0; i < 20; ++i) {
        columns.push_back({"column_" + std::to_string(i), "", ""});
        cells.emplace_back(0.123456);
    }
    Table wide("wide", "", columns);
    wide.add_row(cells);
    result.terminal = {wide};
    EXPECT_NE(render_terminal(result).find("not shown: column_8, column_9"), std::string::npos)
        << render_terminal(result);
}

}  // namespace
}  // namespace rotoscope
