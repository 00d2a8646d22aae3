#include "rotoscope/numerics/uniformity.hpp"

#include "support/compare.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/core/philox.hpp"
#include "rotoscope/numerics/circular_moments.hpp"

namespace rotoscope {
namespace {

using test::near;

constexpr double two_pi = 2.0 * std::numbers::pi;

std::vector<double> uniform_angles(std::size_t count, std::uint64_t first) {
    const UniformDraws draws(11, RandomStream::test);
    std::vector<double> angles(count);
    for (std::size_t i = 0; i < count; ++i) angles[i] = two_pi * draws.uniform(first + i);
    return angles;
}

UniformityTest rayleigh(const std::vector<double>& angles) {
    CircularMoments moments;
    for (const double angle : angles) moments.add(angle);
    return rayleigh_test(moments.summary().resultant_length, angles.size());
}

std::array<double, 3> p_values(const std::vector<double>& angles) {
    return {rayleigh(angles).p, kuiper_test(angles).p, watson_test(angles).p};
}

/// Watson's U² as a sum over all pairs: (1/2n) Σ_ij B2(|u_i − u_j|), with Bernoulli's polynomial B2(x) = x² − x + 1/6.
double watson_by_pairs(const std::vector<double>& angles) {
    double sum = 0.0;
    for (const double a : angles) {
        for (const double b : angles) {
            const double distance = std::abs(a - b) / two_pi;
            sum += distance * distance - distance + 1.0 / 6.0;
        }
    }
    return sum / (2.0 * static_cast<double>(angles.size()));
}

/// Kuiper's V as the largest deviation over arcs: of the fraction inside the closed arc from a to b from its length.
double kuiper_by_arcs(const std::vector<double>& angles) {
    double largest = 0.0;
    const auto n = static_cast<double>(angles.size());
    for (const double a : angles) {
        for (const double b : angles) {
            const double length = b >= a ? b - a : b - a + two_pi;
            double inside = 0.0;
            for (const double c : angles)
                if ((c >= a ? c - a : c - a + two_pi) <= length) inside += 1.0;
            largest = std::max(largest, inside / n - length / two_pi);
        }
    }
    return largest;
}

// The critical values of Stephens (1970), 10.1111/j.2517-6161.1970.tb00821.x, for the modified statistics. They are
// read off simulations at small n too, and lie within 0.0015 of the asymptotic ones (0.267 against 0.2684): that times
// the density of the statistic, which is 4λp for V* (less a little) and 2π²p for U²*.
TEST(UniformityTests, PublishedCriticalValues) {
    const double kuiper[3][2] = {{1.620, 0.10}, {1.747, 0.05}, {2.001, 0.01}};
    for (const auto& [value, p] : kuiper) EXPECT_TRUE(near(kuiper_p(value), p, 0.0015 * 4.0 * value * p)) << value;
    const double watson[3][2] = {{0.152, 0.10}, {0.187, 0.05}, {0.267, 0.01}};
    for (const auto& [value, p] : watson)
        EXPECT_TRUE(near(watson_p(value), p, 0.0015 * 2.0 * std::numbers::pi * std::numbers::pi * p)) << value;
    // The leading term alone: p = 2 e^{−2π²x} − 2 e^{−8π²x} + …
    const double x = std::log(200.0) / (2.0 * std::numbers::pi * std::numbers::pi);
    EXPECT_TRUE(near(watson_p(x), 0.01 - 2.0 * std::pow(0.005, 4), 1e-16));
}

TEST(UniformityTests, WatsonSeriesMeetAtTheSwitch) {
    // The direct series with 60 terms is exact to rounding down to x = 0.01 (its last term e^{−700}).
    for (double x = 0.01; x < 0.5; x += 0.003) {
        double sum = 0.0;
        for (int j = 1; j <= 60; ++j)
            sum += (j % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * std::numbers::pi * std::numbers::pi * j * j * x);
        EXPECT_TRUE(near(watson_p(x), sum, 1e-14)) << x;
    }
    EXPECT_EQ(watson_p(1e-9), 1.0);
    EXPECT_EQ(watson_p(-0.01), 1.0);
}

TEST(UniformityTests, StatisticsEqualTheirDefinitionsOverPairsAndArcs) {
    for (const std::size_t n : {1U, 2U, 3U, 7U, 30U}) {
        std::vector<double> angles = uniform_angles(n, 1000 * n);
        if (n > 3) angles[2] = angles[1];  // ties
        const double tolerance = 1e-14 * static_cast<double>(n);
        EXPECT_TRUE(near(watson_test(angles).statistic, watson_by_pairs(angles), tolerance)) << n;
        EXPECT_TRUE(near(kuiper_test(angles).statistic, kuiper_by_arcs(angles), tolerance)) << n;
    }
}

TEST(UniformityTests, ClosedForms) {
    // n angles evenly spaced: V = 1/n, U² = 1/12n, R̄ = 0. All the same: V = 1, U² = n/12, R̄ = 1.
    constexpr int n = 40;
    std::vector<double> even;
    for (int i = 0; i < n; ++i) even.push_back(0.3 + two_pi * i / n);
    EXPECT_TRUE(near(kuiper_test(even).statistic, 1.0 / n, 1e-15));
    EXPECT_TRUE(near(watson_test(even).statistic, 1.0 / (12.0 * n), 1e-15));
    EXPECT_EQ(watson_test(even).p, 1.0);
    EXPECT_TRUE(near(rayleigh(even).p, 1.0, 1e-14));
    const std::vector<double> same(n, 2.0);
    EXPECT_TRUE(near(kuiper_test(same).statistic, 1.0, 1e-15));
    EXPECT_TRUE(near(watson_test(same).statistic, n / 12.0, 1e-14));
    // R = n: p = e^{√(1 + 4n) − 1 − 2n}.
    const double p = std::exp(std::sqrt(1.0 + 4.0 * n) - 1.0 - 2.0 * n);
    EXPECT_TRUE(near(rayleigh(same).p, p, 1e-12 * p));
}

TEST(UniformityTests, TurningAndWindingChangeNothing) {
    const std::vector<double> angles = uniform_angles(50, 7);
    std::vector<double> turned = angles;
    for (std::size_t i = 0; i < turned.size(); ++i) turned[i] += 1.234 - two_pi * static_cast<double>(i % 5);
    // Windings of up to 5 turns round at 2^−48.
    EXPECT_TRUE(near(kuiper_test(turned).statistic, kuiper_test(angles).statistic, 50 * 0x1p-48));
    EXPECT_TRUE(near(watson_test(turned).statistic, watson_test(angles).statistic, 50 * 0x1p-48));
    EXPECT_TRUE(near(watson_test(std::vector<double>{-1e-20, 1.0}).statistic,
                     watson_test(std::vector<double>{0.0, 1.0}).statistic, 1e-15));
}

// Simulated sizes at 5 % are known to lie in 4.8 … 5.1 %; 4 binomial standard errors of 20,000 samples are added: a
// false alarm once in 16,000 for each of the 18, and the seed is fixed.
TEST(UniformityTests, SizeAtFivePercent) {
    constexpr std::size_t samples = 20000;
    const double slack = 4.0 * std::sqrt(0.05 * 0.95 / samples);
    std::uint64_t first = 1U << 20;
    for (const std::size_t n : {5U, 10U, 20U, 50U, 100U, 500U}) {
        std::array<double, 3> rejected{};
        for (std::size_t sample = 0; sample < samples; ++sample, first += n) {
            const std::array<double, 3> p = p_values(uniform_angles(n, first));
            for (std::size_t k = 0; k < 3; ++k)
                if (p[k] <= 0.05) rejected[k] += 1.0 / samples;
        }
        for (std::size_t k = 0; k < 3; ++k) {
            EXPECT_GT(rejected[k], 0.048 - slack) << "test " << k << ", n = " << n;
            EXPECT_LT(rejected[k], 0.051 + slack) << "test " << k << ", n = " << n;
        }
        RecordProperty(fmt::format("sizes_at_{}", n), fmt::format("{:.4f}", fmt::join(rejected, " ")));
    }
}

// p-values of uniform samples are uniform: Kolmogorov–Smirnov over 5,000 samples of 500 angles. P(√m D > 2.2)
// = 1.3·10^−4; the approximations themselves are off by less than 0.01, as the sizes show.
TEST(UniformityTests, PValuesAreUniform) {
    constexpr std::size_t samples = 5000;
    std::array<std::vector<double>, 3> all;
    for (std::size_t sample = 0; sample < samples; ++sample) {
        const std::array<double, 3> p = p_values(uniform_angles(500, (std::uint64_t{1} << 40) + 500 * sample));
        for (std::size_t k = 0; k < 3; ++k) all[k].push_back(p[k]);
    }
    for (std::size_t k = 0; k < 3; ++k) {
        std::sort(all[k].begin(), all[k].end());
        double distance = 0.0;
        for (std::size_t i = 0; i < samples; ++i) {
            const double rank = static_cast<double>(i) / samples;
            distance = std::max({distance, rank + 1.0 / samples - all[k][i], all[k][i] - rank});
        }
        EXPECT_LT(distance, 2.2 / std::sqrt(static_cast<double>(samples)) + 0.01) << k;
        RecordProperty(fmt::format("distance_of_test_{}", k), fmt::format("{:.4f}", distance));
    }
}

// Power. One mode (normal angles of deviation 1, R̄ = e^{−1/2} = 0.61, n = 100: n R̄² = 37, Rayleigh p ≈ e^{−37}): all
// three reject. Two opposite modes have R̄ = 0: Rayleigh is blind to them, the other two are not.
TEST(UniformityTests, RejectOneModeAndTwo) {
    const GaussianDraws normals(3, RandomStream::test);
    std::vector<double> one(100);
    std::vector<double> two(400);
    for (std::size_t i = 0; i < one.size(); ++i) one[i] = normals.normal(i);
    for (std::size_t i = 0; i < two.size(); ++i)
        two[i] = 0.3 * normals.normal(1000 + i / 2) + (i % 2 == 0 ? 0.0 : std::numbers::pi);
    for (const double p : p_values(one)) EXPECT_LT(p, 1e-6);
    EXPECT_TRUE(near(rayleigh(two).p, 1.0, 1e-12));
    EXPECT_LT(kuiper_test(two).p, 1e-6);
    EXPECT_LT(watson_test(two).p, 1e-6);
}

TEST(UniformityTests, NoAnglesAndBadAngles) {
    EXPECT_TRUE(std::isnan(rayleigh_test(0.0, 0).p));
    EXPECT_TRUE(std::isnan(kuiper_test({}).p));
    EXPECT_TRUE(std::isnan(watson_test({}).p));
    EXPECT_THROW(static_cast<void>(kuiper_test(std::vector<double>{std::nan("")})), Error);
    EXPECT_THROW(static_cast<void>(watson_test(std::vector<double>{HUGE_VAL})), Error);
}

}  // namespace
}  // namespace rotoscope
