#include "rotoscope/figures/distance_encoding.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

namespace rotoscope {
namespace {

using Values = std::vector<double>;

// The products' own definitions: every factor anew from the ratio of neighbours, which the drawn numbers must give.
TEST(DistanceEncoding, IsTheProductOfGatesAndTurns) {
    const std::size_t tokens = 64;
    const auto sequences = encode_distances(tokens, 3);
    ASSERT_EQ(sequences.size(), 2U);
    for (const DistanceEncoding& sequence : sequences) {
        for (const Values& values : {sequence.gate, sequence.rope, sequence.selective, sequence.both}) {
            ASSERT_EQ(values.size(), tokens + 1);
            EXPECT_EQ(values[0], 1.0);
        }
        for (std::size_t l = 1; l <= tokens; ++l) {
            const double gate = sequence.gate[l] / sequence.gate[l - 1];
            EXPECT_GT(gate, 0.9 - 1e-15) << l;
            EXPECT_LT(gate, 1.0 + 1e-15) << l;
            // cos of 2πl/16, at most two roundings of an angle below 8π and one of the cosine.
            EXPECT_NEAR(sequence.rope[l], std::cos(std::numbers::pi * static_cast<double>(l) / 8.0), 1e-14) << l;
            EXPECT_LE(std::abs(sequence.selective[l]), 1.0) << l;
            EXPECT_NEAR(sequence.both[l], sequence.gate[l] * sequence.selective[l], 1e-15) << l;
        }
    }
}

// RoPE is the same for every input; what is selective is not, nor for another seed.
TEST(DistanceEncoding, DependsOnTheInputWhereItIsSelective) {
    const auto sequences = encode_distances(64, 0);
    EXPECT_EQ(sequences[0].rope, sequences[1].rope);
    EXPECT_NE(sequences[0].gate, sequences[1].gate);
    EXPECT_NE(sequences[0].selective, sequences[1].selective);
    EXPECT_NE(encode_distances(64, 1)[0].selective, sequences[0].selective);
    EXPECT_EQ(encode_distances(64, 0)[1].both, sequences[1].both);
}

// The angles' mean is RoPE's: Σφ over T tokens has mean wT and deviation 2w √(T/12): 5 of them are left by chance for
// fewer than one seed in a million.
TEST(DistanceEncoding, TurnsAsFastAsRopeOnAverage) {
    const std::size_t tokens = 4096;
    const double w = 2.0 * std::numbers::pi / 16.0;
    const DistanceEncoding sequence = encode_distances(tokens, 5)[0];
    // No turn between tokens exceeds 2w < π: the sum of the angles between neighbours' cosines counts half turns.
    std::size_t half_turns = 0;
    for (std::size_t l = 1; l <= tokens; ++l)
        if (std::signbit(sequence.selective[l]) != std::signbit(sequence.selective[l - 1])) ++half_turns;
    const double turned = std::numbers::pi * static_cast<double>(half_turns);
    EXPECT_NEAR(turned, w * tokens, 5.0 * 2.0 * w * std::sqrt(tokens / 12.0) + std::numbers::pi);
}

}  // namespace
}  // namespace rotoscope
