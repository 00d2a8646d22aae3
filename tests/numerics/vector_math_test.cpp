#include "rotoscope/numerics/vector_math.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace rotoscope {
namespace {

/// `count` floats from −range to range, evenly spaced.
std::vector<float> spread(float range, int count) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i)
        values.push_back(range * (2.0F * static_cast<float>(i) / static_cast<float>(count - 1) - 1.0F));
    return values;
}

// The bounds are those of the header: half an ulp of the result (3.0e-8), of the reduced angle (3.0e-8 below π/4,
// 6.0e-8 below π/2) and of the last polynomial term, with libm in double as the truth.
TEST(VectorMath, SineCosineAgainstLibm) {
    for (const float range : {50.0F, largest_reduced_angle}) {
        for (const float x : spread(range, 200001)) {
            const auto [sine, cosine_of_pair] = sine_cosine(x);
            ASSERT_TRUE(test::near(sine, std::sin(static_cast<double>(x)), 1e-7)) << "sin " << x;
            ASSERT_TRUE(test::near(cosine_of_pair, std::cos(static_cast<double>(x)), 1e-7)) << "cos " << x;
            ASSERT_TRUE(test::near(cosine(x), std::cos(static_cast<double>(x)), 1.5e-7)) << "cosine " << x;
        }
    }
}

// Angles of every size up to the reduction's reach, and those where a quarter turn cancels all but the last digits.
TEST(VectorMath, SineCosineOfDoublesAgainstLibm) {
    const auto expect_accurate = [](double x) {
        const auto [sine, cosine_of_pair] = sine_cosine_of_double(x);
        ASSERT_TRUE(test::near(sine, std::sin(x), 1e-7)) << "sin " << x;
        ASSERT_TRUE(test::near(cosine_of_pair, std::cos(x), 1e-7)) << "cos " << x;
    };
    for (const double range : {1.0, 1e3, largest_sine_argument})
        for (const float x : spread(1.0F, 200001)) expect_accurate(range * static_cast<double>(x));
    for (int turns = -660000; turns <= 660000; turns += 11) expect_accurate(turns * 0.5 * std::numbers::pi);
    EXPECT_TRUE(std::isnan(sine_cosine_of_double(std::numeric_limits<double>::quiet_NaN()).sine));
    EXPECT_TRUE(std::isnan(sine_cosine_of_double(std::numeric_limits<double>::infinity()).cosine));
}

TEST(VectorMath, ExponentialAgainstLibm) {
    for (const float x : spread(87.3F, 400001)) {
        const double expected = std::exp(static_cast<double>(x));
        ASSERT_TRUE(test::near(exponential(x), expected, 1.5e-7 * expected)) << x;
    }
}

TEST(VectorMath, SpecialArguments) {
    const float infinity = std::numeric_limits<float>::infinity();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(exponential(0.0F), 1.0F);
    EXPECT_EQ(exponential(88.8F), infinity);
    EXPECT_EQ(exponential(1e30F), infinity);
    EXPECT_EQ(exponential(infinity), infinity);
    EXPECT_EQ(exponential(-1e30F), 0.0F);
    EXPECT_EQ(exponential(-infinity), 0.0F);
    EXPECT_TRUE(std::isnan(exponential(nan)));
    // Gradual underflow: one unit in the last place of the subnormal result, 2^-149.
    EXPECT_TRUE(test::near(exponential(-100.0F), std::exp(-100.0), 0x1p-149));
    EXPECT_EQ(sine_cosine(0.0F).sine, 0.0F);
    EXPECT_EQ(sine_cosine(0.0F).cosine, 1.0F);
    EXPECT_TRUE(std::isnan(sine_cosine(nan).sine));
    EXPECT_TRUE(std::isnan(sine_cosine(infinity).cosine));
    EXPECT_TRUE(std::isnan(cosine(-infinity)));
}

}  // namespace
}  // namespace rotoscope
