#include "rotoscope/numerics/circular_distance.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "rotoscope/core/gaussian_draws.hpp"

namespace rotoscope {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double epsilon = std::numeric_limits<double>::epsilon();

std::vector<double> draw(std::uint64_t seed, std::size_t count, double spread, double mean) {
    const GaussianDraws draws(seed, RandomStream::test);
    std::vector<double> angles(count);
    draws.fill(0, angles);
    for (double& angle : angles) angle = mean + spread * angle;
    return angles;
}

/// The slow twin for samples of one size: the best assignment keeps the order round the circle (10.1007/
/// s10851-011-0284-0, section 2), so it is the best of the n cyclic shifts of the sorted samples.
double best_shift(std::vector<double> a, std::vector<double> b) {
    for (std::vector<double>* angles : {&a, &b}) {
        for (double& angle : *angles) angle -= 2.0 * pi * std::floor(angle / (2.0 * pi));
        std::ranges::sort(*angles);
    }
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t shift = 0; shift < a.size(); ++shift) {
        double sum = 0.0;
        for (std::size_t i = 0; i < a.size(); ++i) {
            const double apart = std::abs(a[i] - b[(i + shift) % b.size()]);
            sum += std::min(apart, 2.0 * pi - apart);
        }
        best = std::min(best, sum / static_cast<double>(a.size()));
    }
    return best;
}

TEST(CircularDifference, TakesTheShorterWayRound) {
    // 2π in double is 2.4·10^−16 off: a few roundings of numbers up to 2π.
    EXPECT_TRUE(test::near(circular_difference(3.0, -3.0), 2.0 * pi - 6.0, 8 * epsilon));
    EXPECT_TRUE(test::near(circular_difference(-3.0, 3.0), 6.0 - 2.0 * pi, 8 * epsilon));
    EXPECT_TRUE(test::near(circular_difference(-pi, pi), 0.0, 8 * epsilon));
    EXPECT_EQ(circular_difference(0.25, 1.0), 0.75);
    EXPECT_EQ(circular_difference(2.5, 2.5), 0.0);
    EXPECT_TRUE(std::isnan(circular_difference(std::nan(""), 0.0)));
    EXPECT_TRUE(std::isnan(circular_difference(0.0, std::numeric_limits<double>::infinity())));
}

TEST(CircularTransport, AgreesWithTheBestCyclicShift) {
    for (const double spread : {0.05, 0.7, 3.0})
        for (const double mean : {0.0, 1.3, pi, -2.9})
            for (const std::size_t count : {1U, 2U, 7U, 40U}) {
                const std::vector<double> a = draw(1, count, spread, 0.2);
                const std::vector<double> b = draw(2, count, 1.5 * spread, mean);
                // Each of 2·count arcs or distances is rounded at a few π.
                const double tolerance = 16.0 * static_cast<double>(count) * pi * epsilon;
                EXPECT_TRUE(test::near(circular_transport(a, b), best_shift(a, b), tolerance)) << spread << ' ' << mean;
                EXPECT_TRUE(test::near(circular_transport(b, a), best_shift(a, b), tolerance));
            }
}

// Every angle twice is the same distribution: sizes may differ.
TEST(CircularTransport, IsOfDistributionsNotOfCounts) {
    const std::vector<double> a = draw(3, 20, 0.8, 3.0);
    const std::vector<double> b = draw(4, 20, 0.4, -2.0);
    std::vector<double> twice = a;
    twice.insert(twice.end(), a.begin(), a.end());
    EXPECT_TRUE(test::near(circular_transport(twice, b), circular_transport(a, b), 16.0 * 60 * pi * epsilon));
    EXPECT_EQ(circular_transport(twice, a), 0.0);
}

// Closed forms: a turned sample on a short arc is as far as it was turned, across ±π too; opposite points are π apart;
// half the mass moved by 1 is ½; n points spread evenly and turned by half their distance move by that half.
TEST(CircularTransport, ClosedForms) {
    const std::vector<double> arc{3.0, 3.1, 3.14, -3.1, -3.05};
    for (const double turn : {1e-9, 0.1, -0.4, 2.0 * pi + 0.3}) {
        std::vector<double> turned;
        for (const double angle : arc) turned.push_back(angle + turn);
        EXPECT_TRUE(
            test::near(circular_transport(arc, turned), std::abs(std::remainder(turn, 2.0 * pi)), 100 * epsilon));
    }
    EXPECT_TRUE(test::near(circular_transport(std::vector{0.0}, std::vector{pi}), pi, 8 * epsilon));
    EXPECT_TRUE(test::near(circular_transport(std::vector{0.0, 0.0}, std::vector{0.0, 1.0}), 0.5, 8 * epsilon));
    std::vector<double> even, between;
    for (int i = 0; i < 12; ++i) {
        even.push_back(i * pi / 6.0);
        between.push_back(i * pi / 6.0 + pi / 12.0);
    }
    EXPECT_TRUE(test::near(circular_transport(even, between), pi / 12.0, 400 * epsilon));
}

TEST(CircularTransport, DoesNotDependOnWhereTheCircleIsCut) {
    const std::vector<double> a = draw(5, 30, 0.9, 0.0);
    const std::vector<double> b = draw(6, 50, 0.3, 2.0);
    const double distance = circular_transport(a, b);
    for (const double turn : {0.5, 2.0, 3.9, 6.0}) {
        std::vector<double> turned_a = a, turned_b = b;
        for (double& angle : turned_a) angle += turn;
        for (double& angle : turned_b) angle += turn;
        EXPECT_TRUE(test::near(circular_transport(turned_a, turned_b), distance, 16.0 * 80 * pi * epsilon));
    }
}

TEST(CircularTransport, OfEqualSamplesIsExactlyZero) {
    const std::vector<double> a = draw(7, 1000, 2.0, 1.0);
    std::vector<double> reversed(a.rbegin(), a.rend());
    EXPECT_EQ(circular_transport(a, reversed), 0.0);
}

TEST(CircularTransport, IsMissingWhereASampleIs) {
    const std::vector<double> some{1.0};
    EXPECT_TRUE(std::isnan(circular_transport(some, {})));
    EXPECT_TRUE(std::isnan(circular_transport({}, some)));
    EXPECT_TRUE(std::isnan(circular_transport(some, std::vector{1.0, std::nan("")})));
}

}  // namespace
}  // namespace rotoscope
