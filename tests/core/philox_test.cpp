#include "rotoscope/core/philox.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace rotoscope {
namespace {

// Known answers of Random123's kat_vectors for philox4x32-10: zeros, ones, and the digits of π.
TEST(Philox, KnownAnswers) {
    EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
              (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
              (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(UniformDraws, ManyBlocksEqualSingleOnes) {
    const UniformDraws draws(9, RandomStream::test);
    const std::uint64_t first = (std::uint64_t{1} << 32) - 5;  // the carry into the second word is inside
    std::vector<std::uint64_t> low(16);
    std::vector<std::uint64_t> high(16);
    draws.fill_blocks(first, low, high);
    for (std::size_t j = 0; j < 16; ++j) {
        const PhiloxCounter block = draws.block(first + j);
        EXPECT_EQ(low[j], std::uint64_t{block[1]} << 32 | block[0]);
        EXPECT_EQ(high[j], std::uint64_t{block[3]} << 32 | block[2]);
    }
}

TEST(UniformDraws, OpenIntervalAndMoments) {
    const UniformDraws draws(7, RandomStream::test);
    constexpr std::size_t count = 1 << 16;
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        const double u = draws.uniform(i);
        ASSERT_GT(u, 0.0);
        ASSERT_LT(u, 1.0);
        sum += u;
        squares += (u - 0.5) * (u - 0.5);
    }
    // Mean 1/2 with variance 1/12; the centred square has mean 1/12 and variance 1/180. Five standard errors each:
    // a false alarm once in 10^6 seeds, and the seed is fixed.
    EXPECT_TRUE(test::near(sum / count, 0.5, 5.0 * std::sqrt(1.0 / 12.0 / count)));
    EXPECT_TRUE(test::near(squares / count, 1.0 / 12.0, 5.0 * std::sqrt(1.0 / 180.0 / count)));
}

TEST(UniformDraws, BoundedDrawsAreUniform) {
    const UniformDraws draws(3, RandomStream::test);
    constexpr std::size_t bound = 6;
    constexpr std::size_t count = 60000;
    std::vector<double> counts(bound, 0.0);
    for (std::size_t i = 0; i < count; ++i) ++counts[draws.below(i, bound)];
    double chi_squared = 0.0;
    for (const double observed : counts) chi_squared += (observed - 10000.0) * (observed - 10000.0) / 10000.0;
    EXPECT_LT(chi_squared, 20.52);  // the 99.9 % point for 5 degrees of freedom; the seed is fixed
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(draws.below(i, 1), 0U);
}

TEST(UniformDraws, SeedAndStreamSeparate) {
    EXPECT_NE(UniformDraws(1, RandomStream::test).bits(0), UniformDraws(2, RandomStream::test).bits(0));
    EXPECT_NE(UniformDraws(1, RandomStream::test).bits(0), UniformDraws(1, RandomStream::tokens).bits(0));
    EXPECT_NE(UniformDraws(1, RandomStream::test).bits(0),
              UniformDraws(1, RandomStream::test).bits(std::uint64_t{1} << 32));
}

}  // namespace
}  // namespace rotoscope
