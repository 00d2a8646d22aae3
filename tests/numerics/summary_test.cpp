#include "rotoscope/numerics/summary.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using test::near;

// 10^9 + {4, 7, 13, 16}: mean 10^9 + 10, variance 30. The textbook formula gives 29.3 or worse; Welford's rounds each
// value − mean once at 10^9·2^−53: 10^−7 relative to a deviation, twice in the variance.
TEST(Summary, FarFromZero) {
    const Summary summary = summarise(std::vector<double>{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
    EXPECT_TRUE(near(summary.mean(), 1e9 + 10, 1e-6));
    EXPECT_TRUE(near(summary.variance(), 30.0, 6e-6));
    EXPECT_TRUE(near(summary.standard_error(), std::sqrt(7.5), 1e-6));
    EXPECT_EQ(summary.minimum(), 1e9 + 4);
    EXPECT_EQ(summary.maximum(), 1e9 + 16);
}

TEST(Summary, NonFiniteApartAndEmpty) {
    const Summary summary = summarise(std::vector<double>{std::nan(""), 2.0, HUGE_VAL, 4.0});
    EXPECT_EQ(summary.count(), 2U);
    EXPECT_EQ(summary.non_finite(), 2U);
    EXPECT_EQ(summary.mean(), 3.0);
    EXPECT_EQ(summary.variance(), 2.0);
    EXPECT_TRUE(std::isnan(summarise({}).mean()) && std::isnan(summarise({}).minimum()));
    EXPECT_TRUE(std::isnan(summarise(std::vector<double>{1.0}).variance()));
}

TEST(Quantiles, LinearInterpolation) {
    // numpy.quantile([3, 1, 2, 10], [0, 0.25, 0.5, 0.9, 1]) = 1, 1.75, 2.5, 7.9, 10.
    const std::vector<double> computed = quantiles({3, 1, 2, 10}, std::vector<double>{0, 0.25, 0.5, 0.9, 1});
    EXPECT_TRUE(test::all_near(computed, std::vector<double>{1, 1.75, 2.5, 7.9, 10}, 4e-15));
    EXPECT_EQ(quantiles({7}, std::vector<double>{0.3})[0], 7.0);
    EXPECT_EQ(quantiles({HUGE_VAL, HUGE_VAL}, std::vector<double>{0.3})[0], HUGE_VAL);
    EXPECT_TRUE(std::isnan(quantiles({}, std::vector<double>{0.5})[0]));
    EXPECT_TRUE(std::isnan(quantiles({1, std::nan("")}, std::vector<double>{0.5})[0]));
    EXPECT_THROW(static_cast<void>(quantiles({1}, std::vector<double>{1.5})), Error);
}

}  // namespace
}  // namespace rotoscope
