#include "kernel_study.hpp"

#include <cmath>
#include <numbers>

#include "rotoscope/theory/attention_inputs.hpp"

namespace rotoscope {
namespace {

constexpr int angle_steps = 12;  // of 15 degrees
constexpr Index usual_estimates = 2000;
constexpr Index fewer_estimates = 400;

/// Optimal positive features are drawn anew for each angle, which takes its time where draws depend on each other.
Index simulated_estimates(const FeatureSeries& series) {
    const bool slow = series.kind == FeatureKind::optimal_positive && series.draws != DrawKind::independent;
    return slow ? fewer_estimates : usual_estimates;
}

std::vector<KernelPair> pairs_at_angles(Index dimension, double norm) {
    std::vector<KernelPair> pairs;
    for (int i = 0; i <= angle_steps; ++i) {
        const double angle = std::numbers::pi * i / angle_steps;
        const auto [x, y] = unit_vectors(dimension, angle);
        pairs.push_back({norm * x, norm * y, std::exp(norm * norm * std::cos(angle))});
    }
    return pairs;
}

/// Average over frequencies that are independent, each with its own temperature.
KernelMoments average_moments(FeatureKind kind, const VectorPair& pair, Index count,
                              const std::vector<double>& temperature, double ratio) {
    if (temperature.size() == 1) return kernel_moments(kind, pair, count, temperature[0], ratio);
    KernelMoments sum;
    for (const double sigma : temperature) {
        const KernelMoments one = kernel_moments(kind, pair, 1, sigma, ratio);
        sum.mean += one.mean;
        sum.variance += one.variance;
    }
    const auto m = static_cast<double>(count);
    return {sum.mean / m, sum.variance / (m * m)};
}

std::vector<KernelErrors> simulate(FeatureOptions features, std::span<const KernelPair> pairs, Index estimates,
                                   Context& context) {
    if (features.kind != FeatureKind::optimal_positive)
        return simulate_kernels(features, pairs, estimates, context.pool);
    std::vector<KernelErrors> errors;
    for (const KernelPair& pair : pairs) {
        features.squared_sum = pair_of(pair.x, pair.y).squared_sum;
        errors.push_back(simulate_kernels(features, std::span(&pair, 1), estimates, context.pool).front());
    }
    return errors;
}

/// KernelResults::variances of one series.
std::vector<double> expected_variances(const FeatureSeries& series, const KernelResults& results,
                                       const std::vector<double>& temperature) {
    std::vector<double> variances;
    for (int i = 0; i <= 5 * angle_steps; ++i) {
        VectorPair pair = unit_pair(results.dimension, std::numbers::pi * i / (5 * angle_steps));
        for (double* square : {&pair.squared_norms, &pair.squared_sum, &pair.squared_difference})
            *square *= results.norm * results.norm;
        const double ratio = optimal_positive_ratio(results.dimension, pair.squared_sum);
        const auto moments = expected_moments(series, pair, results.count, temperature, ratio);
        if (!moments) return {};
        variances.push_back(moments->variance);
    }
    return variances;
}

}  // namespace

bool heavy_tailed(FeatureKind kind) { return kind == FeatureKind::positive || kind == FeatureKind::hyperbolic; }

std::optional<KernelMoments> expected_moments(const FeatureSeries& series, const VectorPair& pair, Index count,
                                              const std::vector<double>& temperature, double ratio) {
    if (series.draws == DrawKind::independent) return average_moments(series.kind, pair, count, temperature, ratio);
    if (series.draws != DrawKind::orthogonal || series.kind != FeatureKind::trigonometric || temperature.size() != 1)
        return std::nullopt;
    // e^{(‖x‖² + ‖y‖²)/2} times the estimate of the Gaussian kernel at σ‖x − y‖.
    const double distance = temperature[0] * std::sqrt(pair.squared_difference);
    return KernelMoments{kernel_moments(series.kind, pair, count, temperature[0]).mean,
                         std::exp(pair.squared_norms) * orthogonal_variance(pair.dimension, count, distance)};
}

KernelResults study_kernel(const RffOptions& options, Index dimension, Context& context) {
    KernelResults results;
    results.dimension = dimension;
    results.count = static_cast<Index>(options.counts.front());
    results.norm = options.norm.value_or(1.0);
    const std::vector<double> temperature =
        options.temperature.repeated(static_cast<std::size_t>(dimension), static_cast<std::size_t>(results.count));
    const std::vector<KernelPair> pairs = pairs_at_angles(dimension, results.norm);
    context.progress.begin("kernel, kinds", options.features.size());
    for (const FeatureSeries& series : options.features) {
        results.estimates.push_back(simulated_estimates(series));
        const FeatureOptions features{series.kind, series.draws, results.count, options.seed, temperature, 0.0};
        const std::vector<KernelErrors> simulated = simulate(features, pairs, results.estimates.back(), context);
        std::vector<KernelPoint> points;
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const VectorPair pair = pair_of(pairs[i].x, pairs[i].y);
            const double ratio = optimal_positive_ratio(dimension, pair.squared_sum);
            points.push_back({std::numbers::pi * static_cast<double>(i) / angle_steps, pairs[i].target,
                              expected_moments(series, pair, results.count, temperature, ratio), simulated[i]});
        }
        results.points.push_back(std::move(points));
        results.variances.push_back(expected_variances(series, results, temperature));
        context.progress.advance();
    }
    return results;
}

}  // namespace rotoscope
