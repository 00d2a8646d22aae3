// What responses of any bank under any window obey: linearity, Parseval, time reversal, scaling in T.
#include "support/compare.hpp"
#include "support/direct_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "rotoscope/numerics/windows.hpp"
#include "rotoscope/theory/frequency_response.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;
using std::numbers::pi;
using test::near;

constexpr const char* banks[] = {"dft:101", "rope:64:10000", "rfa:20:0.01", "linear:77:-1:2.5"};

TEST(ResponseLaws, AreLinear) {
    ThreadPool pool(2);
    const Complex factor(0.3, -1.7);
    for (const char* specification : banks)
        for (const std::size_t n : {1U, 7U, 997U}) {
            const RotationBank bank = parse_rotation_bank(specification);
            const ResponsePlan plan(bank, n);
            const auto x = test::random_signal(n, 1);
            const auto y = test::random_signal(n, 2);
            std::vector<Complex> sum(n);
            for (std::size_t t = 0; t < n; ++t) sum[t] = x[t] + factor * y[t];
            auto expected = plan(pool, x);
            const auto other = plan(pool, y);
            for (std::size_t k = 0; k < bank.size(); ++k) expected[k] += factor * other[k];
            EXPECT_LE(test::largest_difference(plan(pool, sum), expected), 1e-10 * test::euclidean_norm(sum))
                << specification << ' ' << n;
        }
}

// (1/N) Σ_n |H_n|² = Σ_l w_l² over the N frequencies of a DFT, N ≥ T, for any window and tone.
TEST(ResponseLaws, KeepTheEnergyOfAnyWindow) {
    ThreadPool pool(1);
    const RotationBank bank = dft_bank(521);
    for (const char* text : {"hann", "decay:3", "flattop", "chebwin:60"}) {
        const auto window = make_window(parse_window(text), 500);
        double expected = 0.0;
        for (const double w : window) expected += w * w;
        double energy = 0.0;
        for (const Complex& value : window_responses(pool, window, bank, 0.7317).values)
            energy += std::norm(value) / 521.0;
        EXPECT_TRUE(near(energy, expected, 1e-12 * expected)) << text;
    }
}

// A decay heard backwards has the same magnitude: Σ a^{T−1−l} e^{−iδl} = e^{−iδ(T−1)} conj Σ a^l e^{−iδl}.
TEST(ResponseLaws, CausalAndAnticausalDecaysHaveOneMagnitude) {
    ThreadPool pool(1);
    for (const char* specification : banks) {
        const RotationBank bank = parse_rotation_bank(specification);
        const auto causal = make_window(parse_window("geometric:0.99"), 331);
        const std::vector<double> anticausal(causal.rbegin(), causal.rend());
        const auto forwards = window_responses(pool, causal, bank, 0.123).values;
        const auto backwards = window_responses(pool, anticausal, bank, 0.123).values;
        const auto closed = decay_responses(std::vector<double>{0.99}, 331, bank, 0.123).values;
        for (std::size_t n = 0; n < bank.size(); ++n) {
            EXPECT_TRUE(near(std::abs(backwards[n]), std::abs(forwards[n]), 1e-10 * 97.0)) << specification;
            EXPECT_TRUE(near(std::abs(closed[n]), std::abs(forwards[n]), 1e-10 * 97.0)) << specification;
        }
    }
}

// In bins and over its gain, the response of e^{−αt/T} does not depend on T but for O(1/T): |W_T(f) − W_2T(f)| halves.
TEST(ResponseLaws, ScaleWithTheLength) {
    for (const double alpha : {0.0, 2.0, 6.0})
        for (const double bin : {0.3, 1.7, 5.25}) {
            const auto level = [&](std::uint64_t steps) {
                const double a = std::exp(-alpha / static_cast<double>(steps));
                const double omega = 2.0 * pi * bin / static_cast<double>(steps);
                return std::abs(exponential_response(a, 0.0, omega, steps)) /
                       std::abs(exponential_response(a, 0.0, 0.0, steps));
            };
            const double first = std::abs(level(1000) - level(2000));
            const double second = std::abs(level(2000) - level(4000));
            EXPECT_LT(first, (alpha + 2.0 * pi * bin) / 1000.0) << alpha << ' ' << bin;
            EXPECT_LT(second, 0.6 * first + 1e-12) << alpha << ' ' << bin;
        }
}

TEST(ResponseLaws, FoldingIsExactToTheTwelfthDigit) {
    ThreadPool pool(1);
    for (const std::size_t samples : {64U, 101U, 1000U, 5003U}) {
        const RotationBank bank = dft_bank(64);
        const auto x = test::random_signal(samples, samples);
        const auto fast = frequency_response(pool, x, bank).values;
        std::vector<Complex> expected;
        for (std::size_t n = 0; n < 64; ++n) {
            std::complex<long double> sum = 0;
            for (std::size_t t = 0; t < samples; ++t)
                sum += std::complex<long double>(x[t]) *
                       std::polar(1.0L, -2.0L * std::numbers::pi_v<long double> * static_cast<long double>(n * t % 64) /
                                            64.0L);
            expected.emplace_back(static_cast<double>(sum.real()), static_cast<double>(sum.imag()));
        }
        EXPECT_LE(test::largest_difference(fast, expected), 1e-12 * test::euclidean_norm(x));
    }
}

}  // namespace
}  // namespace rotoscope
