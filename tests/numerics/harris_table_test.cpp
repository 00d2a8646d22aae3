// Figures of merit against the table of THEORY section 2.
#include "support/harris_table.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "rotoscope/numerics/figures_of_merit.hpp"

namespace rotoscope {
namespace {

using test::near;

using namespace test::harris;

class HarrisTable : public ::testing::TestWithParam<Row> {};

TEST_P(HarrisTable, IsMet) {
    const Row& row = GetParam();
    const FigureOptions options{.width_level = WidthLevel::decibels};
    const FiguresOfMerit figures = figures_of_merit(parse_window(row.window), points, Symmetry::periodic, options);
    EXPECT_EQ(figures.highest_side_lobe.has_value(), std::isfinite(row.highest_side_lobe));
    if (figures.highest_side_lobe) {
        EXPECT_TRUE(near(figures.highest_side_lobe->level_db, row.highest_side_lobe, decibels));
    }
    EXPECT_TRUE(near(figures.fall_off.value().db_per_octave, row.fall_off, slope));
    EXPECT_TRUE(figures.fall_off->closed_form);
    EXPECT_TRUE(near(figures.coherent_gain, row.gain, bins));
    EXPECT_TRUE(near(figures.noise_bandwidth, row.noise_bandwidth, bins));
    EXPECT_TRUE(near(figures.width_3db.value(), row.width_3db, bins));
    EXPECT_TRUE(near(figures.scallop_loss_db, row.scallop, decibels));
    EXPECT_TRUE(near(figures.worst_case_loss_db, row.worst, decibels));
    EXPECT_TRUE(near(figures.width_6db.value(), row.width_6db, bins));
    EXPECT_TRUE(near(100.0 * figures.overlap_75, row.overlap_75, percent));
    EXPECT_TRUE(near(100.0 * figures.overlap_50, row.overlap_50, percent));
    EXPECT_GE(figures.noise_bandwidth, 1.0 - 1e-15);
}

INSTANTIATE_TEST_SUITE_P(Windows, HarrisTable, ::testing::ValuesIn(table), [](const auto& parameter) {
    std::string name;
    for (const char c : std::string(parameter.param.window)) name += std::isalnum(c) != 0 ? c : '_';
    return name;
});

}  // namespace
}  // namespace rotoscope
