#include "rotoscope/notebooks_export/csv.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

using Records = std::vector<std::vector<std::string>>;

/// RFC 4180 read character by character, as its grammar says.
Records parse(const std::string& text) {
    Records records(1, std::vector<std::string>(1));
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        std::string& field = records.back().back();
        if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') field += text[++i];
        else if (c == '"') quoted = !quoted;
        else if (quoted) field += c;
        else if (c == ',') records.back().emplace_back();
        else if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
            ++i;
            records.emplace_back(1);
        } else field += c;
    }
    records.pop_back();  // after the last line end
    return records;
}

TEST(Csv, WritesEveryKindOfCellExactly) {
    Table table("t", "", {{"layer", "", ""}, {"increment", "rad/token", "x"}, {"name", "", ""}});
    table.add_row({std::int64_t{-7}, 0.1, std::string("plain")});
    table.add_row({std::monostate{}, std::nan(""), std::string("a,b")});
    table.add_row({std::int64_t{0}, HUGE_VAL, std::string("say \"x\"")});
    table.add_row({std::int64_t{1}, -HUGE_VAL, std::string("two\r\nlines")});
    table.add_row({std::int64_t{2}, -0.0, std::string()});
    EXPECT_EQ(to_csv(table),
              "layer,increment,name\r\n"
              "-7,0.1,plain\r\n"
              ",nan,\"a,b\"\r\n"
              "0,inf,\"say \"\"x\"\"\"\r\n"
              "1,-inf,\"two\r\nlines\"\r\n"
              "2,-0,\"\"\r\n");
}

TEST(Csv, ReadsBackBitForBit) {
    constexpr UniformDraws draws(1, RandomStream::test);
    Table table("t", "", {{"value", "", ""}, {"text, \"quoted\"", "", ""}});
    const std::string characters = ",\"\r\n a";
    for (std::uint64_t i = 0; i < 5000; ++i) {
        std::string text;
        for (std::uint64_t k = 0; k < draws.below(3 * i, 6); ++k)
            text += characters[draws.below(100000 + 8 * i + k, characters.size())];
        table.add_row({std::bit_cast<double>(draws.bits(3 * i + 1)), text});
    }
    const Records records = parse(to_csv(table));
    ASSERT_EQ(records.size(), 5001U);
    EXPECT_EQ(records[0][1], "text, \"quoted\"");
    for (std::size_t row = 0; row < 5000; ++row) {
        const double expected = std::get<double>(table.at(row, 0));
        const std::string& field = records[row + 1].at(0);
        double value = std::numeric_limits<double>::quiet_NaN();
        if (!std::isnan(expected)) {
            ASSERT_EQ(std::from_chars(field.data(), field.data() + field.size(), value).ptr, &*field.end());
            ASSERT_EQ(std::bit_cast<std::uint64_t>(value), std::bit_cast<std::uint64_t>(expected)) << field;
        } else {
            ASSERT_EQ(field, "nan");
        }
        ASSERT_EQ(records[row + 1].at(1), std::get<std::string>(table.at(row, 1)));
    }
}

TEST(Csv, WritesPiecesThatAreTheWhole) {
    Table table("t", "", {{"a", "", ""}});
    for (int i = 0; i < 50000; ++i) table.add_row({integer_cell(i)});
    std::string joined;
    int pieces = 0;
    write_csv(table, [&](std::string_view piece) {
        joined += piece;
        ++pieces;
    });
    EXPECT_EQ(joined, to_csv(table));
    EXPECT_GT(pieces, 1);
}

}  // namespace
}  // namespace rotoscope
