#include "rotoscope/numerics/chirp_z.hpp"

#include "support/direct_sums.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/numerics/direct_transform.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

std::vector<Complex> chirp_z(std::span<const Complex> x, std::size_t outputs, const ChirpContour& contour) {
    std::vector<Complex> out(outputs);
    ChirpZ{x.size(), outputs, contour}(x, out);
    return out;
}

/// Σ_n x_n z_k^{−n} with z_k from its exact definition.
Complex direct(std::span<const Complex> x, const ChirpContour& c, std::size_t k) {
    std::complex<long double> sum = 0.0L;
    const long double radius = c.log_radius + static_cast<long double>(k) * c.log_radius_step;
    for (std::size_t n = 0; n < x.size(); ++n) {
        // n·k is exact in double, so each phasor is good to 2^−52.
        const Complex phasor = test::exact_phasor(-c.angle, static_cast<double>(n)) *
                               test::exact_phasor(-c.angle_step, static_cast<double>(n * k));
        const long double size = std::exp(-radius * static_cast<long double>(n));
        const Complex term = x[n] * phasor;
        sum += std::complex<long double>(size * term.real(), size * term.imag());
    }
    return {static_cast<double>(sum.real()), static_cast<double>(sum.imag())};
}

/// Three FFTs of L points in series, each with an error of at most 2^−53·6 log2 L of the Euclidean norm (Higham,
/// Accuracy and Stability of Numerical Algorithms, theorem 24.2, with a factor for the twiddles), and a spiral's
/// chirps within a factor of e, twice: e² = 7.4.
double bound(std::span<const Complex> decayed, std::size_t outputs, double growth = 1.0) {
    const double size = 2.0 * static_cast<double>(decayed.size() + outputs);
    return 3.0 * 6.0 * std::log2(size) * 0x1p-53 * growth * test::euclidean_norm(decayed);
}

TEST(ChirpZ, IsTheSumOnArcsOfTheUnitCircle) {
    for (const std::size_t n : {1U, 2U, 3U, 97U, 256U, 1009U})
        for (const std::size_t m : {1U, 2U, 61U, 300U}) {
            const auto x = test::random_signal(n, n + m);
            for (const double step : {0.0, 1e-9, 0.01, -0.3, 2.0, 40.0}) {
                const ChirpContour contour{.angle = 0.7 - step, .angle_step = step};
                const auto out = chirp_z(x, m, contour);
                for (std::size_t k = 0; k < m; ++k)
                    ASSERT_LE(std::abs(out[k] - direct(x, contour, k)), bound(x, m)) << n << ' ' << m << ' ' << step;
            }
        }
}

TEST(ChirpZ, IsTheSumOnACircleOfAnyRadius) {
    const std::size_t n = 400;
    const auto x = test::random_signal(n, 5);
    for (const double log_radius : {0.02, -0.02, 1.0}) {
        const ChirpContour contour{.angle = -1.0, .angle_step = 0.013, .log_radius = log_radius};
        auto decayed = x;
        for (std::size_t t = 0; t < n; ++t) decayed[t] *= std::exp(-log_radius * static_cast<double>(t));
        const auto out = chirp_z(x, 150, contour);
        // e^{−lt} is off by the rounding of lt, 2^−53·|l|n.
        const double exponent = std::min(8.0, std::abs(log_radius) * n) * 0x1p-53 * test::euclidean_norm(decayed);
        for (std::size_t k = 0; k < out.size(); ++k)
            ASSERT_LE(std::abs(out[k] - direct(x, contour, k)), bound(decayed, 150) + exponent) << log_radius;
    }
}

TEST(ChirpZ, IsTheSumOnSpiralsThatNeedManyBlocks) {
    const std::size_t n = 1500;
    const auto x = test::random_signal(n, 6);
    for (const double step : {1e-6, 1e-4, 1e-3}) {
        const std::size_t m = 500;
        const ChirpContour contour{.angle = 0.2, .angle_step = 0.004, .log_radius = 0.0, .log_radius_step = step};
        const auto out = chirp_z(x, m, contour);
        const double blocks = std::ceil(n / std::sqrt(2.0 / step));
        for (std::size_t k = 0; k < m; ++k)
            ASSERT_LE(std::abs(out[k] - direct(x, contour, k)), blocks * bound(x, m, 7.4)) << step << ' ' << k;
    }
}

// The phase n²β/2 reaches 10^12 rad here: in double it would be off by 10^−4.
TEST(ChirpZ, HoldsAtAMillionSamples) {
    const std::size_t n = std::size_t{1} << 20;
    const auto x = test::random_signal(n, 8);
    const ChirpContour contour{.angle = 0.3, .angle_step = 2.9};
    const std::size_t m = 4099;
    const auto out = chirp_z(x, m, contour);
    double worst = 0.0;
    for (const std::size_t k : {0U, 1U, 2047U, 4098U})
        worst = std::max(worst, std::abs(out[k] - direct(x, contour, k)));
    EXPECT_LE(worst, bound(x, m));
    RecordProperty("error_over_norm", std::to_string(worst / test::euclidean_norm(x)));
}

TEST(ChirpZ, OfAllBinsKeepsTheEnergyAndIsLinear) {
    const std::size_t n = 389;  // prime
    const auto x = test::random_signal(n, 9);
    const auto y = test::random_signal(n, 10);
    const ChirpContour circle{.angle_step = 2.0 * std::numbers::pi / static_cast<double>(n)};
    const auto transformed = chirp_z(x, n, circle);
    const double norm = test::euclidean_norm(x);
    // Parseval: ‖X‖₂ = √n ‖x‖₂; the step is a double, off by 2^−53 relative, the phases by 2π·n·2^−53 at most.
    const double rounding = bound(x, n) + 2.0 * std::numbers::pi * n * 0x1p-53 * norm;
    EXPECT_NEAR(test::euclidean_norm(transformed), std::sqrt(n) * norm, std::sqrt(n) * rounding);
    std::vector<Complex> mixed(n);
    const Complex factor(0.3, -2.0);
    for (std::size_t t = 0; t < n; ++t) mixed[t] = x[t] + factor * y[t];
    const auto of_y = chirp_z(y, n, circle);
    const auto of_mixed = chirp_z(mixed, n, circle);
    for (std::size_t k = 0; k < n; ++k)
        ASSERT_LE(std::abs(of_mixed[k] - transformed[k] - factor * of_y[k]), 2.0 * bound(mixed, n) + 2.0 * bound(y, n));
}

TEST(ChirpZ, RefusesWhatItCannotDo) {
    EXPECT_THROW((ChirpZ{0, 1, {}}), Error);
    EXPECT_THROW((ChirpZ{1, 0, {}}), Error);
    EXPECT_THROW((ChirpZ{1, 1, {.log_radius_step = 0.01}}), Error);
    EXPECT_THROW((ChirpZ{std::size_t{1} << 29, 1, {}}), Error);
    const auto x = test::random_signal(4, 1);
    std::vector<Complex> out(3);
    EXPECT_THROW((ChirpZ{4, 2, {}}(x, out)), Error);
    EXPECT_THROW((ChirpZ{3, 3, {}}(x, out)), Error);
}

}  // namespace
}  // namespace rotoscope
