#include "rotoscope/theory/kernel_simulation.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/feature_temperature.hpp"
#include "rotoscope/theory/kernel_moments.hpp"

namespace rotoscope {
namespace {

constexpr double degree = std::numbers::pi / 180.0;
constexpr Index dimension = 16;

/// |estimate − expected| in standard errors: of mistakes above 4, and a number.
double standard_errors(const Estimate& estimate, double expected) {
    return std::abs(estimate.value - expected) / estimate.standard_error;
}

/// Within 4 standard errors; beyond by chance once in 16,000, and the seeds are fixed.
::testing::AssertionResult meets(const Estimate& estimate, double expected) {
    return test::near(estimate.value, expected, 4.0 * estimate.standard_error);
}

KernelErrors simulate(const FeatureOptions& options, double angle, Index repeats) {
    ThreadPool pool(2);
    const auto [x, y] = unit_vectors(dimension, angle);
    return simulate_kernel(options, x, y, std::exp(std::cos(angle)), repeats, pool);
}

// 2,000 estimates of 256 frequencies each, 512,000 draws.
TEST(KernelSimulation, TrigonometricMeetsTheClosedForm) {
    for (const FeatureKind kind : {FeatureKind::trigonometric, FeatureKind::random_offset}) {
        for (const double angle : {60.0, 90.0, 120.0}) {
            const KernelErrors errors = simulate({.kind = kind, .count = 256, .seed = 100}, angle * degree, 2000);
            const KernelMoments moments = kernel_moments(kind, unit_pair(dimension, angle * degree), 256);
            EXPECT_TRUE(meets(errors.bias, 0.0));
            EXPECT_TRUE(meets(errors.variance, moments.variance));
            EXPECT_TRUE(meets(errors.mean_squared_error, moments.variance));
        }
    }
}

// The exponent A‖w‖² < 0 bounds optimal positive features: their moments exist and are met.
TEST(KernelSimulation, OptimalPositiveMeetsTheClosedForm) {
    for (const double angle : {60.0, 90.0, 120.0}) {
        const VectorPair pair = unit_pair(dimension, angle * degree);
        const double ratio = optimal_positive_ratio(dimension, pair.squared_sum);
        const KernelErrors errors = simulate(
            {.kind = FeatureKind::optimal_positive, .count = 256, .seed = 200, .squared_sum = pair.squared_sum},
            angle * degree, 2000);
        const KernelMoments moments = kernel_moments(FeatureKind::optimal_positive, pair, 256, 1.0, ratio);
        EXPECT_TRUE(meets(errors.bias, 0.0));
        EXPECT_TRUE(meets(errors.variance, moments.variance));
    }
}

/// Vectors whose difference has the length z, at the origin's two sides: the estimate of e^{x·y} is e^{z²/4} times that
/// of the Gaussian kernel e^{−z²/2}.
KernelErrors simulate_gaussian_kernel(DrawKind draws, Index count, double z, Index repeats) {
    ThreadPool pool(2);
    const Eigen::RowVectorXd x = 0.5 * z * Eigen::RowVectorXd::Unit(dimension, 3);
    KernelErrors errors =
        simulate_kernel({.draws = draws, .count = count, .seed = 300}, x, -x, std::exp(-0.25 * z * z), repeats, pool);
    const double factor = std::exp(-0.25 * z * z);
    for (Estimate* estimate : {&errors.bias}) *estimate = {estimate->value * factor, estimate->standard_error * factor};
    for (Estimate* estimate : {&errors.variance, &errors.mean_squared_error})
        *estimate = {estimate->value * factor * factor, estimate->standard_error * factor * factor};
    return errors;
}

// One block of 16, 20,000 times, and one and a half blocks.
TEST(KernelSimulation, OrthogonalMeetsTheClosedForm) {
    for (const double z : {0.5, 1.0, 2.0}) {
        for (const Index count : {16, 24}) {
            const KernelErrors errors = simulate_gaussian_kernel(DrawKind::orthogonal, count, z, 20000);
            EXPECT_TRUE(meets(errors.bias, 0.0));
            EXPECT_TRUE(meets(errors.variance, orthogonal_variance(dimension, count, z)));
        }
    }
}

// No closed form: unbiased over seeds, and less variance than independent draws.
TEST(KernelSimulation, QuasiMonteCarloIsUnbiasedAndBetter) {
    const KernelErrors errors = simulate_gaussian_kernel(DrawKind::quasi_monte_carlo, 256, 1.0, 2000);
    EXPECT_TRUE(meets(errors.bias, 0.0));
    EXPECT_LT(errors.variance.value, 0.5 * independent_variance(256, 1.0));
}

// Structured draws are orthogonal, but not Haar: their variance is near the orthogonal one, and their bias is small
// against the kernel, though not 0.
TEST(KernelSimulation, StructuredOrthogonalIsNearOrthogonal) {
    const KernelErrors errors = simulate_gaussian_kernel(DrawKind::structured_orthogonal, 16, 1.0, 20000);
    EXPECT_LT(std::abs(errors.bias.value), 0.02 * std::exp(-0.5));
    EXPECT_LT(errors.variance.value, 0.5 * independent_variance(16, 1.0));
}

// Negative controls: each wrong factor is found at the number of draws used above.
TEST(KernelSimulation, FindsATemperatureTwoPercentOff) {
    FeatureOptions options{.kind = FeatureKind::trigonometric, .count = 256, .seed = 100, .temperature = {1.02}};
    for (const double angle : {60.0, 90.0, 120.0})
        EXPECT_GT(standard_errors(simulate(options, angle * degree, 2000).bias, 0.0), 4.0);
    options.kind = FeatureKind::optimal_positive;
    options.squared_sum = 3.0;
    EXPECT_GT(standard_errors(simulate(options, 60.0 * degree, 2000).bias, 0.0), 4.0);
    // And it is the bias that the closed form predicts.
    options = {.kind = FeatureKind::trigonometric, .count = 256, .seed = 100, .temperature = {1.02}};
    const VectorPair pair = unit_pair(dimension, 90.0 * degree);
    const double predicted = kernel_moments(FeatureKind::trigonometric, pair, 256, 1.02).mean - true_kernel(pair);
    EXPECT_TRUE(meets(simulate(options, 90.0 * degree, 2000).bias, predicted));
}

TEST(KernelSimulation, FindsAMissingNormFactor) {
    KernelErrors errors =
        simulate({.kind = FeatureKind::trigonometric, .count = 256, .seed = 100}, 90.0 * degree, 2000);
    // Without e^{(‖x‖²+‖y‖²)/2} = e the mean is e^{−1} in place of 1.
    const double kernel = 1.0;
    const double without = (errors.bias.value + kernel) / std::numbers::e;
    EXPECT_GT(standard_errors({without, errors.bias.standard_error / std::numbers::e}, kernel), 4.0);
}

// Haar rows of the fixed norm √d estimate another kernel: the mean of 20,000 blocks of 16 shows it.
TEST(KernelSimulation, FindsMissingChiNorms) {
    constexpr Index blocks = 20000;
    const double z = 2.0;
    const RowMatrix<double> draws = draw_frequencies(DrawKind::orthogonal, 300, dimension, 0, blocks * dimension);
    const auto mean_cosine = [&](const RowMatrix<double>& frequencies) {
        const Eigen::ArrayXd cosines = (z * frequencies.col(3)).array().cos();
        const Eigen::Map<const Eigen::ArrayXXd> by_block(cosines.data(), dimension, blocks);
        const Eigen::ArrayXd estimates = by_block.colwise().mean().transpose();
        const double mean = estimates.mean();
        return Estimate{mean, std::sqrt((estimates - mean).square().mean() / static_cast<double>(blocks))};
    };
    const RowMatrix<double> without = 4.0 * draws.rowwise().normalized();
    EXPECT_TRUE(meets(mean_cosine(draws), std::exp(-0.5 * z * z)));
    EXPECT_GT(standard_errors(mean_cosine(without), std::exp(-0.5 * z * z)), 4.0);
}

// Theorem 1's error by simulation, with both products: the product without the conjugate is the estimate of (x, −y).
TEST(KernelSimulation, TemperatureErrorWithBothProducts) {
    ThreadPool pool(2);
    for (const double sigma : {0.6, 1.0, 1.5}) {
        const double angle = 70.0 * degree;
        const auto [x, y] = unit_vectors(dimension, angle);
        const FeatureOptions options{
            .kind = FeatureKind::trigonometric, .count = 16, .seed = 400, .temperature = {sigma}};
        const double target = std::exp(std::cos(angle));
        EXPECT_TRUE(meets(simulate_kernel(options, x, y, target, 20000, pool).mean_squared_error,
                          temperature_error(sigma, angle, 16, FeatureProduct::conjugated)));
        EXPECT_TRUE(meets(simulate_kernel(options, x, -y, target, 20000, pool).mean_squared_error,
                          temperature_error(sigma, angle, 16, FeatureProduct::as_printed)));
    }
}

TEST(KernelSimulation, SameBytesForAnyNumberOfThreads) {
    ThreadPool one(1);
    ThreadPool three(3);
    const auto [x, y] = unit_vectors(5, 1.0);
    const FeatureOptions options{.kind = FeatureKind::positive, .draws = DrawKind::orthogonal, .count = 7, .seed = 1};
    EXPECT_EQ(simulate_kernel(options, x, y, 1.0, 100, one).variance.value,
              simulate_kernel(options, x, y, 1.0, 100, three).variance.value);
    EXPECT_THROW((void)simulate_kernel(options, x, y, 1.0, 1, one), Error);
    EXPECT_THROW((void)simulate_kernel(options, x, Eigen::RowVectorXd::Zero(4), 1.0, 5, one), Error);
}

// 2^18 frequencies at 19 angles, in R^16 and projected: mean and variance of e cos within 4.5 standard errors of the
// closed forms (76 comparisons; a false alarm once in 2,000, fixed seed). The standard error of the variance: cos² lies
// in [0, 1], so its standard deviation is at most ½; e² for the factor.
TEST(AngleSampling, MeetsTheClosedForms) {
    ThreadPool pool(2);
    constexpr std::uint64_t draws = 1 << 18;
    std::vector<double> angles;
    for (int i = 0; i < 19; ++i) angles.push_back(10.0 * i * degree);
    for (const FrequencySpace space : {FrequencySpace::full, FrequencySpace::projected}) {
        const AngleMoments moments = sample_trigonometric_kernel(angles, dimension, draws, 1, space, pool);
        for (std::size_t a = 0; a < angles.size(); ++a) {
            const VectorPair pair = unit_pair(dimension, angles[a]);
            const KernelMoments expected = kernel_moments(FeatureKind::trigonometric, pair, 1);
            // Single precision: errors of the cosines, 1.5e-7 and 3e-7 from the angles, times e or e²·2.
            EXPECT_TRUE(test::near(moments.mean[a], expected.mean, 4.5 * std::sqrt(expected.variance / draws) + 2e-6));
            EXPECT_TRUE(test::near(moments.variance[a], expected.variance,
                                   4.5 * std::numbers::e * std::numbers::e * 0.5 / std::sqrt(double{draws}) + 1e-5));
        }
    }
    ThreadPool one(1);
    EXPECT_EQ(sample_trigonometric_kernel(angles, dimension, 100000, 1, FrequencySpace::full, pool).mean,
              sample_trigonometric_kernel(angles, dimension, 100000, 1, FrequencySpace::full, one).mean);
    EXPECT_THROW((void)sample_trigonometric_kernel(angles, 1, draws, 1, FrequencySpace::full, pool), Error);
    EXPECT_THROW((void)sample_trigonometric_kernel(angles, 16, 1, 1, FrequencySpace::full, pool), Error);
}

}  // namespace
}  // namespace rotoscope
