#include "rotoscope/theory/feature_temperature.hpp"

#include "support/compare.hpp"

#include <boost/math/tools/minima.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/kernel_moments.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr double degree = std::numbers::pi / 180.0;
constexpr double angles[] = {30.0, 60.0, 90.0, 120.0, 150.0};

// Computed independently in double precision; printed to four decimals.
TEST(OptimalTemperature, PrintedValuesAtSixteenDraws) {
    const double conjugated[] = {0.9484, 0.9608, 0.9724, 0.9795, 0.9830};
    const double as_printed[] = {0.2541, 0.5547, 0.9724, 1.6966, 3.6688};
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(
            test::near(optimal_temperature(angles[i] * degree, 16, FeatureProduct::conjugated), conjugated[i], 5e-5));
        EXPECT_TRUE(
            test::near(optimal_temperature(angles[i] * degree, 16, FeatureProduct::as_printed), as_printed[i], 5e-5));
    }
}

// At D = 1 the cubic is a³ = g: σ² = (2/3)(1 − cos θ)/z².
TEST(OptimalTemperature, ClosedFormAtOneDraw) {
    for (const double angle : angles) {
        const double half = std::tan(0.5 * angle * degree);
        EXPECT_TRUE(test::near(optimal_temperature(angle * degree, 1, FeatureProduct::conjugated), 1.0 / std::sqrt(3.0),
                               1e-15));
        EXPECT_TRUE(test::near(optimal_temperature(angle * degree, 1, FeatureProduct::as_printed),
                               half / std::sqrt(3.0), 4e-15 * half));
    }
}

// The theorem: tan(θ/2) for D → ∞ as printed, 1 with the conjugate. The distance is of order 1/D, with a constant below
// 1
// ((1 − a²)/(2 log a) < 1 in magnitude), relative.
TEST(OptimalTemperature, ManyDraws) {
    for (const double angle : angles) {
        const double half = std::tan(0.5 * angle * degree);
        EXPECT_TRUE(test::near(optimal_temperature(angle * degree, 1e8, FeatureProduct::conjugated), 1.0, 1e-8));
        EXPECT_TRUE(
            test::near(optimal_temperature(angle * degree, 1e8, FeatureProduct::as_printed), half, 1e-8 * half));
        // The product matters: neither is the other's limit, but at 90 degrees.
        if (angle != 90.0) {
            EXPECT_GT(std::abs(half - 1.0), 0.1);
        }
    }
}

// A minimiser that knows nothing of the equation; it resolves σ to about √ε.
TEST(OptimalTemperature, MinimisesTheError) {
    for (const FeatureProduct product : {FeatureProduct::conjugated, FeatureProduct::as_printed}) {
        for (const double angle : {5.0, 30.0, 60.0, 90.0, 120.0, 150.0, 175.0}) {
            for (const double draws : {1.0, 3.0, 16.0, 1000.0}) {
                const double computed = optimal_temperature(angle * degree, draws, product);
                const auto error = [&](double sigma) {
                    return temperature_error(sigma, angle * degree, draws, product);
                };
                const auto [sigma, least] =
                    boost::math::tools::brent_find_minima(error, 0.3 * computed, 3.0 * computed, 50);
                EXPECT_TRUE(test::near(computed, sigma, 1e-6 * computed)) << angle << " " << draws;
                EXPECT_LE(error(computed), least * (1.0 + 1e-12));
            }
        }
    }
}

// The cubic's residual at the returned σ: to about 1e-15 in a, as the Newton iteration promises.
TEST(OptimalTemperature, SolvesTheCubic) {
    for (const double angle : {0.01, 1.0, 60.0, 179.0}) {
        for (const double draws : {1.0, 2.0, 16.0, 16384.0}) {
            const double sigma = optimal_temperature(angle * degree, draws, FeatureProduct::conjugated);
            const double half = 1.0 - std::cos(angle * degree);
            const double a = std::exp(-sigma * sigma * half);
            const double residual = a * a * a / draws + a * (1.0 - 1.0 / draws) - std::exp(-half);
            EXPECT_TRUE(test::near(residual, 0.0, 2e-15));
        }
    }
    EXPECT_TRUE(
        test::near(optimal_temperature(0.0, 16, FeatureProduct::conjugated), 1.0 / std::sqrt(1.0 + 2.0 / 16.0), 1e-15));
    EXPECT_TRUE(test::near(optimal_temperature(1e-6, 16, FeatureProduct::conjugated), 1.0 / std::sqrt(1.0 + 2.0 / 16.0),
                           1e-11));
    EXPECT_EQ(optimal_temperature(0.0, 16, FeatureProduct::as_printed), 0.0);
    EXPECT_GT(optimal_temperature(std::numbers::pi, 16, FeatureProduct::as_printed), 1e7);
}

// The error is the general moments' bias² + variance at the unit pair, as printed with −k for k.
TEST(OptimalTemperature, ErrorFollowsFromTheMoments) {
    for (const double sigma : {0.3, 1.0, 2.0}) {
        const VectorPair pair = unit_pair(8, 50.0 * degree);
        const VectorPair opposite = unit_pair(8, 130.0 * degree);
        const double kernel = true_kernel(pair);
        const KernelMoments conjugated = kernel_moments(FeatureKind::trigonometric, pair, 16, sigma);
        const KernelMoments as_printed = kernel_moments(FeatureKind::trigonometric, opposite, 16, sigma);
        EXPECT_TRUE(test::near(temperature_error(sigma, 50.0 * degree, 16, FeatureProduct::conjugated),
                               conjugated.mean_squared_error(kernel), 1e-14));
        EXPECT_TRUE(test::near(temperature_error(sigma, 50.0 * degree, 16, FeatureProduct::as_printed),
                               as_printed.mean_squared_error(kernel), 1e-14));
    }
}

TEST(Temperatures, SpectraOfFigure2) {
    const double base = 1.0 / 500000.0;
    const std::vector<double> rope = rope_temperatures(1.0, 1.0 / base, 64);
    EXPECT_EQ(rope.front(), 1.0);
    EXPECT_TRUE(test::near(rope[1], 0.66, 5e-3));
    EXPECT_TRUE(test::near(rope[31], std::pow(base, 31.0 / 32.0), 1e-18));
    // The second largest: 6.2e-5 at ε = 1/500000, 0.135 at the 0.995π of the code.
    const std::vector<double> tangent = rfa_temperatures(1.0, 1.0 - base, 32);
    EXPECT_EQ(tangent.front(), 0.0);
    EXPECT_EQ(tangent.back(), 1.0);
    EXPECT_TRUE(test::near(tangent[30], 6.2e-5, 5e-7));
    const std::vector<double> code = rfa_temperatures(1.0, 0.995, 32);
    EXPECT_TRUE(test::near(code[30], 0.135, 5e-4));
    // The resemblance depends on ε.
    EXPECT_LT(spectrum_distance(rope, code).root_mean_square, spectrum_distance(rope, tangent).root_mean_square);
}

TEST(Temperatures, DistanceOfSortedSpectra) {
    const double a[] = {1.0, 0.5, 0.0};
    const double b[] = {0.1, 0.9, 0.5};
    const SpectrumDistance distance = spectrum_distance(a, b);
    EXPECT_TRUE(test::near(distance.largest, 0.1, 1e-15));
    EXPECT_TRUE(test::near(distance.root_mean_square, std::sqrt(0.02 / 3.0), 1e-15));
    EXPECT_EQ(spectrum_distance(a, a).root_mean_square, 0.0);
}

TEST(Temperatures, Refusals) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW((void)optimal_temperature(-0.1, 16, FeatureProduct::conjugated), Error);
    EXPECT_THROW((void)optimal_temperature(nan, 16, FeatureProduct::conjugated), Error);
    EXPECT_THROW((void)optimal_temperature(1.0, 0.5, FeatureProduct::conjugated), Error);
    EXPECT_THROW((void)temperature_error(1.0, 4.0, 16, FeatureProduct::conjugated), Error);
    const double one[] = {1.0};
    EXPECT_THROW((void)spectrum_distance(one, {}), Error);
}

}  // namespace
}  // namespace rotoscope
