#include "rotoscope/theory/kernel_moments.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr double degree = std::numbers::pi / 180.0;

/// Passes where `computed` rounds to `printed`, a number of four significant digits.
::testing::AssertionResult prints_as(double computed, double printed) {
    return test::near(computed, printed, 0.5 * std::pow(10.0, std::floor(std::log10(printed)) - 3.0));
}

double variance_at(FeatureKind kind, double angle) {
    const VectorPair pair = unit_pair(16, angle * degree);
    return kernel_moments(kind, pair, 256, 1.0, optimal_positive_ratio(16, pair.squared_sum)).variance;
}

// d = 16, m = 256, unit norms at 60, 90 and 120 degrees: computed independently in double precision.
TEST(KernelMoments, PrintedVariances) {
    const struct {
        FeatureKind kind;
        double printed[3];
    } rows[] = {{FeatureKind::trigonometric, {5.767e-3, 1.079e-2, 1.303e-2}},
                {FeatureKind::positive, {2.027e-1, 2.496e-2, 2.469e-3}},
                {FeatureKind::hyperbolic, {9.628e-2, 1.079e-2, 7.804e-4}},
                {FeatureKind::optimal_positive, {9.665e-2, 1.650e-2, 2.092e-3}}};
    const double angles[] = {60.0, 90.0, 120.0};
    for (const auto& row : rows)
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(prints_as(variance_at(row.kind, angles[i]), row.printed[i]));
}

// Gaussian kernel, m = d: variances and ratios of one orthogonal block, computed independently in double precision.
TEST(KernelMoments, PrintedOrthogonalVariances) {
    const double distances[] = {0.5, 1.0, 2.0};
    const double independent[] = {1.529e-3, 1.249e-2, 3.012e-2};
    const double ratios16[] = {0.1503, 0.1577, 0.6712};
    const double ratios64[] = {0.0436, 0.0978, 0.6908};
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(prints_as(independent_variance(16, distances[i]), independent[i]));
        EXPECT_TRUE(test::near(orthogonal_variance(16, 16, distances[i]) / independent_variance(16, distances[i]),
                               ratios16[i], 5e-5));
        EXPECT_TRUE(test::near(orthogonal_variance(64, 64, distances[i]) / independent_variance(64, distances[i]),
                               ratios64[i], 5e-5));
    }
}

/// C as the alternating series Σ_k (−z²)^k/k! [Π_{i<k} (d + i)/(d + 2i) − 1], which needs z below about 2.
double covariance_by_series(double d, double z) {
    double sum = 0.0;
    double power = 1.0;
    double product = 1.0;
    for (int k = 1; k < 120; ++k) {
        power *= -z * z / k;
        product *= (d + k - 1.0) / (d + 2.0 * (k - 1.0));
        sum += power * (product - 1.0);
    }
    return sum;
}

// Even and odd dimensions. Terms reach e^{z²} = 55, so the series has an error of 55·2^-52 and a few.
TEST(KernelMoments, OrthogonalCovarianceAgainstItsSeries) {
    for (const Index d : {2, 3, 15, 16, 64, 129})
        for (const double z : {0.1, 0.5, 1.0, 1.5, 2.0})
            EXPECT_TRUE(
                test::near(orthogonal_covariance(d, z), covariance_by_series(static_cast<double>(d), z), 5e-14));
}

// Where d/2 = z²/2, where the sum's terms are many, and where e^{z²/2} overflows. Each cosine lies in [−1, 1], so |C| ≤
// ½ + 1e-15, and C vanishes for large distances.
TEST(KernelMoments, OrthogonalCovarianceEverywhere) {
    for (const Index d : {1, 2, 3, 16, 64, 100, 257, 4096})
        for (const double z : {0.0, 1e-8, 1.0, 4.0, 8.0, 10.0, 16.0, 34.0, 35.0, 1e6, 1e200})
            EXPECT_LE(std::abs(orthogonal_covariance(d, z)), 0.5 + 1e-15) << d << " " << z;
    EXPECT_TRUE(test::near(orthogonal_covariance(16, 4.0), covariance_by_series(16.0, 4.0), 5e-9));  // e^16·2^-52
    EXPECT_TRUE(test::near(orthogonal_covariance(64, 34.0), 0.0, 1e-15));
}

TEST(KernelMoments, PartialBlocks) {
    // 16 + 16 + 5 rows; each pair within a block adds C.
    const double z = 0.8;
    const double expected =
        (37.0 * independent_variance(1, z) + (2.0 * 16.0 * 15.0 + 5.0 * 4.0) * orthogonal_covariance(16, z)) /
        (37.0 * 37.0);
    EXPECT_TRUE(test::near(orthogonal_variance(16, 37, z), expected, 1e-16));
}

/// E f(g) of a standard normal by the trapezoidal rule, which converges exponentially for such integrands: step 1/16
/// and |g| ≤ 30 leave an error below 1e-15 where f grows no faster than e^{6|g|}.
double normal_mean(const std::function<double(double)>& f) {
    double sum = 0.0;
    for (int i = -480; i <= 480; ++i) {
        const double g = i / 16.0;
        sum += std::exp(-0.5 * g * g) * f(g);
    }
    return sum / (16.0 * std::sqrt(2.0 * std::numbers::pi));
}

/// Mean and variance of one estimate from its definition: w·u = σ‖u‖ g.
KernelMoments moments_by_quadrature(FeatureKind kind, const VectorPair& pair, double temperature) {
    const double sum = temperature * std::sqrt(pair.squared_sum);
    const double difference = temperature * std::sqrt(pair.squared_difference);
    const double half = 0.5 * pair.squared_norms;
    const auto value = [&](double g) {
        if (kind == FeatureKind::positive) return std::exp(sum * g - half);
        if (kind == FeatureKind::hyperbolic) return std::exp(-half) * std::cosh(sum * g);
        return std::exp(half) * std::cos(difference * g);
    };
    const double mean = normal_mean(value);
    return {mean, normal_mean([&](double g) { return (value(g) - mean) * (value(g) - mean); })};
}

TEST(KernelMoments, QuadratureOfTheDefinitions) {
    for (const FeatureKind kind : {FeatureKind::trigonometric, FeatureKind::positive, FeatureKind::hyperbolic}) {
        for (const double angle : {20.0, 60.0, 90.0, 150.0}) {
            for (const double temperature : {0.5, 1.0, 1.3}) {
                const VectorPair pair = unit_pair(16, angle * degree);
                const KernelMoments expected = moments_by_quadrature(kind, pair, temperature);
                const KernelMoments computed = kernel_moments(kind, pair, 1, temperature);
                EXPECT_TRUE(test::near(computed.mean, expected.mean, 1e-13 * expected.mean));
                EXPECT_TRUE(test::near(computed.variance, expected.variance, 1e-12 * expected.variance));
            }
        }
    }
}

// OPRF: the component of g along x + y, and d − 1 across it, each by quadrature.
TEST(KernelMoments, OptimalPositiveByQuadrature) {
    const VectorPair pair = unit_pair(16, 75.0 * degree);
    for (const double ratio : {1.0, 0.8, optimal_positive_ratio(16, pair.squared_sum)}) {
        for (const double temperature : {0.9, 1.0}) {
            const double exponent = (1.0 - 1.0 / ratio) / 8.0;
            const double a = 2.0 * exponent * temperature * temperature;
            const double b = std::sqrt(1.0 - 4.0 * exponent) * temperature * std::sqrt(pair.squared_sum);
            const double factor = std::pow(1.0 - 4.0 * exponent, 8.0) * std::exp(-0.5 * pair.squared_norms);
            const auto moment = [&](double power) {
                const double along = normal_mean([&](double g) { return std::exp(power * (a * g * g + b * g)); });
                const double across = normal_mean([&](double g) { return std::exp(power * a * g * g); });
                return std::pow(factor, power) * along * std::pow(across, 15.0);
            };
            const KernelMoments computed = kernel_moments(FeatureKind::optimal_positive, pair, 1, temperature, ratio);
            EXPECT_TRUE(test::near(computed.mean, moment(1.0), 1e-13 * computed.mean));
            EXPECT_TRUE(test::near(computed.variance, moment(2.0) - moment(1.0) * moment(1.0), 1e-12 * moment(2.0)));
        }
    }
}

TEST(KernelMoments, UnbiasedAtTemperatureOne) {
    for (const double angle : {0.0, 45.0, 90.0, 180.0}) {
        const VectorPair pair = unit_pair(8, angle * degree);
        EXPECT_TRUE(test::near(true_kernel(pair), std::exp(std::cos(angle * degree)), 1e-15 * 3.0));
        for (const FeatureKind kind : {FeatureKind::trigonometric, FeatureKind::random_offset, FeatureKind::positive,
                                       FeatureKind::hyperbolic, FeatureKind::optimal_positive}) {
            const KernelMoments moments = kernel_moments(kind, pair, 10, 1.0, 0.7);
            EXPECT_TRUE(test::near(moments.mean, true_kernel(pair), 1e-14));
            EXPECT_TRUE(test::near(moments.mean_squared_error(true_kernel(pair)), moments.variance, 1e-13));
            EXPECT_TRUE(test::near(kernel_moments(kind, pair, 40, 1.0, 0.7).variance, moments.variance / 4.0, 1e-14));
        }
    }
}

// ρ of optimal_positive_ratio has the smallest variance, also than ρ = 1, which is the positive kind.
TEST(KernelMoments, OptimalRatioIsOptimal) {
    const VectorPair pair = unit_pair(16, 60.0 * degree);
    const auto variance = [&](double ratio) {
        return kernel_moments(FeatureKind::optimal_positive, pair, 1, 1.0, ratio).variance;
    };
    const double best = optimal_positive_ratio(16, pair.squared_sum);
    EXPECT_LT(variance(best), variance(0.99 * best));
    EXPECT_LT(variance(best), variance(1.01 * best));
    EXPECT_TRUE(test::near(variance(1.0), kernel_moments(FeatureKind::positive, pair, 1).variance, 1e-12));
}

TEST(KernelMoments, PairsAndRefusals) {
    const Eigen::RowVectorXd x = Eigen::RowVectorXd::LinSpaced(4, -1.0, 1.0);
    const Eigen::RowVectorXd y = Eigen::RowVectorXd::LinSpaced(4, 2.0, 0.5);
    EXPECT_TRUE(test::near(true_kernel(pair_of(x, y)), std::exp(x.dot(y)), 1e-15));
    EXPECT_THROW((void)pair_of(x, Eigen::RowVectorXd::Zero(5)), Error);
    EXPECT_THROW((void)kernel_moments(FeatureKind::positive, unit_pair(4, 1.0), 0), Error);
}

}  // namespace
}  // namespace rotoscope
