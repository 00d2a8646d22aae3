#include "rotoscope/theory/rotation.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

constexpr double epsilon = 0x1p-53;
constexpr std::size_t pairs = 8;
constexpr UniformDraws draws(11, RandomStream::test);

std::vector<double> random_vector(std::size_t size, std::uint64_t first) {
    std::vector<double> values(size);
    for (std::size_t i = 0; i < size; ++i) values[i] = 2.0 * draws.uniform(first + i) - 1.0;
    return values;
}

class RotationTest : public ::testing::TestWithParam<PairLayout> {};

// The definition: x0 + i x1 times e^{ia}, by std::complex.
TEST_P(RotationTest, IsMultiplicationByAUnitComplexNumber) {
    const std::vector<double> x = random_vector(2 * pairs, 0);
    std::vector<double> angles = random_vector(pairs, 100);
    for (double& angle : angles) angle *= 1000.0;
    std::vector<double> rotated = x;
    rotate_pairs<double>(GetParam(), rotated, angles);
    for (std::size_t n = 0; n < pairs; ++n) {
        const auto [i0, i1] = pair_indices(GetParam(), n, pairs);
        const std::complex<double> expected = std::complex(x[i0], x[i1]) * std::polar(1.0, angles[n]);
        // Two products and a sum in each of the two ways: 4 roundings of the pair's length.
        EXPECT_TRUE(test::near(rotated[i0], expected.real(), 4 * epsilon * std::abs(expected)));
        EXPECT_TRUE(test::near(rotated[i1], expected.imag(), 4 * epsilon * std::abs(expected)));
    }
}

TEST_P(RotationTest, ComposesAndInverts) {
    const std::vector<double> x = random_vector(2 * pairs, 200);
    const std::vector<double> a = random_vector(pairs, 300);
    std::vector<double> back(pairs);
    for (std::size_t n = 0; n < pairs; ++n) back[n] = -a[n];
    std::vector<double> rotated = x;
    rotate_pairs<double>(GetParam(), rotated, a);
    EXPECT_FALSE(test::all_near(rotated, x, 8 * epsilon));
    rotate_pairs<double>(GetParam(), rotated, back);
    EXPECT_TRUE(test::all_near(rotated, x, 8 * epsilon));  // two rotations, 4 roundings each, of lengths below 1.5
}

TEST_P(RotationTest, ScoresDependOnDistanceOnly) {
    const std::vector<double> q = random_vector(2 * pairs, 400);
    const std::vector<double> k = random_vector(2 * pairs, 500);
    const std::vector<double> w = random_vector(pairs, 600);
    const auto score = [&](double t, double tau) {
        std::vector<double> rotated_q = q, rotated_k = k, at_t = w, at_tau = w;
        for (double& angle : at_t) angle *= t;
        for (double& angle : at_tau) angle *= tau;
        rotate_pairs<double>(GetParam(), rotated_q, at_t);
        rotate_pairs<double>(GetParam(), rotated_k, at_tau);
        double sum = 0.0;
        for (std::size_t i = 0; i < 2 * pairs; ++i) sum += rotated_q[i] * rotated_k[i];
        return sum;
    };
    // Angles up to 1000 rad carry 500 ulp of their own rounding into each of 8 pairs.
    EXPECT_TRUE(test::near(score(1000, 993), score(7, 0), 2 * 8 * 1000 * epsilon));
    EXPECT_GT(std::abs(score(7, 0) - score(8, 0)), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Layouts, RotationTest, ::testing::Values(PairLayout::half_split, PairLayout::interleaved));

TEST(Rotation, LayoutsAgreeUpToThePermutation) {
    const std::vector<double> x = random_vector(2 * pairs, 700);
    const std::vector<double> angles = random_vector(pairs, 800);
    std::vector<double> half = x, interleaved(2 * pairs);
    for (std::size_t n = 0; n < pairs; ++n) {
        interleaved[2 * n] = x[n];
        interleaved[2 * n + 1] = x[n + pairs];
    }
    rotate_pairs<double>(PairLayout::half_split, half, angles);
    rotate_pairs<double>(PairLayout::interleaved, interleaved, angles);
    for (std::size_t n = 0; n < pairs; ++n) {
        EXPECT_EQ(half[n], interleaved[2 * n]);
        EXPECT_EQ(half[n + pairs], interleaved[2 * n + 1]);
    }
}

TEST(Rotation, TurnsCounterClockwise) {
    std::vector<float> x{1.0F, 0.0F};
    rotate_pairs<float>(PairLayout::half_split, x, std::vector<double>{std::numbers::pi / 2});
    EXPECT_TRUE(test::near(x[0], 0.0, 0x1p-24));
    EXPECT_TRUE(test::near(x[1], 1.0, 0x1p-24));
}

TEST(Rotation, RefusesOtherSizes) {
    std::vector<double> x(6);
    EXPECT_THROW(rotate_pairs<double>(PairLayout::half_split, x, std::vector<double>(2)), Error);
}

}  // namespace
}  // namespace rotoscope
