#include "rotoscope/numerics/nonuniform_transform.hpp"

#include "support/direct_sums.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

std::vector<Complex> transform(std::span<const Complex> x, std::span<const double> frequencies) {
    std::vector<Complex> out(frequencies.size());
    NonuniformTransform{x.size(), frequencies}(x, out);
    return out;
}

/// The documented accuracy. The largest |X| over all frequencies is at least the root of their mean square, ‖x‖₂.
double bound(std::span<const Complex> x) { return NonuniformTransform::accuracy * test::euclidean_norm(x); }

TEST(NonuniformTransform, IsTheSumAtAnyFrequencyAndLength) {
    double worst = 0.0;
    for (const std::size_t n : {1U, 2U, 3U, 14U, 15U, 16U, 97U, 512U, 1009U, 4096U}) {
        auto frequencies = test::random_numbers(60, -20.0, 20.0, n);
        const double point = std::numbers::pi / static_cast<double>(n);
        for (const double omega : {0.0, 1e-300, -1e-17, std::numbers::pi, -std::numbers::pi, 2.0 * std::numbers::pi,
                                   point, 0.5 * point, 0.50001 * point, 1e9})
            frequencies.push_back(omega);
        const auto x = test::random_signal(n, n);
        const double error = test::largest_difference(transform(x, frequencies), test::direct_sums(x, frequencies));
        EXPECT_LE(error, bound(x)) << n;
        worst = std::max(worst, error / test::euclidean_norm(x));
    }
    RecordProperty("worst_over_norm", std::to_string(worst * 1e12) + "e-12");
}

// Signals without imaginary parts take another transform.
TEST(NonuniformTransform, IsTheSumOfRealSignals) {
    for (const std::size_t n : {1U, 2U, 15U, 97U, 512U, 1009U}) {
        const auto frequencies = test::random_numbers(80, -20.0, 20.0, n + 1);
        auto x = test::random_signal(n, n);
        for (Complex& value : x) value = value.real();
        EXPECT_LE(test::largest_difference(transform(x, frequencies), test::direct_sums(x, frequencies)), bound(x))
            << n;
        for (Complex& value : x) value *= Complex(0.0, 1.0);  // the same signal, by the other
        EXPECT_LE(test::largest_difference(transform(x, frequencies), test::direct_sums(x, frequencies)), bound(x))
            << n;
    }
}

// Near the ends of the signal the division by the kernel's transform amplifies most.
TEST(NonuniformTransform, HoldsForSinglePulsesAnywhere) {
    const std::size_t n = 300;
    const auto frequencies = test::random_numbers(100, -4.0, 4.0, 1);
    for (const std::size_t at : {0U, 1U, 149U, 150U, 151U, 299U}) {
        std::vector<Complex> x(n);
        x[at] = 1.0;
        EXPECT_LE(test::largest_difference(transform(x, frequencies), test::direct_sums(x, frequencies)), bound(x))
            << at;
    }
}

TEST(NonuniformTransform, HoldsAtAMillionSamples) {
    const auto x = test::random_signal(1'000'003, 8);  // a power of two would round no phase
    const std::vector<double> frequencies{3.0, -3.1, 1e-5, 2.0};
    EXPECT_LE(test::largest_difference(transform(x, frequencies), test::direct_sums(x, frequencies)), bound(x));
}

// Σ_t conj(x_t) x_t e^{iωt}… reversed in time: with y_t = conj x_{T−1−t}, Y(ω) = e^{−iω(T−1)} conj X(ω).
TEST(NonuniformTransform, OfTheReversedSignalIsTheConjugate) {
    const std::size_t n = 777;
    const auto x = test::random_signal(n, 2);
    std::vector<Complex> y(n);
    for (std::size_t t = 0; t < n; ++t) y[t] = std::conj(x[n - 1 - t]);
    const auto frequencies = test::random_numbers(50, -3.0, 3.0, 3);
    auto expected = transform(x, frequencies);
    for (std::size_t j = 0; j < frequencies.size(); ++j)
        expected[j] = std::conj(expected[j]) * test::exact_phasor(-frequencies[j], n - 1.0);
    EXPECT_LE(test::largest_difference(transform(y, frequencies), expected), 2.0 * bound(x));
}

TEST(NonuniformTransform, RefusesWhatItCannotDo) {
    const std::vector<double> frequencies{1.0};
    EXPECT_THROW((NonuniformTransform{0, frequencies}), Error);
    EXPECT_THROW((NonuniformTransform{4, std::vector<double>{INFINITY}}), Error);
    const auto x = test::random_signal(4, 1);
    std::vector<Complex> out(2);
    EXPECT_THROW((NonuniformTransform{4, frequencies}(x, out)), Error);
    EXPECT_TRUE(transform(x, std::vector<double>{}).empty());
}

}  // namespace
}  // namespace rotoscope
