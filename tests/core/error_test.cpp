// What a person reads when something fails: one to three lines, bounded, nothing that a terminal obeys.
#include "rotoscope/core/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace rotoscope {
namespace {

constexpr std::size_t longest_text = 980;

std::ptrdiff_t newlines(std::string_view text) { return std::count(text.begin(), text.end(), '\n'); }

/// Whether the text is made of whole UTF-8 characters: every lead byte has its continuation bytes.
bool is_whole_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (length == 0 || i + length > text.size()) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
        i += length;
    }
    return true;
}

TEST(Error, ComposesFileTensorOffsetMessage) {
    Error error = input_error("shape [2]; expected [3]");
    EXPECT_STREQ(error.what(), "shape [2]; expected [3]");
    error.at_offset(17);
    EXPECT_STREQ(error.what(), "at byte 17: shape [2]; expected [3]");
    error.in_tensor("w").in_file("model.safetensors");
    EXPECT_STREQ(error.what(), "model.safetensors: tensor 'w': at byte 17: shape [2]; expected [3]");
    EXPECT_EQ(error.message(), "shape [2]; expected [3]");
    EXPECT_EQ(error.offset(), 17U);
}

TEST(Error, InnermostContextWins) {
    Error error = input_error("bad");
    error.in_file("inner").in_tensor("a").at_offset(0);
    error.in_file("outer").in_tensor("b").at_offset(9);
    EXPECT_STREQ(error.what(), "inner: tensor 'a': at byte 0: bad");
}

TEST(Error, OfASignalBlamesNoFile) {
    for (const ExitCode code : {ExitCode::interrupted, ExitCode::terminated}) {
        const Error error = Error(code, "stopped").at_offset(3).in_tensor("w").in_file("model.safetensors");
        EXPECT_STREQ(error.what(), "stopped");
        EXPECT_TRUE(error.file().empty() && error.tensor().empty() && !error.offset());
    }
}

TEST(Error, CodesOfTheFactories) {
    EXPECT_EQ(usage_error("").code(), ExitCode::usage);
    EXPECT_EQ(input_error("").code(), ExitCode::input);
    EXPECT_EQ(output_error("").code(), ExitCode::output);
    EXPECT_EQ(internal_error("").code(), ExitCode::internal);
    EXPECT_EQ(static_cast<int>(ExitCode::internal), 70);
    EXPECT_EQ(static_cast<int>(ExitCode::interrupted), 130);
    EXPECT_EQ(static_cast<int>(ExitCode::terminated), 143);
}

TEST(Error, AtMostThreeLines) {
    EXPECT_STREQ(usage_error("a\nb\nc").what(), "a\nb\nc");
    EXPECT_STREQ(usage_error("a\nb\nc\nd\ne").what(), "a\nb\nc d e");
    // A name cannot add lines: its newlines are escaped.
    EXPECT_EQ(newlines(usage_error("a\nb\nc").in_file("x\ny\nz").in_tensor("\n\n").what()), 2);
}

TEST(Error, BoundedHoweverLongTheParts) {
    const std::string endless(100'000, 'x');
    for (Error error :
         {input_error(endless), input_error("short").in_file(endless), input_error("m").in_tensor(endless),
          input_error(endless).in_file(endless).in_tensor(endless).at_offset(~std::uint64_t{0})}) {
        EXPECT_LE(std::string_view(error.what()).size(), longest_text);
        EXPECT_FALSE(std::string_view(error.what()).empty());
    }
    // Long names leave room for what is wrong.
    const Error named = input_error("the reason").in_file(endless).in_tensor(endless);
    EXPECT_TRUE(std::string_view(named.what()).ends_with("the reason"));
}

TEST(Error, TheLongestIsNotCut) {
    const std::string text(longest_text, 'x');
    EXPECT_EQ(usage_error(text).what(), text);
    EXPECT_EQ(usage_error(text + "y").what(), text.substr(0, longest_text - 3) + "...");
}

// Each shift of the start puts another byte of a character at the cut.
TEST(Error, CutsBetweenCharacters) {
    for (const std::string character : {"é", "π", "─", "𝛗"}) {
        std::string many;
        while (many.size() < 2 * longest_text) many += character;
        for (std::size_t shift = 0; shift < 4; ++shift) {
            const std::string text = std::string(shift, 'x') + many;
            EXPECT_TRUE(is_whole_utf8(usage_error(text).what())) << character << shift;
            EXPECT_TRUE(is_whole_utf8(usage_error("m").in_file(text).what())) << character << shift;
            EXPECT_TRUE(is_whole_utf8(usage_error("m").in_tensor(text).what())) << character << shift;
            EXPECT_LE(std::string_view(usage_error(text).what()).size(), longest_text);
        }
    }
}

TEST(Error, EscapesControlCharactersEverywhere) {
    const std::string hostile = "\x1b[31m\r\x07\xff";
    const std::string escaped = "\\x1b[31m\\x0d\\x07\\xff";
    EXPECT_EQ(usage_error(hostile).what(), escaped);
    EXPECT_EQ(usage_error("m").in_file(hostile).what(), escaped + ": m");
    EXPECT_EQ(usage_error("m").in_tensor(hostile).what(), "tensor '" + escaped + "': m");
}

// A cut of escaped text must not make an escape look like another character's.
TEST(Error, LongHostileNamesStayEscaped) {
    const std::string text =
        usage_error("m").in_file(std::string(1000, '\x1b')).in_tensor(std::string(1000, '\n')).what();
    for (const char c : text) EXPECT_TRUE(c >= ' ' && c < 0x7F) << static_cast<int>(c);
}

TEST(Error, EmptyMessageIsNotACrash) { EXPECT_STREQ(Error(ExitCode::usage, "").what(), ""); }

TEST(DescribeErrno, SaysWhatTheSystemSays) {
    EXPECT_EQ(describe_errno(ENOSPC), "No space left on device");
    EXPECT_EQ(describe_errno(ENOENT), "No such file or directory");
}

}  // namespace
}  // namespace rotoscope
