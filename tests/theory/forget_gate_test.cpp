#include "rotoscope/theory/forget_gate.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr double epsilon = 0x1p-53;

ForgetGateWeights gla(double bias) {
    ForgetGateWeights weights;
    weights.kind = ForgetGateKind::gla;
    weights.down = RowMatrix<double>::Constant(1, 2, 0.5);
    weights.up = RowMatrix<double>::Constant(3, 1, 2.0);
    weights.bias = Vector<double>::Constant(3, bias);
    return weights;
}

TEST(ForgetGate, GlaByHand) {
    // W1 W0 x + b = 2·(0.5·1 + 0.5·2) + 1 = 4.
    const ForgetGateWeights weights = gla(1.0);
    std::vector<double> out(3);
    ThreadPool pool(1);
    compute_log_forget_gates(weights, std::vector<double>{1.0, 2.0}, out, pool);
    const double expected = -std::log1p(std::exp(-4.0)) / 16.0;
    for (const double value : out) EXPECT_TRUE(test::near(value, expected, 8 * epsilon * std::abs(expected)));
}

TEST(ForgetGate, GatedDeltaNetByHand) {
    ForgetGateWeights weights;
    weights.kind = ForgetGateKind::gated_deltanet;
    weights.up = RowMatrix<double>::Constant(1, 2, 1.0);
    weights.bias = Vector<double>::Constant(1, -3.0);
    weights.log_rate = Vector<double>::Constant(1, std::log(2.0));
    std::vector<double> out(1);
    ThreadPool pool(1);
    compute_log_forget_gates(weights, std::vector<double>{1.0, 2.0}, out, pool);  // linear output 0: softplus = ln 2
    EXPECT_TRUE(test::near(out[0], -2.0 * std::numbers::ln2, 16 * epsilon));
    EXPECT_TRUE(test::near(resting_log_gates(weights)[0], -2.0 * std::log1p(std::exp(-3.0)), 16 * epsilon));
}

TEST(ForgetGate, KeepsItsPrecisionFarOut) {
    // logsigmoid(x) → −e^{−x} for large x, x for very negative x; a naive log(1/(1 + e^{−x})) gives 0 and −∞.
    EXPECT_TRUE(test::near(resting_log_gates(gla(50.0))[0], -std::exp(-50.0) / 16.0, 4 * epsilon * std::exp(-50.0)));
    EXPECT_TRUE(test::near(resting_log_gates(gla(-800.0))[0], -50.0, 100 * epsilon));
    ForgetGateWeights clamped = gla(-800.0);
    clamped.clamp_min = -5.0;
    EXPECT_EQ(resting_log_gates(clamped)[0], -5.0);
}

TEST(ForgetGate, HalfLifeAndWindow) {
    EXPECT_TRUE(test::near(forget_half_life(std::log(0.5)), 1.0, 4 * epsilon));
    EXPECT_TRUE(test::near(effective_window(std::log(0.75)), 4.0, 16 * epsilon));
    EXPECT_TRUE(test::near(effective_window(-1e-12), 1e12 + 0.5, 1e-3));  // 1/(1 − e^{−x}) = 1/x + 1/2 + x/12 …
    for (const double never : {0.0, -0.0}) {
        EXPECT_EQ(forget_half_life(never), std::numeric_limits<double>::infinity());
        EXPECT_EQ(effective_window(never), std::numeric_limits<double>::infinity());
    }
}

TEST(ForgetGate, RefusesOtherSizes) {
    std::vector<double> out(2);
    ThreadPool pool(1);
    EXPECT_THROW(compute_log_forget_gates(gla(0.0), std::vector<double>{1.0, 2.0}, out, pool), Error);
}

}  // namespace
}  // namespace rotoscope
