// What decay buys, against THEORY's values and closed forms.
#include "run_leakage.hpp"
#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using test::near;
using test::number;
using test::run_leakage;
using test::table_of;

LeakageOptions sweep(const std::string& range, std::uint64_t length) {
    LeakageOptions options;
    options.sweep = range;
    options.length = length;
    return options;
}

TEST(DecaySweep, HasItsClosedForms) {
    const Result result = run_leakage(sweep("0:6:13", 4096));
    const Table& table = table_of(result, "decay_sweep");
    ASSERT_EQ(table.rows(), 13U);
    EXPECT_TRUE(near(100.0 * number(table, 0, "leakage_factor"), 9.72, 0.005));
    for (std::size_t i = 0; i < 13; ++i) {
        const double alpha = number(table, i, "alpha");
        EXPECT_TRUE(near(number(table, i, "a"), std::exp(-alpha / 4096.0), 1e-15));
        if (i == 0) continue;
        const double coth = 1.0 / std::tanh(alpha / 2.0);
        EXPECT_TRUE(near(number(table, i, "noise_loss"), 10.0 * std::log10(alpha / 2.0 * coth), 1e-5)) << alpha;
        EXPECT_TRUE(near(number(table, i, "ripple"), coth, 1e-3 * coth)) << alpha;
        // What it costs grows: signal to noise, the width, what masks a weak tone, the resolution.
        for (const char* column : {"noise_loss", "width_3db", "weakest_10bins", "resolution_0db"})
            EXPECT_GT(number(table, i, column), number(table, i - 1, column)) << column << ' ' << alpha;
    }
}

// A mild decay makes the highest side lobe worse while it lowers the ripple (THEORY section 2).
TEST(DecaySweep, ShowsWhatAMildDecayDoes) {
    const Result result = run_leakage(sweep("0:2:5", 4096));
    const Table& table = table_of(result, "decay_sweep");
    for (std::size_t i = 1; i < 5; ++i) {
        EXPECT_GT(number(table, i, "highest_side_lobe"), number(table, i - 1, "highest_side_lobe"));
        EXPECT_LT(number(table, i, "ripple"), number(table, i - 1, "ripple"));
    }
}

// THEORY: levels −29.7, −28.0, −24.0 dB at f = 10.5 for α = 1, 2, 4: the lobe that masks from 10 bins on.
TEST(DecaySweep, HasTheLevelsOfTheTheory) {
    const Result result = run_leakage(sweep("1:4:4", 8192));
    const Table& table = table_of(result, "decay_sweep");
    EXPECT_TRUE(near(number(table, 0, "weakest_10bins"), -29.7, 0.06));
    EXPECT_TRUE(near(number(table, 1, "weakest_10bins"), -28.0, 0.06));
    // At α = 4 the ripple is so small that the slope carries the maximum beyond 10 bins up to 10 bins: 0.06 dB more.
    EXPECT_TRUE(near(number(table, 3, "weakest_10bins"), -24.0, 0.12));
}

// The mean over channels of their own decays, α_n = 2ᾱ(n + ½)/32; the noise bandwidth is convex in α, so that its mean
// lies above that of the mean decay.
TEST(DecaySweep, ComparesAtEqualMean) {
    const Result result = run_leakage(sweep("0:8:2", 2048));
    const Table& table = table_of(result, "equal_mean");
    for (std::size_t i = 0; i < table.rows(); ++i) {
        const double mean = number(table, i, "mean_alpha");
        double bandwidth = 0.0;
        for (int n = 0; n < 32; ++n) {
            const double alpha = 2.0 * mean * (n + 0.5) / 32.0;
            bandwidth += alpha / 2.0 / std::tanh(alpha / 2.0) / 32.0;
        }
        EXPECT_TRUE(near(number(table, i, "own_noise_loss"), 10.0 * std::log10(bandwidth), 1e-4)) << mean;
        EXPECT_TRUE(
            near(number(table, i, "shared_noise_loss"), 10.0 * std::log10(mean / 2.0 / std::tanh(mean / 2.0)), 1e-4))
            << mean;
        EXPECT_GT(number(table, i, "own_noise_loss"), number(table, i, "shared_noise_loss"));
    }
}

TEST(DecaySweep, DoesNotDependOnThreads) {
    const LeakageOptions options = sweep("0:3:4", 300);
    const Result one = run_leakage(options, 1);
    const Result three = run_leakage(options, 3);
    for (const char* name : {"decay_sweep", "equal_mean"}) {
        const Table& a = table_of(one, name);
        for (std::size_t row = 0; row < a.rows(); ++row)
            for (std::size_t column = 0; column < a.columns().size(); ++column)
                EXPECT_EQ(a.at(row, column), table_of(three, name).at(row, column));
    }
}

TEST(DecaySweep, RefusesWhatIsNoRange) {
    for (const char* range : {"1", "2:1", "-1:2", "0:701", "0:1:1", "0:1:2:3", "a:b", "0:1:100000"})
        EXPECT_THROW((void)run_leakage(sweep(range, 64)), Error) << range;
}

}  // namespace
}  // namespace rotoscope
