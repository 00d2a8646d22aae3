#include "rotoscope/numerics/fft.hpp"

#include "support/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <thread>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

/// Values without symmetry: the fractional parts of multiples of the golden ratio and of √2.
std::vector<Complex> irregular(std::size_t n) {
    std::vector<Complex> values(n);
    for (std::size_t j = 0; j < n; ++j) {
        const double x = static_cast<double>(j + 1);
        values[j] = {std::fmod(x * std::numbers::phi, 1.0) - 0.5, std::fmod(x * std::numbers::sqrt2, 1.0) - 0.5};
    }
    return values;
}

/// Σ_j x_j e^{sign 2πi jk/n}, term by term, the index reduced modulo n before it becomes an angle.
std::vector<Complex> direct_sum(const std::vector<Complex>& x, double sign) {
    const std::size_t n = x.size();
    std::vector<Complex> sums(n);
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t j = 0; j < n; ++j)
            sums[k] += x[j] * std::polar(1.0, sign * 2.0 * std::numbers::pi * static_cast<double>(j * k % n) /
                                                  static_cast<double>(n));
    return sums;
}

/// The largest |a − b|.
double distance(std::span<const Complex> a, std::span<const Complex> b) {
    EXPECT_EQ(a.size(), b.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

/// Rounding of the direct sum: n terms of size below 0.71, each with a few roundings: 8 eps n covers the worst case.
double rounding(std::size_t n) { return 8.0 * std::numeric_limits<double>::epsilon() * static_cast<double>(n); }

class FftOfEachSize : public ::testing::TestWithParam<std::size_t> {};

TEST_P(FftOfEachSize, EqualsTheDirectSums) {
    const std::size_t n = GetParam();
    const auto x = irregular(n);
    std::vector<Complex> y(n);
    ForwardFft{n}(x, y);
    EXPECT_LE(distance(y, direct_sum(x, -1.0)), rounding(n));
    BackwardFft{n}(x, y);
    EXPECT_LE(distance(y, direct_sum(x, +1.0)), rounding(n));
}

TEST_P(FftOfEachSize, OfRealNumbersEqualsTheComplexOneAndComesBack) {
    const std::size_t n = GetParam();
    auto x = irregular(n);
    std::vector<double> real(n);
    for (std::size_t j = 0; j < n; ++j) x[j] = real[j] = x[j].real();
    const RealFft forward(n);
    std::vector<Complex> bins(forward.bins());
    forward(real, bins);
    auto expected = direct_sum(x, -1.0);
    expected.resize(n / 2 + 1);
    EXPECT_LE(distance(bins, expected), rounding(n));

    std::vector<double> back(n);
    BackwardRealFft{n}(bins, back);
    for (double& value : back) value /= static_cast<double>(n);
    EXPECT_TRUE(test::all_near(back, real, rounding(n)));
}

INSTANTIATE_TEST_SUITE_P(Sizes, FftOfEachSize, ::testing::Values(1, 2, 3, 4, 5, 16, 17, 60, 101, 128, 211));

TEST(Fft, TakesSpansThatAreNotAligned) {
    constexpr std::size_t n = 24;
    const auto x = irregular(n);
    std::vector<double> real(n + 1);
    for (std::size_t j = 0; j < n; ++j) real[j + 1] = x[j].real();
    const RealFft fft(n);
    std::vector<Complex> shifted(fft.bins());
    std::vector<Complex> aligned(fft.bins());
    fft(std::span(real).subspan(1), shifted);
    fft(std::vector<double>(real.begin() + 1, real.end()), aligned);
    EXPECT_EQ(shifted, aligned);  // the same plan, the same bits

    std::vector<double> back(n + 1);
    std::vector<double> expected(n);
    BackwardRealFft{n}(aligned, std::span(back).subspan(1));
    BackwardRealFft{n}(aligned, expected);
    EXPECT_EQ(std::vector<double>(back.begin() + 1, back.end()), expected);
}

TEST(Fft, LeavesItsInputAlone) {
    const auto x = irregular(48);
    auto input = x;
    std::vector<double> out(94);
    BackwardRealFft{94}(input, out);
    EXPECT_EQ(input, x);
}

TEST(Fft, RunsAndPlansOnManyThreads) {
    const auto x = irregular(60);
    const ForwardFft shared(60);
    std::vector<Complex> expected(60);
    shared(x, expected);
    std::vector<std::vector<Complex>> results(8, std::vector<Complex>(60));
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < results.size(); ++i)
            threads.emplace_back([&, i] { i % 2 == 0 ? shared(x, results[i]) : ForwardFft{60}(x, results[i]); });
    }
    EXPECT_THAT(results, ::testing::Each(expected));
}

TEST(Fft, RefusesWrongSizes) {
    const auto x = irregular(8);
    std::vector<Complex> y(7);
    EXPECT_THROW(ForwardFft{8}(x, y), Error);
    EXPECT_THROW(ForwardFft{7}(x, y), Error);
    EXPECT_THROW(ForwardFft{0}, Error);
    EXPECT_THROW(RealFft{std::size_t{1} << 31}, Error);
}

TEST(GoodFftSize, IsTheSmallestProductOfSmallPrimes) {
    const auto smooth = [](std::size_t n) {
        for (const std::size_t prime : {2U, 3U, 5U, 7U})
            while (n % prime == 0) n /= prime;
        return n == 1;
    };
    for (std::size_t n = 1, expected = 1; n < 3000; ++n) {
        while (expected < n || !smooth(expected)) ++expected;
        ASSERT_EQ(good_fft_size(n), expected) << n;
    }
    EXPECT_EQ(good_fft_size((std::size_t{1} << 30) - 1), std::size_t{1} << 30);
    EXPECT_THROW((void)good_fft_size(0), Error);
}

}  // namespace
}  // namespace rotoscope
