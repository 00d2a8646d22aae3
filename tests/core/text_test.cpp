// Numbers that read back as themselves, and names that are safe to print.
#include "rotoscope/core/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

using namespace std::string_literals;

TEST(FormatShortest, ReadsBackBitForBit) {
    const UniformDraws draws(1, RandomStream::test);
    for (std::uint64_t i = 0; i < 200'000; ++i) {
        const double value = std::bit_cast<double>(draws.bits(i));
        if (!std::isfinite(value)) continue;
        const std::string text = format_shortest(value);
        // strtod: another reader than the one that the writer belongs to.
        EXPECT_EQ(std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)), draws.bits(i)) << text;
        ASSERT_LE(text.size(), 24U) << text;
    }
}

TEST(FormatShortest, IsShortest) {
    const UniformDraws draws(2, RandomStream::test);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        const double value = std::bit_cast<double>(draws.bits(i));
        if (!std::isfinite(value)) continue;
        const std::string text = format_shortest(value);
        const auto digits = [](const std::string& number) {
            const std::string mantissa = number.substr(0, number.find('e'));
            return static_cast<int>(
                std::count_if(mantissa.begin(), mantissa.end(), [](char c) { return c >= '0' && c <= '9'; }));
        };
        // %.{n}e has n + 1 digits: with one digit fewer than the text has, the number does not come back.
        if (text.find('e') == std::string::npos || digits(text) < 2) continue;
        char shorter[64];
        std::snprintf(shorter, sizeof shorter, "%.*e", digits(text) - 2, value);
        EXPECT_NE(std::strtod(shorter, nullptr), value) << text;
    }
}

TEST(JsonNumber, SpecialValues) {
    EXPECT_EQ(json_number(0.1), "0.1");
    EXPECT_EQ(json_number(0.0), "0");
    EXPECT_EQ(json_number(-0.0), "-0.0");
    EXPECT_EQ(json_number(-std::nan("")), "\"NaN\"");
    EXPECT_EQ(json_number(HUGE_VAL), "\"Infinity\"");
    EXPECT_EQ(json_number(-HUGE_VAL), "\"-Infinity\"");
}

TEST(FormatShortest, SpecialValues) {
    EXPECT_EQ(format_shortest(0.1), "0.1");
    EXPECT_EQ(format_shortest(-0.0), "-0");
    EXPECT_EQ(format_shortest(5e-324), "5e-324");
    EXPECT_EQ(format_shortest(1.7976931348623157e308), "1.7976931348623157e+308");
    EXPECT_EQ(format_shortest(std::nan("")), "nan");
    EXPECT_EQ(format_shortest(-std::nan("")), "nan");
    EXPECT_EQ(format_shortest(HUGE_VAL), "inf");
    EXPECT_EQ(format_shortest(-HUGE_VAL), "-inf");
}

TEST(FormatSignificant, RoundsForPeople) {
    EXPECT_EQ(format_significant(0.000123, 4), "0.000123");
    EXPECT_EQ(format_significant(4.5678e-9, 3), "4.57e-09");
    EXPECT_EQ(format_significant(12300.0, 5), "12300");
    EXPECT_EQ(format_significant(1.0 / 3.0, 4), "0.3333");
    EXPECT_EQ(format_significant(-0.0, 4), "0");
    EXPECT_EQ(format_significant(std::nan(""), 4), "nan");
    EXPECT_EQ(format_significant(-HUGE_VAL, 4), "-inf");
}

TEST(WithMinusSigns, EveryHyphen) {
    EXPECT_EQ(with_minus_signs("-1.5e-09"), "−1.5e−09");
    EXPECT_EQ(with_minus_signs("12300"), "12300");
}

TEST(FormatCount, SeparatesThousands) {
    EXPECT_EQ(format_count(0), "0");
    EXPECT_EQ(format_count(999), "999");
    EXPECT_EQ(format_count(1000), "1,000");
    EXPECT_EQ(format_count(1048576), "1,048,576");
    EXPECT_EQ(format_count(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
}

TEST(FormatBytes, BinaryPrefixes) {
    EXPECT_EQ(format_bytes(0), "0 B");
    EXPECT_EQ(format_bytes(1023), "1023 B");
    EXPECT_EQ(format_bytes(1024), "1.0 KiB");
    EXPECT_EQ(format_bytes(std::uint64_t{4} << 30), "4.0 GiB");
    EXPECT_EQ(format_bytes(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
    // One byte below a unit is never printed as 1024 of the smaller one.
    EXPECT_EQ(format_bytes((std::uint64_t{1} << 20) - 1), "1.0 MiB");
    EXPECT_EQ(format_bytes((std::uint64_t{1} << 50) - 1), "1.0 PiB");
}

TEST(EscapeControl, KeepsPrintableText) {
    for (const std::string text : {"", "plain", "a'b\"c\\d", "é π φ ─ 中文 𝛗", "\u00a0"})
        EXPECT_EQ(escape_control(text), text);
}

TEST(EscapeControl, ControlCharacters) {
    EXPECT_EQ(escape_control("a\nb\tc"), "a\\nb\\tc");
    EXPECT_EQ(escape_control("\0"s), "\\x00");
    EXPECT_EQ(escape_control("\x1b[2J\x7f\r"), "\\x1b[2J\\x7f\\x0d");
    EXPECT_EQ(escape_control("\xc2\x85"), "\\xc2\\x85") << "C1: next line";
    EXPECT_EQ(escape_control("\xc2\x9b"), "\\xc2\\x9b") << "C1: control sequence introducer";
}

TEST(EscapeControl, InvalidUtf8) {
    EXPECT_EQ(escape_control("\xff\xfe"), "\\xff\\xfe");
    EXPECT_EQ(escape_control("\x80"), "\\x80") << "continuation alone";
    EXPECT_EQ(escape_control("\xc3"), "\\xc3") << "cut";
    EXPECT_EQ(escape_control("\xe2\x82"), "\\xe2\\x82") << "cut";
    EXPECT_EQ(escape_control("\xe2\x82z"), "\\xe2\\x82z") << "broken off";
    EXPECT_EQ(escape_control("\xc0\xaf"), "\\xc0\\xaf") << "overlong, 2 bytes";
    EXPECT_EQ(escape_control("\xc1\xbf"), "\\xc1\\xbf") << "overlong, 2 bytes";
    EXPECT_EQ(escape_control("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf") << "overlong, 3 bytes";
    EXPECT_EQ(escape_control("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf") << "overlong, 4 bytes";
    EXPECT_EQ(escape_control("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
    EXPECT_EQ(escape_control("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
    EXPECT_EQ(escape_control("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80") << "no lead byte";
}

TEST(EscapeControl, CharactersThatDisguise) {
    // Line and paragraph separator, the bidirectional embeddings, overrides, isolates and marks, and the invisible
    // ones.
    for (const std::string character : {"\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066",
                                        "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\ufeff"})
        EXPECT_TRUE(escape_control(character).starts_with("\\x")) << escape_control(character);
    EXPECT_EQ(escape_control("\u202e"), "\\xe2\\x80\\xae");
    EXPECT_EQ(escape_control("\u2010"), "\u2010") << "a hyphen is not one of them";
}

// Whatever the bytes, what comes out is printable UTF-8, and escaping it again changes nothing.
TEST(EscapeControl, AnyBytesBecomePrintable) {
    const UniformDraws draws(3, RandomStream::test);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        std::string bytes;
        for (std::uint64_t k = 0; k < 1 + i % 3; ++k) {
            const std::uint64_t bits = draws.bits(3 * i + k);
            bytes.append(reinterpret_cast<const char*>(&bits), 8);
        }
        const std::string escaped = escape_control(bytes);
        EXPECT_EQ(escape_control(escaped), escaped);
        for (const char c : escaped) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    }
}

TEST(Quote, ShortensInTheMiddle) {
    EXPECT_EQ(quote("w"), "'w'");
    EXPECT_EQ(quote("a\nb"), "'a\\nb'");
    EXPECT_EQ(quote(std::string(120, 'x')), "'" + std::string(120, 'x') + "'");
    const std::string text = quote("begin" + std::string(1000, 'x') + "end", 23);
    EXPECT_EQ(text, "'beginxxxxx...xxxxxxxend'");
}

// Cutting between the bytes of a character would show it as rubbish: 'é…' as '\xc3'.
TEST(Quote, CutsBetweenCharacters) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string name(shift, 'x');
        while (name.size() < 500) name += "𝛗";
        name.append(shift, 'y');
        EXPECT_EQ(quote(name).find("\\x"), std::string::npos) << quote(name);
    }
}

TEST(NearestWord, WithinAThirdOfTheLength) {
    const std::vector<std::string> words{"inspect", "phases", "leakage"};
    EXPECT_EQ(nearest_word("inspct", words), "inspect");
    EXPECT_EQ(nearest_word("phase", words), "phases");
    EXPECT_EQ(nearest_word("lekage", words), "leakage");
    EXPECT_EQ(nearest_word("zzzzzz", words), "");
    EXPECT_EQ(nearest_word("", words), "");
    EXPECT_EQ(nearest_word("x", {"y"}), "y") << "at least one change is allowed";
    EXPECT_EQ(nearest_word("word", {}), "");
    EXPECT_EQ(nearest_word("abd", {"abc", "abe"}), "abc") << "the first of equals";
}

TEST(DisplayWidth, OneColumnACodePoint) {
    EXPECT_EQ(display_width(""), 0U);
    EXPECT_EQ(display_width("abc"), 3U);
    EXPECT_EQ(display_width("π─é"), 3U);
}

}  // namespace
}  // namespace rotoscope
