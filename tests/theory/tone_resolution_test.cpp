// Masking and resolution against brute force over closed forms, and what must hold for any window.
#include "rotoscope/theory/tone_resolution.hpp"

#include "support/compare.hpp"
#include "support/direct_sums.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/windows.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

using std::numbers::pi;
using test::near;

constexpr std::size_t length = 512;

std::vector<double> window(const std::string& text) { return make_window(parse_window(text), length); }

/// |W(f)|²/|W(0)|², the sum itself.
double direct_power(const std::vector<double>& w, double bin) {
    const std::vector<std::complex<double>> samples(w.begin(), w.end());
    const double omega = 2.0 * pi * bin / static_cast<double>(w.size());
    return std::norm(test::direct_sum(samples, omega)) / std::norm(test::direct_sum(samples, 0.0));
}

/// R of a decay in closed form: fast enough to search by brute force.
struct DecayPower {
    double a;
    double operator()(double bin) const {
        const double omega = 2.0 * pi * std::abs(bin) / static_cast<double>(length);
        return std::norm(exponential_response(a, 0.0, omega, length)) /
               std::norm(exponential_response(a, 0.0, 0.0, length));
    }
};

TEST(LobeProfile, IsTheTransformBetweenItsPoints) {
    for (const char* text : {"boxcar", "hann", "decay:3", "flattop"}) {
        const LobeProfile lobes(window(text));
        EXPECT_EQ(lobes.last_bin(), length / 2);
        for (const double bin : {0.0, 0.01, 0.51, 1.77, 3.3, 40.03, 200.4, 255.99, 256.0})
            EXPECT_TRUE(near(lobes.power(bin), direct_power(window(text), bin), 2e-5)) << text << ' ' << bin;
    }
}

TEST(LobeProfile, MasksByTheLoudestLobeBeyond) {
    for (const double alpha : {0.0, 1.0, 4.0}) {
        const DecayPower exact{std::exp(-alpha / length)};
        const LobeProfile lobes(window("decay:" + std::to_string(alpha)));
        for (const double separation : {0.5, 1.0, 2.0, 2.46, 5.0, 10.3}) {
            double loudest = 0.0;  // side lobes fall, so that two bins are enough
            for (double f = separation; f < separation + 2.0; f += 1e-3) loudest = std::max(loudest, exact(f));
            // A parabola through points 1/16 bin apart misses a peak by (π/32)⁴/6 of it at most: 1e-4 dB; a peak up to
            // 1/16 bin before the separation may count: another 0.02 dB.
            EXPECT_TRUE(near(lobes.masking_level_db(separation), 10.0 * std::log10(loudest), 0.03))
                << alpha << ' ' << separation;
        }
    }
}

// THEORY section 2: level at f = 10.5 of α = 1, 2, 4 (a maximum; from 10 bins on nothing is louder).
TEST(LobeProfile, HasTheLevelsOfTheTheory) {
    const double levels[][2] = {{1, -29.7}, {2, -28.0}, {4, -24.0}};
    for (const auto& [alpha, level] : levels)
        EXPECT_TRUE(
            near(LobeProfile(make_window(parse_window("decay:" + std::to_string(alpha)), 8192)).masking_level_db(10.25),
                 level, 0.1));
}

/// The definition, by steps of 1/500 bin.
double searched_resolution(const DecayPower& power, double level_db) {
    const double weaker = std::pow(10.0, -0.1 * level_db);
    for (double separation = 1.0 / 16.0; separation < length / 4.0; separation += 0.002) {
        double masked = 0.0;
        for (double f = separation; f < separation + 2.0; f += 0.01) masked = std::max(masked, power(f));
        if (masked > weaker) continue;
        double valley = HUGE_VAL;
        for (double f = 0.005; f < separation; f += 0.005)
            valley = std::min(valley, power(f) + weaker * power(separation - f));
        if (valley <= 0.5 * (weaker + power(separation))) return separation;
    }
    return HUGE_VAL;
}

TEST(Resolution, IsTheSmallestSeparationThatFits) {
    const double cases[][2] = {{0, 0}, {1, 0}, {2, 20}, {0, 20}, {4, 10}, {6, 20}};
    for (const auto& [alpha, level] : cases) {
        const auto found = LobeProfile(window("decay:" + std::to_string(alpha))).resolution(level);
        ASSERT_TRUE(found);
        // The search's step, and 1e-3 of the interpolation.
        EXPECT_TRUE(near(*found, searched_resolution({std::exp(-alpha / length)}, level), 0.004))
            << alpha << ' ' << level;
    }
}

// Equal tones far from each other's lobes: Harris's 6 dB width. Blackman-Harris's lobes are 92 dB down.
TEST(Resolution, OfEqualTonesIsTheWidthAtHalfAmplitude) {
    const auto found = LobeProfile(window("blackmanharris")).resolution(0.0);
    const double half_amplitude = 2.662;  // THEORY's table; the other tone at Δ has R(Δ) = 0.004 of the peak
    EXPECT_TRUE(near(found.value(), half_amplitude, 0.02));
}

TEST(Resolution, GrowsWithTheLevelAndIgnoresScaleAndDirection) {
    for (const char* text : {"hann", "decay:2", "poisson:3"}) {
        const std::vector<double> w = window(text);
        std::vector<double> reversed(w.rbegin(), w.rend());
        for (double& sample : reversed) sample *= -3.0;
        double before = 0.0;
        for (const double level : {0.0, 6.0, 12.0, 20.0}) {
            const double found = LobeProfile(w).resolution(level).value();
            EXPECT_GE(found, before) << text;
            EXPECT_TRUE(near(LobeProfile(reversed).resolution(level).value(), found, 1e-6)) << text;
            before = found;
        }
    }
}

TEST(Resolution, IsEmptyWhereNothingWillDo) {
    // The decay's skirt never falls 80 dB in 512 samples.
    EXPECT_FALSE(LobeProfile(window("decay:20")).resolution(80.0));
}

TEST(NoiseLoss, OfADecayIsItsClosedForm) {
    for (const double alpha : {0.5, 2.0, 6.0}) {
        const std::vector<double> w = make_window(parse_window("decay:" + std::to_string(alpha)), 20000);
        double sum = 0.0, squares = 0.0;
        for (const double sample : w) {
            sum += sample;
            squares += sample * sample;
        }
        EXPECT_TRUE(near(noise_loss_db(20000.0 * squares / (sum * sum)),
                         10.0 * std::log10(alpha / 2.0 / std::tanh(alpha / 2.0)), 1e-6));
    }
}

TEST(LobeProfile, RefusesWhatHasNoLobes) {
    EXPECT_THROW(LobeProfile(std::vector<double>{}), Error);
    EXPECT_THROW(LobeProfile(std::vector<double>{1.0, -1.0}), Error);
    EXPECT_THROW(LobeProfile(std::vector<double>{1.0, std::nan("")}), Error);
    EXPECT_THROW((void)LobeProfile(window("hann")).resolution(-1.0), Error);
    EXPECT_TRUE(near(LobeProfile(std::vector<double>{2.0}).power(0.3), 1.0, 1e-15));
}

}  // namespace
}  // namespace rotoscope
