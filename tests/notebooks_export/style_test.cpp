#include "rotoscope/notebooks_export/style.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "rotoscope/core/error.hpp"
#include "rotoscope/notebooks_export/exporter.hpp"

namespace rotoscope {
namespace {

std::string refusal(const std::function<void()>& parse) {
    try {
        parse();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::usage);
        return error.what();
    }
    return "accepted";
}

TEST(Style, ParsesNamesAndSuggests) {
    EXPECT_EQ(parse_style("iclr"), Style::iclr);
    EXPECT_EQ(parse_style("plain"), Style::plain);
    EXPECT_EQ(refusal([] { (void)parse_style("nuerips"); }),
              "unknown style 'nuerips'; did you mean neurips?\nexpected one of: iclr, neurips, icml, plain");
}

TEST(Style, HasTheVenuesWidths) {
    EXPECT_EQ(measures(Style::iclr).width, 396.0);
    EXPECT_EQ(measures(Style::neurips).width, 396.0);
    EXPECT_EQ(measures(Style::icml).width, 234.0);
    EXPECT_EQ(measures(Style::plain).width, 396.0);
}

TEST(Style, PaletteIsOkabeAndItosWithBlackFirst) {
    EXPECT_EQ(palette_color(0), "#000000");
    EXPECT_EQ(palette_color(8), palette_color(0));
    std::set<std::string_view> colors;
    for (Color color = 0; color < 8; ++color) colors.insert(palette_color(color));
    // Okabe and Ito, "Color universal design", 2008, figure 16, in hexadecimal.
    EXPECT_EQ(colors, (std::set<std::string_view>{"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2",
                                                  "#D55E00", "#CC79A7"}));
}

TEST(Style, CyclicMapCloses) {
    EXPECT_EQ(color_map(ColorMap::cyclic).front(), color_map(ColorMap::cyclic).back());
    EXPECT_EQ(color_map(ColorMap::diverging).size() % 2, 1U);  // there is a middle
}

TEST(Formats, ParseAsAList) {
    EXPECT_EQ(parse_formats("pdf,csv,pdf"), (std::vector{Format::pdf, Format::csv}));
    EXPECT_THAT(refusal([] { (void)parse_formats("pdf,jsonn"); }),
                testing::HasSubstr("unknown format 'jsonn'; did you mean json?"));
    EXPECT_THAT(refusal([] { (void)parse_formats(""); }), testing::HasSubstr("unknown format ''"));
}

}  // namespace
}  // namespace rotoscope
