#include "rotoscope/theory/rope_spectrum.hpp"

#include "support/compare.hpp"
#include "support/direct_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/theory/rotation.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

using Couplings = std::vector<std::complex<double>>;

constexpr double pi = std::numbers::pi;

// K is the mean of the definition's scores: rotate W_q x and W_k x for random x explicitly and average. With E[x xᵀ] =
// I the score of one x is a quadratic form xᵀ A x of variance at most 2‖A‖_F²; A is the symmetric part of W_kᵀ R
// W_q/√d.
TEST(RopeSpectrum, ScoreIsTheMeanOverRandomHiddenVectors) {
    constexpr std::size_t d = 8, columns = 12, pairs = d / 2;
    constexpr std::size_t draws = 20000;
    const std::vector<double> w = rope_frequencies(100.0, d);
    const GaussianDraws gaussian(7, RandomStream::test);
    std::vector<double> query(d * columns), key(d * columns);
    gaussian.fill(0, query);
    gaussian.fill(1000, key);
    for (const PairLayout layout : {PairLayout::half_split, PairLayout::interleaved}) {
        Couplings c(pairs);
        for (std::size_t n = 0; n < pairs; ++n) {
            const auto [first, second] = pair_indices(layout, n, pairs);
            for (std::size_t j = 0; j < columns; ++j)
                c[n] += std::conj(std::complex(key[first * columns + j], key[second * columns + j])) *
                        std::complex(query[first * columns + j], query[second * columns + j]);
        }
        const std::vector<std::uint64_t> distances{0, 1, 5, 40};
        const double scale = 1.0 / std::sqrt(static_cast<double>(d));
        const std::vector<double> scores = ScoreCurve(w, distances).scores(c, 0.0, scale);
        for (std::size_t i = 0; i < distances.size(); ++i) {
            double sum = 0.0, squares = 0.0;
            std::vector<double> hidden(columns);
            for (std::size_t draw = 0; draw < draws; ++draw) {
                gaussian.fill(5000 + draw * columns, hidden);
                std::vector<double> q(d, 0.0), k(d, 0.0);
                for (std::size_t j = 0; j < columns; ++j) {
                    const double x = hidden[j];
                    for (std::size_t row = 0; row < d; ++row) {
                        q[row] += query[row * columns + j] * x;
                        k[row] += key[row * columns + j] * x;
                    }
                }
                // The query at position 100 + Δ, the key at 100.
                std::vector<double> query_angles(pairs), key_angles(pairs);
                for (std::size_t n = 0; n < pairs; ++n) {
                    query_angles[n] = w[n] * (100.0 + static_cast<double>(distances[i]));
                    key_angles[n] = w[n] * 100.0;
                }
                rotate_pairs<double>(layout, q, query_angles);
                rotate_pairs<double>(layout, k, key_angles);
                double score = 0.0;
                for (std::size_t row = 0; row < d; ++row) score += scale * q[row] * k[row];
                sum += score;
                squares += score * score;
            }
            const double mean = sum / draws;
            const double error = std::sqrt((squares / draws - mean * mean) / draws);
            // 5 standard errors at 8 points: a false alarm in 2·10^5 seeds, and the seed is fixed.
            EXPECT_TRUE(test::near(scores[i], mean, 5.0 * error)) << layout_name(layout) << ' ' << distances[i];
        }
    }
}

TEST(RopeSpectrum, ScoresAreTheDirectSumAtAnyDistance) {
    const std::vector<double> w = rope_frequencies(500000.0, 64);
    Couplings c;
    for (const test::Complex& each : test::random_signal(32, 3)) c.push_back(each);
    const std::vector<std::uint64_t> distances{0, 1, 2, 1000, std::uint64_t{1} << 30};
    const std::vector<double> scores = ScoreCurve(w, distances).scores(c, 0.25, 0.125);
    double size = 0.25;
    for (const auto& each : c) size += std::abs(each);
    for (std::size_t i = 0; i < distances.size(); ++i) {
        double sum = 0.25;
        for (std::size_t n = 0; n < 32; ++n)
            sum += (c[n] * test::exact_phasor(w[n], static_cast<double>(distances[i]))).real();
        EXPECT_TRUE(test::near(scores[i], 0.125 * sum, 0.125 * size * 0x1p-46)) << distances[i];
    }
}

TEST(RopeSpectrum, SummaryOfOneLineAndOfEqualLines) {
    const std::vector<double> w{1.0, 0.1, 0.01, 0.001};
    const SpectrumSummary one = summarise_spectrum(Couplings{0.0, {0.0, -2.0}, 0.0, 0.0}, w, 100.0);
    EXPECT_EQ(one.coupling, 2.0);
    EXPECT_EQ(one.entropy, 0.0);
    EXPECT_EQ(one.effective_frequencies, 1.0);
    EXPECT_TRUE(test::near(one.mean_wavelength, 20.0 * pi, 1e-13));
    EXPECT_TRUE(test::near(one.geometric_wavelength, 20.0 * pi, 1e-12));
    EXPECT_EQ(one.uncompleted_energy, 0.0);
    const SpectrumSummary equal = summarise_spectrum(Couplings{1.0, {0.0, 1.0}, -1.0, {0.6, 0.8}}, w, 100.0);
    EXPECT_TRUE(test::near(equal.entropy, std::log(4.0), 1e-15));
    EXPECT_TRUE(test::near(equal.effective_frequencies, 4.0, 1e-14));
    EXPECT_TRUE(test::near(equal.mean_wavelength, 2.0 * pi * 1111.0 / 4.0, 1e-12 * 2000.0));
    EXPECT_TRUE(test::near(equal.geometric_wavelength, 2.0 * pi * std::pow(10.0, 1.5), 1e-11));
    // Of 0.01 and 0.001 rad/token, 100 tokens are 1 and 0.1 rad: no cycle.
    EXPECT_TRUE(test::near(equal.uncompleted_energy, 0.5, 1e-15));
}

TEST(RopeSpectrum, SummaryOfNothingIsNotANumber) {
    const std::vector<double> w{1.0, 0.1};
    EXPECT_TRUE(std::isnan(summarise_spectrum(Couplings{0.0, 0.0}, w, 10.0).entropy));
    EXPECT_TRUE(std::isnan(summarise_spectrum(Couplings{NAN, 0.0}, w, 10.0).mean_wavelength));
}

TEST(RopeSpectrum, CyclesWithinTheContext) {
    EXPECT_TRUE(never_completes(0.01, 628.0));
    EXPECT_FALSE(never_completes(0.01, 629.0));
}

TEST(RopeSpectrum, DistancesAreSpreadOverTheContext) {
    EXPECT_EQ(spread_distances(1, 64), (std::vector<std::uint64_t>{0}));
    EXPECT_EQ(spread_distances(4, 64), (std::vector<std::uint64_t>{0, 1, 2, 3}));
    for (const std::uint64_t context : {65U, 1024U, 131072U}) {
        const std::vector<std::uint64_t> d = spread_distances(context, 64);
        EXPECT_LE(d.size(), 64U);
        EXPECT_EQ(d[0], 0U);
        EXPECT_EQ(d[1], 1U);
        EXPECT_EQ(d.back(), context - 1);
        for (std::size_t i = 1; i < d.size(); ++i) EXPECT_GT(d[i], d[i - 1]);
    }
}

}  // namespace
}  // namespace rotoscope
