#include "rotoscope/checkpoint/json_table.hpp"

#include "support/files.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using ::testing::HasSubstr;

/// The message of the Error that parsing ends in.
std::string refusal(std::string_view text, const JsonLimits& limits = {}) {
    try {
        (void)parse_json(text, limits);
        return "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input);
        return error.what();
    }
}

TEST(JsonTable, ValuesByPointer) {
    const JsonTable table = parse_json(R"({"a":{"b":[1,-2.5,"x",true,null,{"c":7}]},"n":9007199254740993,"":{"":3},
                                           "p/q":1,"t~u":2,"~1":4,"u64":18446744073709551615,"e":1e2})");
    EXPECT_EQ(table.integer("/a/b/0"), 1);
    EXPECT_EQ(table.number("/a/b/0"), 1.0);
    EXPECT_EQ(table.number("/a/b/1"), -2.5);
    EXPECT_EQ(table.integer("/a/b/1"), std::nullopt);
    EXPECT_EQ(table.string("/a/b/2"), "x");
    EXPECT_EQ(table.boolean("/a/b/3"), true);
    EXPECT_TRUE(table.is_null("/a/b/4"));
    EXPECT_EQ(table.integer("/a/b/5/c"), 7);
    EXPECT_EQ(table.integer("/n"), 9007199254740993);  // not by way of a double
    EXPECT_EQ(table.integer("//"), 3);
    EXPECT_EQ(table.integer("/p~1q"), 1);
    EXPECT_EQ(table.integer("/t~0u"), 2);
    EXPECT_EQ(table.integer("/~01"), 4);
    EXPECT_EQ(table.integer("/u64"), std::nullopt);
    EXPECT_EQ(table.number("/u64"), 0x1p64);
    EXPECT_EQ(table.integer("/e"), std::nullopt);
    EXPECT_EQ(table.number("/e"), 100.0);
}

TEST(JsonTable, PointersThatLeadNowhere) {
    const JsonTable table = parse_json(R"({"a":[1,2],"s":"x"})");
    for (const char* pointer :
         {"a", "/b", "/a/2", "/a/-1", "/a/01", "/a/", "/a/0/0", "/s/0", "/a/1x", "/", "/a/4294967296"})
        EXPECT_FALSE(table.contains(pointer)) << pointer;
    EXPECT_TRUE(table.contains(""));
    EXPECT_TRUE(table.contains("/a"));
    EXPECT_EQ(table.string("/a"), std::nullopt);
    EXPECT_EQ(table.number("/s"), std::nullopt);
    EXPECT_FALSE(table.is_null("/s"));
    EXPECT_FALSE(JsonTable().contains(""));
    EXPECT_TRUE(JsonTable().children("").empty());
}

TEST(JsonTable, ChildrenInOrder) {
    const JsonTable table = parse_json(R"({"b":1,"a":{"z":0},"c":"t","l":[2,1,0,9,8,7,6,5,4,3,11]})");
    const auto members = table.children("");
    ASSERT_EQ(members.size(), 4U);
    EXPECT_EQ(members[0].key, "a");
    EXPECT_EQ(members[0].kind, JsonKind::object);
    EXPECT_EQ(members[1].key, "b");
    EXPECT_EQ(members[1].number, 1.0);
    EXPECT_EQ(members[2].text, "t");
    const auto elements = table.children("/l");
    ASSERT_EQ(elements.size(), 11U);
    EXPECT_EQ(elements[0].number, 2.0);
    EXPECT_EQ(elements[10].number, 11.0);
    EXPECT_TRUE(elements[0].key.empty());
    EXPECT_TRUE(table.children("/b").empty());
}

TEST(JsonTable, EmptyMeansNothingInIt) {
    EXPECT_TRUE(JsonTable().empty());
    EXPECT_TRUE(parse_json("{}").empty());
    EXPECT_FALSE(parse_json("{\"a\":null}").empty());
    EXPECT_EQ(parse_json(" 3.5 ").number(""), 3.5);
    EXPECT_EQ(parse_json("\"\\u00e9\\ud83d\\ude00\"").string(""), "\u00e9\U0001f600");
}

TEST(ParseJson, DuplicatesAfterUnescapingAndPerObject) {
    EXPECT_THAT(refusal(R"({"ab":1,"\u0061b":2})"), HasSubstr("at byte 8: the key 'ab' appears twice in one object"));
    EXPECT_THAT(refusal(R"({"x":[{"k":1},{"k":1,"k":1}]})"), HasSubstr("the key 'k' appears twice"));
    EXPECT_EQ(refusal(R"({"a":{"k":1},"b":{"k":1},"k":[{"k":1},{"k":1}]})"), "accepted");
}

TEST(ParseJson, DepthIsBounded) {
    EXPECT_EQ(refusal(std::string(64, '[') + std::string(64, ']')), "accepted");
    EXPECT_THAT(refusal(std::string(65, '[') + std::string(65, ']')),
                HasSubstr("at byte 64: is nested deeper than 64"));
    EXPECT_THAT(refusal(std::string(1 << 20, '[')), HasSubstr("nested deeper"));
}

TEST(ParseJson, SizesAreBounded) {
    EXPECT_THAT(refusal("[1,2,3]", {.bytes = 6, .entries = 9}), HasSubstr("has 7 B of JSON; expected at most 6 B"));
    EXPECT_THAT(refusal("[1,2,3]", {.bytes = 9, .entries = 2}), HasSubstr("at byte 5: has more than 2 JSON entries"));
    EXPECT_EQ(refusal("[1,2,3]", {.bytes = 7, .entries = 3}), "accepted");
    const std::uint64_t large = 1 << 26;
    EXPECT_THAT(refusal('"' + std::string((1 << 24) + 1, 'x') + '"', {.bytes = large, .entries = 9}),
                HasSubstr("longer than 16 MiB"));
    EXPECT_THAT(refusal(std::string((1 << 24) + 1, '1'), {.bytes = large, .entries = 9}),
                HasSubstr("longer than 16 MiB"));
}

// The window is 256 KiB: tokens, escapes and runs of spaces across its edge.
TEST(ReadJson, WindowsDoNotShow) {
    const test::TemporaryFolder folder;
    const std::size_t edge = 1 << 18;
    for (std::size_t shift = 0; shift < 40; ++shift) {
        const std::string text =
            "{\"a\": " + std::string(edge - 6 - shift, ' ') + "[\"x\\u0061\\\\y\", 12345, true]}  ";
        const JsonTable table = read_json(InputFile(folder.write("t.json", text)));
        EXPECT_EQ(table.string("/a/0"), "xa\\y");
        EXPECT_EQ(table.integer("/a/1"), 12345);
        EXPECT_EQ(table.boolean("/a/2"), true);
    }
}

TEST(ParseJson, FoundAndExpected) {
    EXPECT_THAT(refusal(""), HasSubstr("at byte 0: is not JSON: ends here; expected a value"));
    EXPECT_THAT(refusal("   "), HasSubstr("at byte 3: is not JSON: ends here; expected a value"));
    EXPECT_THAT(refusal("[1 2]"), HasSubstr("at byte 3: is not JSON: found '2'; expected a value, ',' or ']'"));
    EXPECT_THAT(refusal("[1}"), HasSubstr("at byte 2: is not JSON: found '}'; expected a value, ',' or ']'"));
    EXPECT_THAT(refusal("[1"), HasSubstr("at byte 2: is not JSON: ends here"));
    EXPECT_THAT(refusal("{\"k\":+1}"), HasSubstr("at byte 5: is not JSON: found '+'; expected ':' and a value"));
    EXPECT_THAT(refusal("[\"a\tb\"]"),
                HasSubstr("at byte 1: is not JSON: found '\"a\\t'; expected a string of valid UTF-8"));
    EXPECT_THAT(refusal("[1]\n\n,"), HasSubstr("at byte 5: is not JSON: found ','; expected nothing more"));
}

/// The cells of the member "rows" of a file with this text as "row:cell", and the table's own entries after them.
std::string read_rows(const std::string& text) {
    const test::TemporaryFolder folder;
    std::string cells;
    const JsonRows rows[] = {{"rows", [&](std::size_t row, const JsonEntry& cell) {
                                  cells += fmt::format("{}:{} ", row,
                                                       cell.kind == JsonKind::string ? std::string(cell.text)
                                                                                     : fmt::format("{}", cell.number));
                              }}};
    try {
        const JsonTable table = read_json(InputFile(folder.write("x.json", text)), {}, rows);
        for (const JsonEntry& entry : table.children("")) cells += fmt::format("{} ", entry.key);
        EXPECT_TRUE(table.children("/rows").empty());
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input);
        return error.message();
    }
    return cells;
}

TEST(JsonTable, RowsAreHandedOver) {
    EXPECT_EQ(read_rows(R"({"a":[1],"rows":[[1,"NaN"],[],[-2.5,7]],"z":{"rows":[3]}})"),
              "0:1 0:NaN 2:-2.5 2:7 a rows z ");
    EXPECT_EQ(read_rows(R"({"rows":[]})"), "rows ");
    EXPECT_EQ(read_rows(R"({"a":3})"), "a ");
    EXPECT_EQ(read_rows(R"([{"rows":3}])"), " ");  // not of the outermost object
    for (const char* text : {R"({"rows":1})", R"({"rows":{}})", R"({"rows":[1]})", R"({"rows":[[[1]]]})",
                             R"({"rows":[[{}]]})", R"({"rows":[null]})", R"({"rows":"x"})"})
        EXPECT_THAT(read_rows(text), HasSubstr("'rows' is not an array of rows of numbers")) << text;
    EXPECT_THAT(read_rows(R"({"rows":[[1]],"rows":[[2]]})"), HasSubstr("appears twice"));
    EXPECT_THAT(read_rows(R"({"rows":[[1)"), HasSubstr("ends here"));
}

}  // namespace
}  // namespace rotoscope
