#include "rotoscope/numerics/turns.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// x = m/2^20 with m < 2^21 and k < 2^30: the product has 51 bits at most, so it is exact, and the C library reduces it
// exactly. sine_versine errs by 4 and 8 roundings, its argument (2 ulp, below π) by 4π: 2^−49 covers both.
TEST(Turns, MultiplesAreReducedAsTheCLibraryReducesExactProducts) {
    const UniformDraws draws(1, RandomStream::test);
    for (std::uint64_t i = 0; i < 2000; ++i) {
        const double x =
            (draws.uniform(3 * i) < 0.5 ? -1.0 : 1.0) * static_cast<double>(draws.below(3 * i + 1, 1 << 21)) / 0x1p20;
        const std::uint64_t k = draws.below(3 * i + 2, 1 << 30);
        const auto unit = (Turns::of_radians(x) * k).unit();
        const double product = x * static_cast<double>(k);
        ASSERT_TRUE(test::near(unit.real(), std::cos(product), 0x1p-49)) << x << ' ' << k;
        ASSERT_TRUE(test::near(unit.imag(), std::sin(product), 0x1p-49)) << x << ' ' << k;
    }
}

TEST(Turns, OfAnyMagnitudeAreThoseOfTheCLibrary) {
    for (double x = 0x1p-60; x < 0x1p52; x *= 1.7) {
        for (const double signed_x : {x, -x}) {
            const auto unit = Turns::of_radians(signed_x).unit();
            ASSERT_TRUE(test::near(unit.real(), std::cos(signed_x), 0x1p-49)) << signed_x;
            ASSERT_TRUE(test::near(unit.imag(), std::sin(signed_x), 0x1p-49)) << signed_x;
        }
        if (x < 3.0) {
            ASSERT_TRUE(test::near(Turns::of_radians(x).radians(), x, 2.0 * epsilon * x));
        }
    }
    EXPECT_EQ(Turns::of_radians(0.0), Turns());
    EXPECT_EQ(Turns::of_radians(-0.0), Turns());
}

// 2π as a double is 2.449…e-16 less than 2π: the fraction shows it, with the relative precision of a small angle.
TEST(Turns, SeeHowFarADoubleIsFromAWholeTurn) {
    EXPECT_TRUE(test::near(Turns::of_radians(2.0 * std::numbers::pi).radians(), -2.4492935982947064e-16, 1e-30));
}

TEST(Turns, OfFractionsComeBackToZero) {
    for (const std::uint64_t n : {1U, 2U, 3U, 4096U, 10007U, 1U << 31}) {
        const Turns once = Turns::of_fraction(1, n);
        // n steps miss a turn by less than n units of 2^−128.
        EXPECT_LE(std::abs((once * n).radians()), 2.0 * std::numbers::pi * static_cast<double>(n) * 0x1p-127);
        EXPECT_EQ(Turns::of_fraction(n + 1, n), once);
    }
    EXPECT_TRUE(test::near(Turns::of_fraction(1, 3).radians(), 2.0 * std::numbers::pi / 3.0, 4.0 * epsilon));
    EXPECT_TRUE(test::near((-Turns::of_fraction(1, 3)).radians(), -2.0 * std::numbers::pi / 3.0, 4.0 * epsilon));
}

TEST(Turns, RefuseWhatHasNoAngle) {
    EXPECT_THROW((void)Turns::of_radians(0x1p52), Error);
    EXPECT_THROW((void)Turns::of_radians(std::numeric_limits<double>::infinity()), Error);
    EXPECT_THROW((void)Turns::of_radians(std::numeric_limits<double>::quiet_NaN()), Error);
}

}  // namespace
}  // namespace rotoscope
