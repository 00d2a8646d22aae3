#include "rotoscope/core/gaussian_draws.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace rotoscope {
namespace {

using test::near;

constexpr std::size_t count = 1 << 20;

std::vector<double> draw(std::uint64_t seed, std::size_t size = count) {
    std::vector<double> values(size);
    GaussianDraws(seed, RandomStream::test).fill(0, std::span<double>(values));
    return values;
}

double tail_of_normal(double z) { return std::erfc(z / std::numbers::sqrt2); }  // P(|Z| > z)

// The slow twin: Box–Muller in extended precision from the same bits. Errors in units of ε: the radius 3 (half of the
// logarithm's 5, and the square root), sine or cosine 4 relative to themselves or 1 to the radius, the product 1.
TEST(GaussianDraws, AgreesWithExtendedPrecision) {
    const UniformDraws bits(4, RandomStream::test);
    const std::vector<double> values = draw(4, 1 << 17);
    for (std::size_t p = 0; p < values.size() / 2; ++p) {
        const PhiloxCounter words = bits.block(p);
        const std::uint64_t k = (std::uint64_t{words[1]} << 32) | words[0];
        const std::uint64_t m = (std::uint64_t{words[3]} << 32) | words[2];
        // The uniform is rounded to double by definition: near 1 the logarithm of the rounded one is meant.
        const double u = static_cast<double>(k) + 0.5;
        const long double radius = std::sqrt(-2.0L * std::log(static_cast<long double>(u) * 0x1p-64L));
        const long double angle = 2.0L * std::numbers::pi_v<long double> * static_cast<long double>(m) * 0x1p-64L;
        const auto tolerance = static_cast<double>(8.0L * radius) * 0x1p-53;
        ASSERT_TRUE(near(values[2 * p], static_cast<double>(radius * std::cos(angle)), tolerance)) << p;
        ASSERT_TRUE(near(values[2 * p + 1], static_cast<double>(radius * std::sin(angle)), tolerance)) << p;
    }
}

TEST(GaussianDraws, BulkEqualsIndexedInAnyChunks) {
    const GaussianDraws draws(5, RandomStream::test);
    for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{63}, (std::uint64_t{1} << 33) - 7}) {
        std::vector<double> whole(300);
        draws.fill(first, std::span<double>(whole));
        for (std::size_t j = 0; j < whole.size(); ++j) EXPECT_EQ(whole[j], draws.normal(first + j)) << j;
        std::vector<double> pieces(whole.size());
        std::vector<float> rounded(whole.size());
        for (std::size_t begin = 0, size = 1; begin < whole.size(); begin += size, size = 2 * size + 1) {
            const std::size_t length = std::min(size, whole.size() - begin);
            draws.fill(first + begin, std::span(pieces).subspan(begin, length));
            draws.fill(first + begin, std::span(rounded).subspan(begin, length));
        }
        EXPECT_EQ(pieces, whole);
        for (std::size_t j = 0; j < whole.size(); ++j) EXPECT_EQ(rounded[j], static_cast<float>(whole[j]));
    }
}

// Raw moments 0, 1, 0, 3; the variance of z^k is m_2k − m_k²: 1, 2, 15, 96. Five standard errors each: a false alarm
// once in 4·10^5 seeds for the four together, and the seed is fixed.
TEST(GaussianDraws, MomentsToOrderFour) {
    double sums[4] = {};
    for (const double z : draw(1)) {
        double power = 1.0;
        for (double& sum : sums) sum += power *= z;
    }
    const double expected[4] = {0.0, 1.0, 0.0, 3.0};
    const double variance[4] = {1.0, 2.0, 15.0, 96.0};
    for (int k = 0; k < 4; ++k)
        EXPECT_TRUE(near(sums[k] / count, expected[k], 5.0 * std::sqrt(variance[k] / count))) << k + 1;
}

// Counts beyond 3 and 4 σ are binomial with means 2831 and 66: five standard deviations. The largest of 2^20 is between
// 4.2 and 6.3 but for 10^−12 and 3·10^−4: both on the fixed seed.
TEST(GaussianDraws, TailFractions) {
    const std::vector<double> values = draw(2);
    for (const double z : {3.0, 4.0}) {
        const auto beyond = static_cast<double>(
            std::count_if(values.begin(), values.end(), [&](double value) { return std::abs(value) > z; }));
        const double mean = count * tail_of_normal(z);
        EXPECT_TRUE(near(beyond, mean, 5.0 * std::sqrt(mean))) << z;
    }
    const double largest = *std::max_element(values.begin(), values.end());
    EXPECT_GT(largest, 4.2);
    EXPECT_LT(largest, 6.3);
}

// Kolmogorov–Smirnov: P(√n D > 2.5) ≈ 2 e^{−12.5} = 7·10^−6.
TEST(GaussianDraws, KolmogorovSmirnov) {
    std::vector<double> values = draw(3);
    std::sort(values.begin(), values.end());
    double distance = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        const double p = 0.5 * std::erfc(-values[i] / std::numbers::sqrt2);
        distance = std::max({distance, (static_cast<double>(i) + 1.0) / count - p, p - static_cast<double>(i) / count});
    }
    EXPECT_LT(distance, 2.5 / std::sqrt(static_cast<double>(count)));
}

// Products of independent normals have variance 1, products of their squares' deviations 4. Lag 1 within a pair (cosine
// and sine partner), lag 1 across pairs, and lag 64 (one batch): five standard errors, three lags, two moments.
TEST(GaussianDraws, NeighboursAreIndependent) {
    const std::vector<double> values = draw(6);
    const auto check = [&](std::size_t begin, std::size_t step, std::size_t lag) {
        double products = 0.0;
        double squares = 0.0;
        double n = 0.0;
        for (std::size_t i = begin; i + lag < count; i += step) {
            const double a = values[i];
            const double b = values[i + lag];
            products += a * b;
            squares += (a * a - 1.0) * (b * b - 1.0);
            n += 1.0;
        }
        EXPECT_TRUE(near(products / n, 0.0, 5.0 / std::sqrt(n)));
        EXPECT_TRUE(near(squares / n, 0.0, 10.0 / std::sqrt(n)));
    };
    check(0, 2, 1);
    check(1, 2, 1);
    check(0, 1, 64);
}

TEST(GaussianDraws, SeedsAndStreamsDiffer) {
    EXPECT_NE(GaussianDraws(1, RandomStream::test).normal(0), GaussianDraws(2, RandomStream::test).normal(0));
    EXPECT_NE(GaussianDraws(1, RandomStream::test).normal(0), GaussianDraws(1, RandomStream::sphere).normal(0));
}

}  // namespace
}  // namespace rotoscope
