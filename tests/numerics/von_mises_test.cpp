#include "rotoscope/numerics/von_mises.hpp"

#include "support/compare.hpp"

#include <boost/math/special_functions/bessel.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using test::near;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double below_twenty = 0x1.3ffffffffffffp4;

// Boost's Bessel functions in extended precision, where they do not overflow: 2^−63 relative, divided by the complement
// 1 − A1 ≈ 1/2κ ≥ 7·10^−4 there: below 10^−15.
TEST(BesselRatio, AgreesWithBoost) {
    for (const double kappa : {1e-8, 1e-3, 0.1, 0.5, 1.0, 2.0, 3.3, 5.0, 10.0, 15.0, 19.0, below_twenty, 20.0, 21.0,
                               25.0, 50.0, 200.0, 700.0}) {
        const auto x = static_cast<long double>(kappa);
        const long double zeroth = boost::math::cyl_bessel_i(0, x);
        const long double first = boost::math::cyl_bessel_i(1, x);
        const auto ratio = static_cast<double>(first / zeroth);
        const auto complement = static_cast<double>((zeroth - first) / zeroth);
        EXPECT_TRUE(near(bessel_ratio(kappa).ratio, ratio, 1e-14 * ratio)) << kappa;
        EXPECT_TRUE(near(bessel_ratio(kappa).complement, complement, 1e-14 * complement)) << kappa;
    }
}

// 1 − A1 = 1/2κ + 1/8κ² + 1/8κ³ + 25/128κ⁴ + O(κ^−5), from dividing the series of DLMF 10.40.1. From κ = 2000 the rest
// is below 10^−13 of the first term, and below rounding from 10^5.
TEST(BesselRatio, AgreesWithTheSeriesAtLargeConcentrations) {
    for (const double kappa : {2e3, 1e5, 1e9, 1e15, 1e300}) {
        const double x = 1.0 / kappa;
        const double expected = x * (0.5 + x * (0.125 + x * (0.125 + x * 25.0 / 128.0)));
        EXPECT_TRUE(near(bessel_ratio(kappa).complement, expected, (1e-14 + std::pow(x, 4)) * expected)) << kappa;
    }
    EXPECT_EQ(bessel_ratio(inf).ratio, 1.0);
    EXPECT_EQ(bessel_ratio(inf).complement, 0.0);
    EXPECT_EQ(bessel_ratio(0.0).ratio, 0.0);
}

// The inverse loses at most 1/A1'(κ)·A1/κ ≤ 40 times the ratio's 10^−14 below 20 and 1 above: 10^−12 is the promise.
TEST(VonMisesConcentration, InvertsTheRatio) {
    for (double kappa = 1e-12; kappa < 1e18; kappa *= 1.7) {
        const BesselRatio ratio = bessel_ratio(kappa);
        EXPECT_TRUE(near(von_mises_concentration(ratio.ratio, ratio.complement), kappa, 1e-12 * kappa)) << kappa;
    }
    for (const double kappa : {below_twenty, 20.0, 20.0 + 1e-9}) {
        const BesselRatio ratio = bessel_ratio(kappa);
        EXPECT_TRUE(near(von_mises_concentration(ratio.ratio, ratio.complement), kappa, 1e-12 * kappa)) << kappa;
    }
}

// The tables of maximum-likelihood κ in Mardia (1972), Statistics of Directional Data, appendix 2.3, and Fisher (1993),
// Statistical Analysis of Circular Data, appendix A3: to the digits printed.
TEST(VonMisesConcentration, PublishedTable) {
    EXPECT_TRUE(near(von_mises_concentration(0.10, 0.90), 0.20101, 5.1e-6));
    EXPECT_TRUE(near(von_mises_concentration(0.50, 0.50), 1.15932, 5.1e-6));
    EXPECT_TRUE(near(von_mises_concentration(0.90, 0.10), 5.3047, 5.1e-4));
}

TEST(VonMisesConcentration, EndsAndRefusals) {
    EXPECT_EQ(von_mises_concentration(0.0, 1.0), 0.0);
    EXPECT_EQ(von_mises_concentration(1.0, 0.0), inf);
    EXPECT_TRUE(near(von_mises_concentration(1.0, 1e-30), 0.5e30, 1e-12 * 0.5e30));
    EXPECT_TRUE(std::isnan(von_mises_concentration(std::nan(""), 0.5)));
    EXPECT_THROW(static_cast<void>(von_mises_concentration(1.1, 0.0)), Error);
    EXPECT_THROW(static_cast<void>(bessel_ratio(-1.0)), Error);
}

// The trapezoidal rule of a periodic analytic function converges exponentially: with 8192 points and widths κ^−1/2 ≥
// 0.01 only rounding is left. The first moment must be A1.
TEST(VonMisesDensity, IntegratesToOneWithTheRightResultant) {
    for (const double kappa : {0.0, 0.3, 5.0, below_twenty, 20.0, 800.0, 1e4}) {
        constexpr int points = 8192;
        double total = 0.0;
        double resultant = 0.0;
        for (int i = 0; i < points; ++i) {
            const double angle = 2.0 * std::numbers::pi * i / points;
            const double density = von_mises_density(angle, 1.5, kappa) * 2.0 * std::numbers::pi / points;
            total += density;
            resultant += density * std::cos(angle - 1.5);
        }
        EXPECT_TRUE(near(total, 1.0, 1e-13)) << kappa;
        EXPECT_TRUE(near(resultant, bessel_ratio(kappa).ratio, 1e-13)) << kappa;
    }
    EXPECT_THROW(static_cast<void>(von_mises_density(0.0, 0.0, inf)), Error);
}

}  // namespace
}  // namespace rotoscope
