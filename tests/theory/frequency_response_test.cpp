#include "rotoscope/theory/frequency_response.hpp"

#include "support/compare.hpp"
#include "support/direct_sums.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

/// What every method promises, of the largest |X| over all frequencies: at least their root mean square, ‖x‖₂.
double promise(std::span<const Complex> x) { return 1e-10 * test::euclidean_norm(x); }

/// Its frequencies rounded to double are off by 2^−53·8 at most (below 8 rad): so are the twin's phases, times T.
double frequency_rounding(std::span<const Complex> x) {
    return 0x1p-50 * static_cast<double>(x.size()) * test::absolute_sum(x);
}

std::vector<Method> methods_for(const RotationBank& bank) {
    std::vector<Method> methods{Method::direct, Method::nonuniform};
    if (bank.spacing == Spacing::dft) methods.push_back(Method::fft);
    if (bank.spacing == Spacing::uniform) methods.push_back(Method::chirp_z);
    return methods;
}

TEST(FrequencyResponse, OfEveryMethodIsTheSum) {
    ThreadPool pool(2);
    for (const char* specification :
         {"dft:64", "dft:101", "rope:128:10000", "rfa:20:0.01", "linear:77:-1:2.5", "0.1,5"}) {
        const RotationBank bank = parse_rotation_bank(specification);
        for (const std::size_t length : {1U, 2U, 97U, 1024U}) {
            const auto x = test::random_signal(length, length);
            const auto expected = test::direct_sums(x, bank.frequencies);
            for (const Method method : methods_for(bank)) {
                const Response found = frequency_response(pool, x, bank, method);
                EXPECT_EQ(found.method, method);
                EXPECT_LE(test::largest_difference(found.values, expected), promise(x) + frequency_rounding(x))
                    << specification << ' ' << length << ' ' << describe(method);
            }
        }
    }
}

// At 2^20 samples a frequency's rounding alone would cost 10^−10: the methods share the exact frequencies instead.
TEST(FrequencyResponse, OfAllMethodsAgreesAtAMillionSamples) {
    ThreadPool pool(2);
    const auto x = test::random_signal(std::size_t{1} << 20, 3);
    for (const char* specification : {"dft:60", "linear:33:0.1:3", "rope:64:10000"}) {
        const RotationBank bank = parse_rotation_bank(specification);
        const auto expected = frequency_response(pool, x, bank, Method::direct).values;
        for (const Method method : methods_for(bank))
            EXPECT_LE(test::largest_difference(frequency_response(pool, x, bank, method).values, expected), promise(x))
                << specification << ' ' << describe(method);
    }
}

TEST(FrequencyResponse, ChoosesByCostAndSaysWhat) {
    ThreadPool pool(1);
    EXPECT_EQ(choose_method(dft_bank(4096), 8192), Method::fft);
    EXPECT_EQ(choose_method(linear_bank(4096, 0.0, 0.1), 8192), Method::chirp_z);
    EXPECT_EQ(choose_method(parse_rotation_bank("rope:8192:10000"), 8192), Method::nonuniform);
    EXPECT_EQ(choose_method(explicit_bank({0.1, 0.2}), 8192), Method::direct);
    EXPECT_EQ(choose_method(linear_bank(3, 0.0, 0.1), 1), Method::direct);
    EXPECT_EQ(frequency_response(pool, {}, explicit_bank({0.1}), {}).values, std::vector<Complex>(1));
    EXPECT_EQ(describe(Method::chirp_z), "chirp-z transform");
}

TEST(FrequencyResponse, RefusesMethodsThatDoNotApply) {
    ThreadPool pool(1);
    const auto x = test::random_signal(4, 1);
    EXPECT_THROW((void)frequency_response(pool, x, explicit_bank({0.1}), Method::fft), Error);
    EXPECT_THROW((void)frequency_response(pool, x, explicit_bank({0.1}), Method::chirp_z), Error);
    EXPECT_THROW((void)frequency_response(pool, x, explicit_bank({0.1}), Method::closed_form), Error);
    EXPECT_THROW((void)frequency_response(pool, {}, explicit_bank({0.1}), Method::nonuniform), Error);
}

TEST(ResponsePlan, ServesManySignals) {
    ThreadPool pool(1);
    for (const char* specification : {"dft:64", "linear:77:-1:2.5", "rope:32:100"}) {
        const RotationBank bank = parse_rotation_bank(specification);
        for (const Method method : methods_for(bank)) {
            const ResponsePlan plan(bank, 150, method);
            EXPECT_EQ(plan.method(), method);
            for (const std::uint64_t seed : {1U, 2U}) {
                const auto x = test::random_signal(150, seed);
                EXPECT_EQ(plan(pool, x), frequency_response(pool, x, bank, method).values);
            }
            EXPECT_THROW((void)plan(pool, test::random_signal(149, 1)), Error);
        }
    }
}

TEST(BankState, IsTheRecurrences) {
    ThreadPool pool(1);
    const RotationBank bank = parse_rotation_bank("rope:40:100");
    const auto decays = test::random_numbers(bank.size(), 0.0, 1.0, 1);
    const auto v = test::random_signal(1500, 2);
    const auto found = bank_state(pool, v, bank, decays);
    for (std::size_t n = 0; n < bank.size(); ++n) {
        const auto turn =
            std::polar(static_cast<long double>(decays[n]), static_cast<long double>(bank.frequencies[n]));
        std::complex<long double> state = 0.0L;
        for (const Complex& value : v) state = turn * state + std::complex<long double>(value.real(), value.imag());
        const Complex expected(static_cast<double>(state.real()), static_cast<double>(state.imag()));
        EXPECT_LE(std::abs(found[n] - expected), 1024.0 * 6.0 * 0x1p-53 * test::absolute_sum(v)) << n;
    }
    const auto state = dft_bank_state(v, 96);
    EXPECT_LE(test::largest_difference(bank_state(pool, v, dft_bank(96), std::vector<double>{1.0}), state), promise(v));
    EXPECT_THROW((void)bank_state(pool, v, bank, std::vector<double>{1.5}), Error);
    EXPECT_THROW((void)bank_state(pool, v, bank, {}), Error);
}

TEST(WindowResponses, OfExponentialWindowsAreTheClosedForm) {
    ThreadPool pool(2);
    for (const char* specification : {"dft:256", "rope:512:10000", "linear:300:0:3"}) {
        const RotationBank bank = parse_rotation_bank(specification);
        for (const double decay : {1.0, 0.9999, 0.9})
            for (const std::size_t length : {1U, 1009U, 65536U}) {
                std::vector<double> window(length);
                double total = 0.0;
                for (std::size_t l = 0; l < length; ++l) total += window[l] = std::pow(decay, static_cast<double>(l));
                const auto expected = decay_responses(std::vector<double>{decay}, length, bank, 0.7);
                EXPECT_EQ(expected.method, Method::closed_form);
                for (const Method method : methods_for(bank))
                    // The largest response is that at w' = w: the window's sum.
                    EXPECT_LE(test::largest_difference(window_responses(pool, window, bank, 0.7, method).values,
                                                       expected.values),
                              1e-10 * total)
                        << specification << ' ' << decay << ' ' << length << ' ' << describe(method);
            }
    }
}

TEST(WindowResponses, OfGatesAreTheRecurrences) {
    ThreadPool pool(1);
    const std::size_t length = 300;
    const auto gates = test::random_numbers(length, 0.8, 1.0, 4);
    const RotationBank bank = parse_rotation_bank("rope:16:100");
    const double tone = 0.21;
    const auto found = window_responses(pool, gate_window(gates), bank, tone).values;
    for (std::size_t n = 0; n < bank.size(); ++n) {
        Complex state = 0.0;
        for (std::size_t t = 0; t < length; ++t)
            state = gates[t] * std::polar(1.0, bank.frequencies[n]) * state +
                    std::polar(1.0, tone * (static_cast<double>(t) + 1.0));
        // The past counts for some 10 tokens of weight: rounding of the state and of the tone's argument, 63 rad.
        EXPECT_LE(std::abs(found[n] * test::exact_phasor(tone, 300.0) - state), 1e-13 * 20.0) << n;
    }
}

// With the tone folded in, reversing the window in time conjugates the response up to a phase: |H| stays.
TEST(WindowResponses, ObeyLinearityScalingAndTimeReversal) {
    ThreadPool pool(1);
    const RotationBank bank = parse_rotation_bank("rope:64:10000");
    auto window = test::random_numbers(500, 0.0, 1.0, 5);
    const auto other = test::random_numbers(500, 0.0, 1.0, 6);
    std::vector<double> mixed(500);
    for (std::size_t l = 0; l < 500; ++l) mixed[l] = 2.0 * window[l] - other[l];
    for (const Method method : methods_for(bank)) {
        const auto first = window_responses(pool, window, bank, 0.3, method).values;
        const auto second = window_responses(pool, other, bank, 0.3, method).values;
        const auto third = window_responses(pool, mixed, bank, 0.3, method).values;
        const std::vector<double> reversed(window.rbegin(), window.rend());
        const auto back = window_responses(pool, reversed, bank, 0.3, method).values;
        for (std::size_t n = 0; n < bank.size(); ++n) {
            EXPECT_LE(std::abs(third[n] - 2.0 * first[n] + second[n]), 4.0 * 500.0 * 1e-12);
            EXPECT_NEAR(std::abs(back[n]), std::abs(first[n]), 2.0 * 500.0 * 1e-12);
        }
    }
}

}  // namespace
}  // namespace rotoscope
