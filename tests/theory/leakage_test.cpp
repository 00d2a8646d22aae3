#include "rotoscope/theory/leakage.hpp"

#include "support/compare.hpp"
#include "support/direct_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

constexpr double unit_roundoff = 0x1p-53;

/// Σ_{l<T} a^l e^{−iδl}, term by term.
Complex direct_response(double decay, double detuning, std::size_t steps) {
    return test::direct_sum(std::vector<Complex>(steps, 1.0), detuning, decay);
}

/// The twin's own error: each of its terms a^l e^{−iδl} is off by four roundings.
double twin_rounding(double decay, std::size_t steps) {
    const double total = decay == 1.0 ? static_cast<double>(steps) : 1.0 / (1.0 - decay);
    return 4.0 * unit_roundoff * std::min(total, static_cast<double>(steps));
}

/// The documented bound and the twin's.
double bound(Complex expected, double decay, std::size_t steps) {
    return 60.0 * unit_roundoff * std::abs(expected) + twin_rounding(decay, steps);
}

TEST(ExponentialResponse, IsTheSumForAnyDecayDetuningAndLength) {
    const auto detunings = test::random_numbers(12, -10.0, 10.0, 1);
    for (const std::size_t steps : {0U, 1U, 2U, 3U, 97U, 4096U, 8191U})
        for (const double decay : {0.0, 0.3, 0.9, 0.999, 1.0 - 1e-9, 1.0 - 1e-15, 1.0})
            for (const double detuning : detunings) {
                const Complex expected = direct_response(decay, detuning, steps);
                const Complex found = exponential_response(decay, 0.0, detuning, steps);
                ASSERT_LE(std::abs(found - expected), bound(expected, decay, steps))
                    << steps << ' ' << decay << ' ' << detuning;
            }
}

TEST(ExponentialResponse, HoldsAtAMillionSteps) {
    const std::size_t steps = std::size_t{1} << 20;
    for (const double decay : {1.0, 1.0 - 1e-6, 0.99})
        for (const double detuning : {3.0, 1e-6, 1e-7, 0.0}) {
            const Complex expected = direct_response(decay, detuning, steps);
            EXPECT_LE(std::abs(exponential_response(decay, 0.0, detuning, steps) - expected),
                      bound(expected, decay, steps))
                << decay << ' ' << detuning;
        }
}

// The removable singularity at δ = 0, a = 1: the series below |κ|T = 1.386e-5, the quotient above, both right, and
// equal to within their errors across the threshold.
TEST(ExponentialResponse, IsRightOnBothSidesOfTheSeriesThreshold) {
    const std::size_t steps = 1000;
    for (const double size : {0.0, 1e-300, 1e-12, 1e-7, 1.385e-5, 1.38599e-5, 1.38601e-5, 1.387e-5, 1e-4, 1e-2})
        for (const double share : {0.0, 0.3, 1.0}) {
            const double detuning = (1.0 - share) * size / static_cast<double>(steps);
            const double decay = std::exp(-share * size / static_cast<double>(steps));
            for (const double signed_detuning : {detuning, -detuning}) {
                const Complex expected = direct_response(decay, signed_detuning, steps);
                const Complex found = exponential_response(decay, 0.0, signed_detuning, steps);
                // Here all terms are within 1 % of 1: both the parts are good to the bound.
                ASSERT_LE(std::abs(found - expected), bound(expected, decay, steps)) << size << ' ' << share;
            }
        }
    EXPECT_EQ(exponential_response(1.0, 0.7, 0.7, 12345), Complex(12345.0));
}

// Close to other multiples of 2π the kernel returns; 2π as a double is 2.449e-16 short of a turn.
TEST(ExponentialResponse, ReturnsAfterWholeTurns) {
    const std::size_t steps = 5000;
    for (const double turns : {1.0, -1.0, 3.0, 1000.0}) {
        const double detuning = turns * 2.0 * std::numbers::pi;
        const Complex expected = direct_response(1.0, detuning, steps);
        EXPECT_LE(std::abs(exponential_response(1.0, 0.0, detuning, steps) - expected), bound(expected, 1.0, steps));
    }
}

// |H| = |sin(δT/2)/sin(δ/2)|, with relative precision into the nulls at δ = 2πm/T.
TEST(ExponentialResponse, WithoutDecayIsTheDirichletKernelDownToItsNulls) {
    const std::uint64_t steps = 1024;  // a power of two: δT and δ/2 are exact
    for (const double from_null : {1e-3, 1e-8, 1e-12}) {
        const double detuning = 2.0 * std::numbers::pi * 7.0 / 1024.0 * (1.0 + from_null);
        const double expected = std::abs(std::sin(detuning * 512.0) / std::sin(detuning * 0.5));
        EXPECT_TRUE(test::near(std::abs(exponential_response(1.0, 0.0, detuning, steps)), expected,
                               60.0 * unit_roundoff * expected));
    }
}

TEST(ExponentialResponse, OfARunningChannelIsItsState) {
    const double decay = 0.97;
    const double frequency = 0.4;
    const double tone = 0.43;
    Complex state = 0.0;
    const std::uint64_t steps = 200;
    for (std::uint64_t t = 1; t <= steps; ++t)
        state = decay * std::polar(1.0, frequency) * state + std::polar(1.0, tone * static_cast<double>(t));
    const Complex predicted = test::exact_phasor(tone, 200.0) * exponential_response(decay, frequency, tone, steps);
    // Each step rounds the state six times and its argument once; the sum of all, Σ a^l ≤ 34 steps.
    EXPECT_LE(std::abs(state - predicted), 34.0 * 34.0 * 8.0 * unit_roundoff + 34.0 * tone * 200.0 * unit_roundoff);
}

TEST(ExponentialResponse, SweepAndPerChannelDecaysAreTheScalarOnes) {
    const RotationBank bank = parse_rotation_bank("rope:64:10000");
    const std::vector<double> decays{1.0, 0.999, 0.5};
    const auto sweep = exponential_response_sweep(bank, decays, 0.3, 777);
    std::vector<double> own;
    for (std::size_t n = 0; n < bank.size(); ++n) own.push_back(1.0 - 0.01 * bank.frequencies[n]);
    const auto channels = exponential_responses(bank, own, 0.3, 777);
    const auto shared = exponential_responses(bank, std::vector<double>{0.999}, 0.3, 777);
    for (std::size_t n = 0; n < bank.size(); ++n) {
        const auto column = static_cast<Eigen::Index>(n);
        for (std::size_t row = 0; row < decays.size(); ++row)
            EXPECT_EQ(sweep(static_cast<Eigen::Index>(row), column),
                      exponential_response(decays[row], bank.frequencies[n], 0.3, 777));
        EXPECT_EQ(channels[n], exponential_response(own[n], bank.frequencies[n], 0.3, 777));
        EXPECT_EQ(shared[n], sweep(1, column));
    }
    EXPECT_THROW((void)exponential_responses(bank, std::vector<double>(3, 0.5), 0.3, 7), Error);
    EXPECT_TRUE((exponential_response_sweep(bank, decays, 0.3, 0).array() == Complex{}).all());
}

TEST(ExponentialResponse, TendsToTheSteadyState) {
    for (const double detuning : {0.0, 1e-9, 0.4, 3.1, -2.0}) {
        const double expected = 1.0 / std::sqrt(1.0 - 2.0 * 0.9 * std::cos(detuning) + 0.81);
        // The expected value's own subtraction costs up to 1/(1 − a)² = 100 roundings.
        EXPECT_TRUE(test::near(steady_state_response(0.9, detuning), expected, 400.0 * unit_roundoff * expected));
        // a^T = e^{−105}.
        EXPECT_TRUE(test::near(std::abs(exponential_response(0.9, 0.0, detuning, 1000)), expected,
                               400.0 * unit_roundoff * expected));
    }
    EXPECT_THROW((void)steady_state_response(1.0, 0.1), Error);
}

// Parseval over the N frequencies of a DFT, T ≤ N: (1/N) Σ_n |H(w' − w_n)|² = Σ_l a^{2l}.
TEST(ExponentialResponse, KeepsTheEnergyOverADftBank) {
    const RotationBank bank = dft_bank(509);  // prime
    for (const double decay : {1.0, 0.99}) {
        double energy = 0.0;
        for (const Complex& value : exponential_responses(bank, std::vector<double>{decay}, 0.2345, 300))
            energy += std::norm(value) / 509.0;
        double expected = 0.0;
        for (int l = 0; l < 300; ++l) expected += std::pow(decay, 2 * l);
        EXPECT_TRUE(test::near(energy, expected, 300.0 * unit_roundoff * expected));  // 2·60, and the sums
    }
}

TEST(ExponentialResponse, RefusesWhatIsNoDecay) {
    for (const double decay : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()})
        EXPECT_THROW((void)exponential_response(decay, 0.0, 0.0, 3), Error);
}

TEST(GateWindow, IsTheProductOfTheNewestGates) {
    EXPECT_EQ(gate_window(std::vector<double>{0.0, 0.5, 0.25}), (std::vector<double>{1.0, 0.25, 0.125}));
    EXPECT_TRUE(gate_window({}).empty());
}

class DftBankState : public ::testing::TestWithParam<std::pair<std::size_t, std::size_t>> {};

// s_t = e^{i w_n} s_{t−1} + v for t inputs into N channels: fewer (zero-padded), as many, and more (folded).
TEST_P(DftBankState, IsTheRecurrences) {
    const auto [inputs, channels] = GetParam();
    const auto v = test::random_signal(inputs, inputs);
    const auto found = dft_bank_state(v, channels);
    ASSERT_EQ(found.size(), channels);
    double largest = 0.0;
    double worst = 0.0;
    for (std::size_t n = 0; n < channels; ++n) {
        const long double angle =
            2.0L * std::numbers::pi_v<long double> * static_cast<long double>(n) / static_cast<long double>(channels);
        const std::complex<long double> turn = std::polar(1.0L, angle);
        std::complex<long double> state = 0.0L;
        for (const Complex& value : v) state = turn * state + std::complex<long double>(value.real(), value.imag());
        const Complex expected(static_cast<double>(state.real()), static_cast<double>(state.imag()));
        largest = std::max(largest, std::abs(expected));
        worst = std::max(worst, std::abs(found[n] - expected));
    }
    EXPECT_LE(worst, 1e-12 * largest);
}

INSTANTIATE_TEST_SUITE_P(Sizes, DftBankState,
                         ::testing::Values(std::pair{1, 1}, std::pair{5, 8}, std::pair{8, 8}, std::pair{30, 8},
                                           std::pair{1000, 101}, std::pair{101, 101}, std::pair{4096, 256}));

TEST(DftBankState, OfNothingIsZero) { EXPECT_EQ(dft_bank_state({}, 3), std::vector<Complex>(3)); }

}  // namespace
}  // namespace rotoscope
