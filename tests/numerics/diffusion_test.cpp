#include "rotoscope/numerics/diffusion.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/numerics/regression.hpp"

namespace rotoscope {
namespace {

using test::near;

ChannelDiffusion measure(const std::vector<double>& increments) {
    PhaseDiffusion diffusion(1, increments.size());
    for (const double increment : increments) diffusion.add(std::span<const double>(&increment, 1));
    return diffusion.channel(0);
}

/// The slow twin: all phases kept, two passes for each lag, in extended precision.
double direct_variance(const std::vector<double>& increments, std::uint64_t lag) {
    std::vector<long double> phases{0.0L};
    for (const double increment : increments) phases.push_back(phases.back() + increment);
    std::vector<long double> differences;
    for (std::uint64_t t = 0; t + lag < phases.size(); t += diffusion_stride(lag))
        differences.push_back(phases[t + lag] - phases[t]);
    const auto n = static_cast<long double>(differences.size());
    long double mean = 0.0L;
    for (const long double difference : differences) mean += difference / n;
    long double sum = 0.0L;
    for (const long double difference : differences) sum += (difference - mean) * (difference - mean);
    return static_cast<double>(sum / n);
}

/// The weight of each lag's variance in the fitted slope: slope = Σ w_l V_l.
std::vector<double> slope_weights(const std::vector<double>& lags) {
    std::vector<double> weights;
    for (std::size_t i = 0; i < lags.size(); ++i) {
        std::vector<double> unit(lags.size(), 0.0);
        unit[i] = 1.0;
        weights.push_back(fit_line(lags, unit).slope);
    }
    return weights;
}

TEST(DiffusionLags, AreLogSpacedMultiplesOfTheirStrides) {
    for (const std::uint64_t tokens : {std::uint64_t{4096}, std::uint64_t{100000}, std::uint64_t{1} << 22}) {
        const std::vector<std::uint64_t> lags = diffusion_lags(tokens);
        EXPECT_GE(lags.size(), 20U);
        EXPECT_EQ(lags.front(), 16U);
        EXPECT_LE(lags.back(), tokens / 16);
        EXPECT_GT(static_cast<double>(lags.back()), 0.93 * static_cast<double>(tokens) / 16.0);  // one stride of 16
        for (std::size_t i = 0; i < lags.size(); ++i) {
            const std::uint64_t stride = diffusion_stride(lags[i]);
            EXPECT_EQ(lags[i] % stride, 0U);
            EXPECT_GE(lags[i] / stride, 16U);
            EXPECT_LT(lags[i] / stride, 32U);
            if (i > 0) {
                EXPECT_GT(lags[i], lags[i - 1]);
            }
        }
    }
    EXPECT_TRUE(diffusion_lags(255).empty());
    EXPECT_EQ(diffusion_lags(272), (std::vector<std::uint64_t>{16, 17}));
}

// Rounding: phases up to 1500 are rounded at 2^−53, 2·10^−13 in a difference whose deviation is at least 0.3·√16; sums
// of 5,000 squares at 5000·2^−53, times 10 for the origin. 10^−11 relative holds all.
TEST(PhaseDiffusion, EqualsTheDirectTwin) {
    for (const std::size_t tokens : {272U, 1000U, 5000U}) {
        std::vector<double> increments(tokens);
        GaussianDraws(1, RandomStream::test).fill(tokens, std::span<double>(increments));
        for (double& increment : increments) increment = 0.3 + 0.3 * increment;
        const ChannelDiffusion measured = measure(increments);
        const std::vector<std::uint64_t> lags = diffusion_lags(tokens);
        ASSERT_EQ(measured.variances.size(), lags.size());
        std::vector<double> positions;
        std::vector<double> variances;
        double total = 0.0;
        for (std::size_t i = 0; i < lags.size(); ++i) {
            variances.push_back(direct_variance(increments, lags[i]));
            positions.push_back(static_cast<double>(lags[i]));
            EXPECT_TRUE(near(measured.variances[i], variances[i], 1e-11 * variances[i])) << lags[i];
        }
        for (const double increment : increments) total += increment;
        const double slope = fit_line(positions, variances).slope;
        EXPECT_TRUE(near(measured.diffusion, 0.5 * slope, 1e-9 * variances.back() / positions.back()));
        EXPECT_TRUE(near(measured.drift, total / static_cast<double>(tokens), 1e-12));
    }
}

// Independent increments of variance s²: E V_l = l s² (1 − x + x²/3), x = l/(N − l); the deviation of V_l is at most
// l s² sqrt(4l/3(N − l)), and that of the slope Σ w_l V_l at most Σ |w_l| times those, whatever their correlation. Over
// 64 channels an eighth of it; five of them: a false alarm once in 10^6. (Strides below l/16 change E by 10^−3.)
TEST(PhaseDiffusion, RandomWalkHasHalfTheVariance) {
    constexpr std::size_t channels = 64;
    constexpr std::size_t tokens = 1 << 14;
    constexpr double s = 0.2;
    const GaussianDraws normals(2, RandomStream::test);
    PhaseDiffusion diffusion(channels, tokens);
    std::vector<double> increments(channels);
    for (std::size_t t = 0; t < tokens; ++t) {
        normals.fill(t * channels, std::span<double>(increments));
        for (double& increment : increments) increment = 1.0 + s * increment;
        diffusion.add(increments);
    }
    std::vector<double> lags;
    for (const std::uint64_t lag : diffusion.lags()) lags.push_back(static_cast<double>(lag));
    const std::vector<double> weights = slope_weights(lags);
    double expected = 0.0;
    double deviation = 0.0;
    for (std::size_t i = 0; i < lags.size(); ++i) {
        const double x = lags[i] / (tokens - lags[i]);
        expected += weights[i] * lags[i] * s * s * (1.0 - x + x * x / 3.0);
        deviation += std::abs(weights[i]) * lags[i] * s * s * std::sqrt(4.0 / 3.0 * x);
    }
    EXPECT_TRUE(near(expected, s * s, 0.15 * s * s));  // the bias of at most 6.5 % in a variance, twice that in a slope
    double mean = 0.0;
    for (std::size_t c = 0; c < channels; ++c) mean += diffusion.channel(c).diffusion / channels;
    EXPECT_TRUE(near(mean, 0.5 * expected, 0.5 * 5.0 * deviation / std::sqrt(channels)));
    EXPECT_TRUE(near(diffusion.channel(3).drift, 1.0, 5.0 * s / std::sqrt(tokens)));
}

TEST(PhaseDiffusion, RampHasNone) {
    constexpr std::size_t tokens = 10000;
    const ChannelDiffusion ramp = measure(std::vector<double>(tokens, 0.1));
    // Phases up to 1000 rounded at 2^−54·1024 = 6·10^−14: differences vary by 1.2·10^−13.
    for (const double variance : ramp.variances) EXPECT_LE(variance, std::pow(1.2e-13, 2));
    EXPECT_TRUE(near(ramp.drift, 0.1, 0x1p-56));
    EXPECT_TRUE(near(ramp.diffusion, 0.0, 1e-26));
}

TEST(PhaseDiffusion, AlternationHasNone) {
    std::vector<double> increments(16384);
    for (std::size_t t = 0; t < increments.size(); ++t) increments[t] = t % 2 == 0 ? 1.0 : -1.0;
    // V_l = 1 at odd lags and 0 at even ones: the variances stay bounded, so |slope| ≤ Σ |w_l| over the odd lags.
    std::vector<double> lags;
    for (const std::uint64_t lag : diffusion_lags(increments.size())) lags.push_back(static_cast<double>(lag));
    const std::vector<double> weights = slope_weights(lags);
    double bound = 0.0;
    for (std::size_t i = 0; i < lags.size(); ++i)
        if (std::fmod(lags[i], 2.0) != 0.0) bound += std::abs(weights[i]);
    const ChannelDiffusion measured = measure(increments);
    EXPECT_TRUE(near(measured.diffusion, 0.0, 0.5 * bound));
    EXPECT_LT(bound, 0.01);  // of the 1 that independent ±1 would have
    EXPECT_EQ(measured.drift, 0.0);
}

TEST(PhaseDiffusion, ChannelsAreApartAndMisuseIsRefused) {
    constexpr std::size_t tokens = 300;
    PhaseDiffusion both(2, tokens);
    std::vector<double> first(tokens);
    GaussianDraws(7, RandomStream::test).fill(0, std::span<double>(first));
    EXPECT_THROW(static_cast<void>(both.channel(0)), Error);
    for (const double increment : first) both.add(std::vector<double>{increment, std::nan("")});
    EXPECT_EQ(both.channel(0).diffusion, measure(first).diffusion);
    EXPECT_TRUE(std::isnan(both.channel(1).diffusion) && std::isnan(both.channel(1).drift));
    EXPECT_THROW(both.add(std::vector<double>{0.0, 0.0}), Error);
    EXPECT_THROW(static_cast<void>(both.channel(2)), Error);
    EXPECT_THROW(PhaseDiffusion(2, 5).add(std::vector<double>{0.0}), Error);
    EXPECT_TRUE(std::isnan(measure(std::vector<double>(100, 1.0)).diffusion));
    EXPECT_EQ(measure(std::vector<double>(100, 1.0)).drift, 1.0);
}

}  // namespace
}  // namespace rotoscope
