// The table of THEORY section 2: 33 windows of 20,000 points, computed independently in double precision; tolerances
// as stated there (the last digits of the table are rounded).
#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "rotoscope/numerics/figures_of_merit.hpp"

namespace rotoscope {
namespace {

using test::near;

constexpr std::size_t points = 20000;
constexpr double none = HUGE_VAL;

struct Row {
    const char* window;
    double highest_side_lobe, fall_off, gain, noise_bandwidth, width_3db, scallop, worst, width_6db, overlap_75,
        overlap_50;
};

constexpr Row table[] = {
    {"boxcar", -13.26, -6, 1, 1, 0.884, 3.922, 3.922, 1.205, 75, 50},
    {"triangle", -26.52, -12, .5, 1.333, 1.274, 1.824, 3.074, 1.769, 71.9, 25},
    {"cos:1", -23.00, -12, .637, 1.234, 1.187, 2.098, 3.010, 1.637, 75.5, 31.8},
    {"cosine", -23.00, -12, .637, 1.234, 1.187, 2.098, 3.010, 1.637, 75.5, 31.8},
    {"hann", -31.47, -18, .5, 1.5, 1.438, 1.424, 3.185, 1.997, 65.9, 16.7},
    {"cos:3", -39.30, -24, .424, 1.735, 1.656, 1.075, 3.468, 2.308, 56.7, 8.5},
    {"cos:4", -46.74, -30, .375, 1.944, 1.850, .863, 3.751, 2.586, 48.6, 4.3},
    {"hamming", -42.68, -6, .54, 1.363, 1.301, 1.751, 3.096, 1.812, 70.7, 23.4},
    {"riesz", -21.29, -12, .667, 1.2, 1.153, 2.225, 3.017, 1.588, 76.5, 34.4},
    {"riemann", -26.41, -12, .589, 1.299, 1.249, 1.891, 3.028, 1.728, 73.4, 27.4},
    {"parzen", -53.05, -24, .375, 1.917, 1.817, .898, 3.725, 2.547, 49.3, 5.0},
    {"tukey:.25", -13.60, -18, .875, 1.102, 1.006, 2.963, 3.385, 1.371, 74.1, 44.4},
    {"tukey:.5", -15.12, -18, .75, 1.222, 1.148, 2.238, 3.110, 1.570, 72.7, 36.4},
    {"tukey:.75", -19.39, -18, .625, 1.36, 1.303, 1.730, 3.065, 1.793, 70.5, 25.1},
    {"bohman", -46.00, -24, .405, 1.786, 1.699, 1.023, 3.541, 2.374, 54.5, 7.4},
    {"poisson:2", -19.19, -6, .432, 1.313, 1.211, 2.033, 3.216, 1.697, 69.9, 27.6},
    {"poisson:3", -24.87, -6, .317, 1.657, 1.451, 1.437, 3.631, 2.082, 54.8, 15.0},
    {"poisson:4", -31.89, -6, .245, 2.075, 1.746, 1.023, 4.192, 2.579, 40.4, 7.3},
    {"hann_poisson:.5", -35.25, -12, .433, 1.609, 1.532, 1.259, 3.325, 2.138, 61.3, 12.6},
    {"hann_poisson:1", none, -12, .379, 1.733, 1.633, 1.113, 3.502, 2.292, 56.0, 9.2},
    {"hann_poisson:2", none, -12, .298, 2.022, 1.859, .871, 3.929, 2.641, 44.6, 4.7},
    {"cauchy:3", -31.01, -6, .416, 1.489, 1.341, 1.670, 3.400, 1.906, 61.6, 20.0},
    {"cauchy:4", -26.02, -6, .331, 1.776, 1.517, 1.333, 3.828, 2.211, 48.8, 13.0},
    {"cauchy:5", -31.34, -6, .275, 2.075, 1.688, 1.107, 4.277, 2.541, 38.3, 8.9},
    {"gaussian:2.5", -43.25, -6, .495, 1.446, 1.371, 1.580, 3.181, 1.918, 67.1, 19.4},
    {"gaussian:3", -56.07, -6, .417, 1.702, 1.601, 1.163, 3.472, 2.255, 56.9, 10.2},
    {"gaussian:3.5", -71.00, -6, .358, 1.977, 1.855, .870, 3.829, 2.620, 46.5, 4.6},
    {"kaiser:2", -45.85, -6, .489, 1.496, 1.427, 1.453, 3.203, 1.990, 65.7, 16.9},
    {"kaiser:2.5", -57.56, -6, .440, 1.652, 1.570, 1.201, 3.381, 2.196, 59.5, 11.2},
    {"kaiser:3", -69.62, -6, .403, 1.795, 1.702, 1.023, 3.564, 2.385, 53.9, 7.4},
    {"kaiser:3.5", -81.92, -6, .373, 1.928, 1.826, .890, 3.742, 2.562, 48.8, 4.8},
    {"blackman", -58.11, -18, .42, 1.727, 1.641, 1.099, 3.471, 2.295, 56.7, 9.0},
    {"exact_blackman", -68.24, -6, .427, 1.694, 1.606, 1.150, 3.438, 2.250, 57.8, 10.0},
    {"bh3", -70.83, -6, .423, 1.709, 1.621, 1.129, 3.455, 2.270, 57.2, 9.6},
    {"bh4", -92.01, -6, .359, 2.004, 1.896, .826, 3.845, 2.662, 46.0, 3.8},
};

class HarrisTable : public ::testing::TestWithParam<Row> {};

TEST_P(HarrisTable, IsMet) {
    const Row& row = GetParam();
    const FigureOptions options{.width_level = WidthLevel::decibels};
    const FiguresOfMerit figures = figures_of_merit(parse_window(row.window), points, Symmetry::periodic, options);
    constexpr double bins = 0.002;
    constexpr double decibels = 0.02;
    constexpr double percent = 0.1;
    EXPECT_EQ(figures.highest_side_lobe.has_value(), std::isfinite(row.highest_side_lobe));
    if (figures.highest_side_lobe) {
        EXPECT_TRUE(near(figures.highest_side_lobe->level_db, row.highest_side_lobe, decibels));
    }
    EXPECT_TRUE(near(figures.fall_off.value().db_per_octave, row.fall_off, 0.3));
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
