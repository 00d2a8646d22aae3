#include "rotoscope/numerics/direct_transform.hpp"

#include "support/direct_sums.hpp"

#include <gtest/gtest.h>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

/// The documented bound: 1,024 steps of Horner's rule with six roundings each.
double bound(const std::vector<Complex>& x) { return 1024.0 * 6.0 * 0x1p-53 * test::absolute_sum(x); }

TEST(DirectTransform, IsTheSumForAnyLengthFrequencyAndRadius) {
    ThreadPool pool(2);
    for (const std::size_t length : {0U, 1U, 2U, 1023U, 1024U, 1025U, 3001U}) {
        const auto x = test::random_signal(length, length);
        for (const std::size_t count : {1U, 15U, 16U, 17U, 40U}) {
            const auto frequencies = test::random_numbers(count, -7.0, 7.0, 1);
            const auto radii = test::random_numbers(count, 0.0, 1.0, 2);
            const auto circle = direct_transform(pool, x, frequencies);
            const auto decayed = direct_transform(pool, x, frequencies, radii);
            for (std::size_t j = 0; j < count; ++j) {
                EXPECT_LE(std::abs(circle[j] - test::direct_sum(x, frequencies[j])), bound(x)) << length;
                EXPECT_LE(std::abs(decayed[j] - test::direct_sum(x, frequencies[j], radii[j])), bound(x)) << length;
            }
        }
    }
}

TEST(DirectTransform, HoldsItsBoundAtAMillionSamples) {
    ThreadPool pool(2);
    const auto x = test::random_signal(std::size_t{1} << 20, 7);
    const std::vector<double> frequencies{0.0, 3.0, -3.1, 1e-6, 2.0};
    const std::vector<double> radii{1.0, 1.0, 0.9999999, 0.99999, 0.0};
    const auto sums = direct_transform(pool, x, frequencies, radii);
    for (std::size_t j = 0; j < radii.size(); ++j)
        EXPECT_LE(std::abs(sums[j] - test::direct_sum(x, frequencies[j], radii[j])), bound(x)) << j;
    EXPECT_EQ(sums[4], x[0]);  // radius 0 leaves the first sample
}

// A pulse at the end shows the phase alone: ω·10^6 rounded to double would be off by 10^−10.
TEST(DirectTransform, KeepsThePhaseOfTheLastOfAMillionSamples) {
    ThreadPool pool(1);
    std::vector<Complex> pulse(1'000'003);
    pulse.back() = 1.0;
    const std::vector<double> frequencies{3.0, -3.1, 2.7, 0.1};
    const auto sums = direct_transform(pool, pulse, frequencies);
    for (std::size_t j = 0; j < sums.size(); ++j)
        EXPECT_LE(std::abs(sums[j] - test::exact_phasor(-frequencies[j], 1'000'002.0)), bound(pulse)) << j;
}

TEST(DirectTransform, GivesTheSameBitsForAnyNumberOfThreads) {
    ThreadPool one(1);
    ThreadPool three(3);
    const auto x = test::random_signal(500, 3);
    const auto frequencies = test::random_numbers(333, -3.0, 3.0, 4);
    EXPECT_EQ(direct_transform(one, x, frequencies), direct_transform(three, x, frequencies));
}

TEST(DirectTransform, RefusesRadiiThatAreNone) {
    ThreadPool pool(1);
    const auto x = test::random_signal(3, 3);
    const std::vector<double> two{1.0, 2.0};
    EXPECT_THROW((void)direct_transform(pool, x, two, std::vector<double>{1.0}), Error);
    EXPECT_THROW((void)direct_transform(pool, x, two, std::vector<double>{1.0, -0.1}), Error);
    EXPECT_THROW((void)direct_transform(pool, x, two, std::vector<double>{1.0, INFINITY}), Error);
}

}  // namespace
}  // namespace rotoscope
