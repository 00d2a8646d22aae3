#include "rotoscope/theory/schedule.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr double epsilon = 0x1p-53;

TEST(Schedule, RopeFrequenciesAreGeometric) {
    const std::vector<double> w = rope_frequencies(10000.0, 64);
    ASSERT_EQ(w.size(), 32U);
    EXPECT_EQ(w[0], 1.0);
    // The closed form at the points where it is rational: base^(−1/2) = 0.01, base^(−1/4) = 0.1.
    EXPECT_TRUE(test::near(w[16], 0.01, 2 * epsilon * 0.01));
    EXPECT_TRUE(test::near(w[8], 0.1, 2 * epsilon * 0.1));
    const double ratio = std::pow(10000.0, -1.0 / 32.0);
    for (std::size_t n = 1; n < w.size(); ++n) EXPECT_TRUE(test::near(w[n] / w[n - 1], ratio, 16 * epsilon * ratio));
}

TEST(Schedule, RfaTemperaturesAreTangents) {
    // theta = 1/2, P = 3: angles 0, π/4, π/2, half of them 0, π/8, π/4: tan(π/8) = √2 − 1, tan(π/4) = 1.
    const std::vector<double> t = rfa_temperatures(2.0, 0.5, 3);
    ASSERT_EQ(t.size(), 3U);
    EXPECT_EQ(t[0], 0.0);
    EXPECT_TRUE(test::near(t[1], 2.0 * (std::numbers::sqrt2 - 1.0), 8 * epsilon));
    EXPECT_TRUE(test::near(t[2], 2.0, 2 * epsilon));
}

// THEORY 3.1: at P = 32 the second largest temperature is 0.135 for the code's 0.995 π, and 6.2e-5 for 1/500000.
TEST(Schedule, RfaSecondLargest) {
    EXPECT_TRUE(test::near(rfa_temperatures(1.0, 0.995, 32)[30], 0.135, 0.0005));
    EXPECT_TRUE(test::near(rfa_temperatures(1.0, 1.0 - 1.0 / 500000.0, 32)[30], 6.2e-5, 0.05e-5));
    EXPECT_TRUE(test::near(rope_temperatures(1.0, 500000.0, 64)[1], 0.66, 0.005));
}

TEST(Schedule, RefusesWhatHasNoSchedule) {
    EXPECT_THROW((void)rope_frequencies(0.0, 64), Error);
    EXPECT_THROW((void)rope_frequencies(NAN, 64), Error);
    EXPECT_THROW((void)rope_frequencies(10000.0, 63), Error);
    EXPECT_THROW((void)rfa_temperatures(1.0, 1.0, 8), Error);
    EXPECT_THROW((void)rfa_temperatures(1.0, 0.5, 0), Error);
}

}  // namespace
}  // namespace rotoscope
