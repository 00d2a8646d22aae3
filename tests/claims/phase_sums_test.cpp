// Accumulated angles against arithmetic done by hand, and recall against closed forms.
#include "rotoscope/claims/phase_sums.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace rotoscope {
namespace {

using test::near;

TEST(PhaseSums, StallWhereAStepIsHalfAnUlp) {
    // bfloat16 has 8 bits: 0.1 rounds to 0.10009765625, times 2^8 is 25.6, the next power of two 32.
    EXPECT_EQ(predicted_stall(bfloat16_format, 0.1), 32.0);
    EXPECT_EQ(measure_stall(bfloat16_format, 0.1, 1000), 32.0);
    EXPECT_EQ(predicted_stall(float16_format, 0.1), 256.0);
    EXPECT_EQ(measure_stall(float16_format, 0.1, 100000), 256.0);
    EXPECT_EQ(predicted_stall(bfloat16_format, 0.25), 64.0) << "a power of two: the tie goes to even";
    EXPECT_EQ(measure_stall(bfloat16_format, 0.25, 1000), 64.0);
    EXPECT_TRUE(std::isnan(measure_stall(float32_format, 0.1, 1000)));
}

TEST(PhaseSums, ErrAsByHand) {
    // 1, 1 + 2^-8 → 1 (even), stays 1: the exact sum of four terms is 1 + 3·2^-8.
    const std::vector<double> angles{1.0, 0x1p-8, 0x1p-8, 0x1p-8};
    const PhaseError sequential = measure_phase_error(bfloat16_format, PhaseSum::sequential, angles);
    EXPECT_EQ(sequential.error, 3 * 0x1p-8);
    EXPECT_TRUE(near(sequential.predicted, 0x1p-8 * (4.0 + 6 * 0x1p-8), 1e-15));
    // (1 + 2^-8 → 1) + 2·2^-8 = 1 + 2^-7.
    EXPECT_EQ(measure_phase_error(bfloat16_format, PhaseSum::pairwise, angles).error, 0x1p-8);
    EXPECT_EQ(measure_phase_error(bfloat16_format, PhaseSum::compensated, angles).error, 0x1p-8);
    // In double nothing is lost.
    for (const PhaseSum sum : {PhaseSum::sequential, PhaseSum::pairwise, PhaseSum::compensated})
        EXPECT_EQ(measure_phase_error(float64_format, sum, angles).error, 0.0);
}

TEST(PhaseSums, ModuloIsJudgedOnTheCircle) {
    // 64 steps of 3/4: 48 = 7 turns and 4.0177; less the error of bfloat16's 2π, 6.28125 each turn.
    const std::vector<double> angles(64, 0.75);
    const PhaseError error = measure_phase_error(bfloat16_format, PhaseSum::modulo, angles);
    EXPECT_LE(error.error, error.predicted);
    EXPECT_GT(error.error, 0.0);
    EXPECT_TRUE(
        near(error.predicted, 64 * (std::numbers::pi * 0x1p-8 + std::abs(6.28125 - 2 * std::numbers::pi)), 1e-12));
}

TEST(PhaseSums, OverflowIsInfinite) {
    const std::vector<double> angles(8, 16000.0);
    EXPECT_EQ(measure_phase_error(float16_format, PhaseSum::pairwise, angles).error, HUGE_VAL);
}

}  // namespace
}  // namespace rotoscope
