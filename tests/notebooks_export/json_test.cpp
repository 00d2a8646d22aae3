#include "rotoscope/notebooks_export/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <bit>
#include <cmath>
#include <string>

#include "rotoscope/core/philox.hpp"
#include "rotoscope/core/version.hpp"

namespace rotoscope {
namespace {

using nlohmann::json;

Result sample() {
    Result result;
    result.tool = "phases";
    result.options = {{"layers", "0,2-5"}, {"odd \"name\"", "tab\there"}};
    result.seed = 18446744073709551615U;
    result.inputs = {{"a\\b.safetensors", 12, "ab", {}}, {"big", 1ULL << 40, {}, "cd"}};
    result.notes = {"first", "second\nline"};
    Table table("increments", "caption", {{"layer", "", "index"}, {"x", "rad/token", "α"}, {"s", "", ""}});
    table.add_row({std::int64_t{9007199254740993}, 0.1, std::string("\x01\xff\xe2\x80\xae")});
    table.add_row({std::monostate{}, std::nan(""), std::string("é")});
    table.add_row({std::int64_t{-1}, HUGE_VAL, std::string()});
    table.add_row({std::int64_t{0}, -HUGE_VAL, std::monostate{}});
    table.add_row({std::int64_t{0}, -0.0, std::monostate{}});
    result.tables = {table, Table("empty", "", {{"a", "", ""}})};
    Figure figure;
    figure.name = "roses";
    figure.caption = "c";
    result.figures = {figure, figure};
    return result;
}

TEST(Json, HasTheSchema) {
    const json parsed = json::parse(to_json(sample(), {{"roses.pdf", "roses.png"}}));
    EXPECT_EQ(parsed.at("schema"), "rotoscope.result/1");
    EXPECT_EQ(parsed.at("version"), version());
    EXPECT_EQ(parsed.at("options"), json({{"layers", "0,2-5"}, {"odd \"name\"", "tab\there"}}));
    EXPECT_EQ(parsed.at("seed").get<std::uint64_t>(), 18446744073709551615U);
    EXPECT_EQ(parsed.at("inputs")[0], json({{"path", "a\\b.safetensors"}, {"bytes", 12}, {"sha256", "ab"}}));
    EXPECT_EQ(parsed.at("inputs")[1], json({{"path", "big"}, {"bytes", 1ULL << 40}, {"header_sha256", "cd"}}));
    EXPECT_EQ(parsed.at("notes"), json({"first", "second\nline"}));
    EXPECT_EQ(parsed.at("figures")[0],
              json({{"name", "roses"}, {"caption", "c"}, {"files", {"roses.pdf", "roses.png"}}}));
    EXPECT_EQ(parsed.at("figures")[1].at("files"), json::array());
    EXPECT_EQ(parsed.at("tables")[1].at("columns")[0].at("values"), json::array());
    EXPECT_EQ(parsed.size(), 9U);
}

TEST(Json, KeepsEveryCell) {
    const json columns = json::parse(to_json(sample())).at("tables")[0].at("columns");
    EXPECT_EQ(columns[1].at("unit"), "rad/token");
    EXPECT_EQ(columns[1].at("description"), "α");
    EXPECT_EQ(columns[0].at("values"), json({9007199254740993, nullptr, -1, 0, 0}));
    const json& values = columns[1].at("values");
    EXPECT_EQ(values[0].get<double>(), 0.1);
    EXPECT_EQ(values[1], "NaN");
    EXPECT_EQ(values[2], "Infinity");
    EXPECT_EQ(values[3], "-Infinity");
    EXPECT_TRUE(std::signbit(values[4].get<double>()));
    // Valid UTF-8 comes back; a byte that is not becomes text.
    EXPECT_EQ(columns[2].at("values"), json({"\x01\\xff\xe2\x80\xae", "é", "", nullptr, nullptr}));
}

TEST(Json, EscapesControlsSoThatATerminalIsSafe) {
    EXPECT_EQ(json_string("\x1b[2J\x7f\xc2\x9b\xe2\x80\xae"), R"("\u001b[2J\u007f\u009b\u202e")");
    EXPECT_EQ(json_string("a\"b\\c\n\r\t"), R"("a\"b\\c\n\r\t")");
    EXPECT_EQ(json_string("\xc3\x28\xf8"), R"("\\xc3(\\xf8")");
    EXPECT_EQ(json_string("\xed\xa0\x80"), R"("\\xed\\xa0\\x80")");  // a surrogate is no character
}

TEST(Json, ReadsBackBitForBit) {
    constexpr UniformDraws draws(2, RandomStream::test);
    Table table("t", "", {{"x", "", ""}});
    for (std::uint64_t i = 0; i < 20000; ++i) table.add_row({std::bit_cast<double>(draws.bits(i))});
    Result result;
    result.tables = {table};
    const json values = json::parse(to_json(result)).at("tables")[0].at("columns")[0].at("values");
    ASSERT_EQ(values.size(), 20000U);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double expected = std::get<double>(table.at(i, 0));
        if (std::isfinite(expected)) {
            ASSERT_EQ(std::bit_cast<std::uint64_t>(values[i].get<double>()), std::bit_cast<std::uint64_t>(expected));
        }
    }
}

TEST(Json, PutsOneColumnOnALine) {
    const std::string text = to_json(sample());
    const std::size_t begin = text.find("{\"name\": \"x\"");
    ASSERT_NE(begin, std::string::npos);
    EXPECT_EQ(
        text.substr(begin, text.find('\n', begin) - begin),
        R"({"name": "x", "unit": "rad/token", "description": "α", "values": [0.1, "NaN", "Infinity", "-Infinity", -0.0]},)");
    EXPECT_EQ(text, to_json(sample()));
}

}  // namespace
}  // namespace rotoscope
