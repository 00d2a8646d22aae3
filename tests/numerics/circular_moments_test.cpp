#include "rotoscope/numerics/circular_moments.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

using test::near;
using test::near_angle;

constexpr double epsilon = 0x1p-53;
constexpr double pi = std::numbers::pi;

CircularSummary summarise(const std::vector<double>& angles) {
    CircularMoments moments;
    for (const double angle : angles) moments.add(angle);
    return moments.summary();
}

std::vector<double> draw(std::size_t count, double centre, double half_width, std::uint64_t seed) {
    const UniformDraws draws(seed, RandomStream::test);
    std::vector<double> angles(count);
    for (std::size_t i = 0; i < count; ++i) angles[i] = centre + half_width * (2.0 * draws.uniform(i) - 1.0);
    return angles;
}

/// The slow twin: n²(1 − R̄²) = 4 Σ_{i<j} sin²((θ_i − θ_j)/2), a sum of positive terms in extended precision.
long double pairwise_dispersion(const std::vector<double>& angles) {
    long double sum = 0.0L;
    for (std::size_t i = 0; i < angles.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const long double half = std::sin(0.5L * (static_cast<long double>(angles[i]) - angles[j]));
            sum += 4.0L * half * half;
        }
    }
    return sum / static_cast<long double>(angles.size() * angles.size());
}

/// The slow twin of the ordinary variance: two passes in extended precision.
long double two_pass_variance(const std::vector<double>& values) {
    const auto n = static_cast<long double>(values.size());
    long double mean = 0.0L;
    for (const double value : values) mean += static_cast<long double>(value) / n;
    long double sum = 0.0L;
    for (const double value : values) sum += (value - mean) * (value - mean);
    return sum / n;
}

// The documented bound 200 ε (1 + m²/s²); a uniform spread of half-width h has s = h/√3, and the first angle is at most
// 2h from the mean: 1 + m²/s² ≤ 13.
TEST(CircularMoments, FullPrecisionAtEverySpread) {
    for (const double spread : {3.0, 1.0, 0.1, 1e-3, 1e-6, 1e-9}) {
        for (const double centre : {0.0, 0.7, -2.0, 3.1}) {
            const std::vector<double> angles = draw(700, centre, spread, 5);
            const long double dispersion = pairwise_dispersion(angles);
            const long double length = std::sqrt(1.0L - dispersion);
            const auto variance = static_cast<double>(dispersion / (1.0L + length));
            const auto deviation = static_cast<double>(std::sqrt(-std::log1p(-dispersion)));
            const auto linear = static_cast<double>(std::sqrt(two_pass_variance(angles)));
            const double tolerance = 200 * 13 * epsilon;
            const CircularSummary summary = summarise(angles);
            EXPECT_TRUE(near(summary.circular_variance, variance, tolerance * variance)) << spread;
            EXPECT_TRUE(near(summary.circular_standard_deviation, deviation, tolerance * deviation)) << spread;
            EXPECT_TRUE(near(summary.standard_deviation, linear, tolerance * linear)) << spread;
            EXPECT_TRUE(near(summary.resultant_length, static_cast<double>(length), 4 * epsilon)) << spread;
        }
    }
}

// The worst case of the documented bound: the first angle, origin of the deviations, is unlike all others.
TEST(CircularMoments, OutlyingFirstAngleCostsAtMostTheCount) {
    std::vector<double> angles = draw(700, 0.3, 1e-9, 6);
    angles.front() = 0.1;
    const long double dispersion = pairwise_dispersion(angles);
    const auto variance = static_cast<double>(dispersion / (1.0L + std::sqrt(1.0L - dispersion)));
    EXPECT_TRUE(near(summarise(angles).circular_variance, variance, 200 * 700 * epsilon * variance));
}

TEST(CircularMoments, TinyAnglesKeepTheirDigits) {
    const CircularSummary summary = summarise({1e-12, 3e-12});
    // Two angles 2δ apart: R̄ = cos δ, 1 − R̄ = 2 sin²(δ/2) = δ²/2 (1 − δ²/12), δ = 1e-12.
    EXPECT_TRUE(near(summary.circular_variance, 0.5e-24, 16 * epsilon * 0.5e-24));
    EXPECT_TRUE(near(summary.circular_standard_deviation, 1e-12, 16 * epsilon * 1e-12));
    EXPECT_TRUE(near(summary.standard_deviation, 1e-12, 16 * epsilon * 1e-12));
    EXPECT_TRUE(near(summary.mean_direction, 2e-12, 4 * epsilon * 2e-12));
    EXPECT_TRUE(near(summary.mean, 2e-12, 4 * epsilon * 2e-12));
}

// Equally spaced angles over an arc of k·h, centred on μ: R̄ = sin(nh/2)/(n sin(h/2)), direction μ.
TEST(CircularMoments, ArcInClosedForm) {
    constexpr int n = 1000;
    for (const double h : {1e-3, 2e-3, 6e-3}) {
        for (const double centre : {0.0, 2.5, pi}) {
            std::vector<double> angles;
            for (int i = 0; i < n; ++i) angles.push_back(centre + h * (i - 0.5 * (n - 1)));
            const double length = std::abs(std::sin(0.5 * n * h)) / (n * std::sin(0.5 * h));
            const CircularSummary summary = summarise(angles);
            // Each angle is rounded at up to 7 rad (8 ε); the closed form to a few ε.
            EXPECT_TRUE(near(summary.resultant_length, length, 100 * epsilon));
            EXPECT_TRUE(near_angle(summary.mean_direction, centre, 100 * epsilon / length));
        }
    }
}

TEST(CircularMoments, SmallSpreadMakesCircularAndLinearDeviationsAgree) {
    // sqrt(−2 ln R̄) = s (1 + O(s²)): with s = 5.8e-10 the difference is below rounding.
    const CircularSummary summary = summarise(draw(4096, 1.0, 1e-9, 9));
    EXPECT_TRUE(near(summary.circular_standard_deviation, summary.standard_deviation,
                     2 * 200 * 13 * epsilon * summary.standard_deviation));
}

TEST(CircularMoments, WrapsWhereTheLineDoesNot) {
    const CircularSummary summary = summarise({3.0, -3.0, 3.0 + 2 * pi});
    EXPECT_TRUE(near(summary.mean, (3.0 + 2 * pi) / 3.0, 16 * epsilon));
    EXPECT_TRUE(near(summary.mean_absolute, (9.0 + 2 * pi) / 3.0, 16 * epsilon));
    // Directions 3, −3, 3: C = cos 3, S = sin(3)/3.
    EXPECT_TRUE(near_angle(summary.mean_direction, std::atan2(std::sin(3.0) / 3.0, std::cos(3.0)), 16 * epsilon));
    EXPECT_LE(std::abs(summary.mean_direction), pi);
}

TEST(CircularMoments, ManyTokensDoNotAccumulateError) {
    // Two antithetic spreads about 0.3 for 2^21 tokens: the exact variance is that of the two points.
    CircularMoments moments;
    for (std::size_t i = 0; i < (1U << 21); ++i) moments.add(i % 2 == 0 ? 0.25 : 0.75);
    EXPECT_TRUE(near(moments.summary().circular_variance, 2.0 * std::pow(std::sin(0.125), 2), 1e-15));
    EXPECT_TRUE(near(moments.summary().standard_deviation, 0.25, 70 * epsilon));
}

TEST(CircularMoments, HugeAnglesAreReducedByTheTruePi) {
    // Extended-precision truth.
    for (const double huge : {2e6, 1e15, 1e22, 1e300}) {
        const CircularSummary summary = summarise({0.0, huge});
        const long double length = std::abs(std::cos(0.5L * static_cast<long double>(huge)));
        EXPECT_TRUE(near(summary.resultant_length, static_cast<double>(length), 16 * epsilon)) << huge;
        EXPECT_EQ(summary.mean, 0.5 * huge);
    }
}

TEST(CircularMoments, NonFiniteAnglesAreCountedApart) {
    const double inf = std::numeric_limits<double>::infinity();
    const CircularSummary with = summarise({std::nan(""), 0.5, inf, 0.75, -inf, 1.5});
    const CircularSummary without = summarise({0.5, 0.75, 1.5});
    EXPECT_EQ(with.count, 3U);
    EXPECT_EQ(with.non_finite, 3U);
    EXPECT_EQ(with.circular_variance, without.circular_variance);
    EXPECT_EQ(with.mean, without.mean);
    EXPECT_EQ(with.mean_absolute, without.mean_absolute);
}

TEST(CircularMoments, OneAngleAndNone) {
    const CircularSummary one = summarise({-2.0});
    EXPECT_EQ(one.mean_direction, -2.0);
    EXPECT_EQ(one.resultant_length, 1.0);
    EXPECT_EQ(one.circular_variance, 0.0);
    EXPECT_EQ(one.circular_standard_deviation, 0.0);
    EXPECT_EQ(one.standard_deviation, 0.0);
    for (const CircularSummary& none : {summarise({}), summarise({std::nan("")})}) {
        EXPECT_EQ(none.count, 0U);
        EXPECT_TRUE(std::isnan(none.mean_direction) && std::isnan(none.circular_variance) && std::isnan(none.mean));
    }
}

TEST(ChannelCircularMoments, ChannelsEqualSingleStreams) {
    constexpr std::size_t channels = 11;
    constexpr std::size_t tokens = 150;
    const UniformDraws draws(2, RandomStream::test);
    ChannelCircularMoments all(channels);
    std::vector<CircularMoments> single(channels);
    for (std::size_t t = 0; t < tokens; ++t) {
        std::vector<double> angles(channels);
        for (std::size_t c = 0; c < channels; ++c) {
            angles[c] = static_cast<double>(c) * (draws.uniform(t * channels + c) - 0.4);
            single[c].add(angles[c]);
        }
        all.add(angles);
    }
    for (std::size_t c = 0; c < channels; ++c) {
        EXPECT_EQ(all.summary(c).circular_variance, single[c].summary().circular_variance) << c;
        EXPECT_EQ(all.summary(c).mean_direction, single[c].summary().mean_direction) << c;
        EXPECT_EQ(all.summary(c).standard_deviation, single[c].summary().standard_deviation) << c;
    }
    EXPECT_THROW(all.add(std::vector<double>(channels - 1)), Error);
    EXPECT_THROW(static_cast<void>(all.summary(channels)), Error);
}

}  // namespace
}  // namespace rotoscope
