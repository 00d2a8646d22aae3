#include "rotoscope/theory/kernel_moments.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

/// log E e^{a‖g‖² + b g·u}, g ~ N(0, I) in d dimensions, ‖u‖² = square, a < ½.
double log_exponential_moment(double a, double b, double square, Index dimension) {
    return -0.5 * static_cast<double>(dimension) * std::log1p(-2.0 * a) + 0.5 * b * b * square / (1.0 - 2.0 * a);
}

KernelMoments optimal_positive_moments(const VectorPair& pair, double temperature, double ratio) {
    const double exponent = (1.0 - 1.0 / ratio) / 8.0;
    const double a = exponent * temperature * temperature;
    const double b = std::sqrt(1.0 - 4.0 * exponent) * temperature;
    const double factor =
        0.5 * static_cast<double>(pair.dimension) * std::log1p(-4.0 * exponent) - 0.5 * pair.squared_norms;
    const double first = factor + log_exponential_moment(2.0 * a, b, pair.squared_sum, pair.dimension);
    const double second = 2.0 * factor + log_exponential_moment(4.0 * a, 2.0 * b, pair.squared_sum, pair.dimension);
    return {std::exp(first), std::exp(2.0 * first) * std::expm1(second - 2.0 * first)};
}

/// Of one frequency.
KernelMoments single_moments(FeatureKind kind, const VectorPair& pair, double temperature, double ratio) {
    const double square = temperature * temperature;
    const double n = pair.squared_norms;
    const double missing = -std::expm1(-square * pair.squared_difference);  // 1 − e^{−σ²z²}
    const double excess = std::expm1(square * pair.squared_sum);            // e^{σ²s} − 1
    const double trigonometric_mean = std::exp(0.5 * (n - square * pair.squared_difference));
    const double positive_mean = std::exp(0.5 * (square * pair.squared_sum - n));
    switch (kind) {
        case FeatureKind::trigonometric:
            return {trigonometric_mean, 0.5 * std::exp(n) * missing * missing};
        case FeatureKind::random_offset:
            return {trigonometric_mean, 0.5 * std::exp(n) * (missing * missing + 1.0)};
        case FeatureKind::positive:
            return {positive_mean, positive_mean * positive_mean * excess};
        case FeatureKind::hyperbolic:
            return {positive_mean, 0.5 * std::exp(-n) * excess * excess};
        case FeatureKind::optimal_positive:
            return optimal_positive_moments(pair, temperature, ratio);
    }
    throw internal_error("unknown kind of features");
}

}  // namespace

VectorPair pair_of(const Eigen::RowVectorXd& x, const Eigen::RowVectorXd& y) {
    if (x.size() != y.size())
        throw usage_error(fmt::format("vectors of {} and {} components in one kernel", x.size(), y.size()));
    return {x.size(), x.squaredNorm() + y.squaredNorm(), (x + y).squaredNorm(), (x - y).squaredNorm()};
}

VectorPair unit_pair(Index dimension, double angle) {
    const double sine = std::sin(0.5 * angle);
    const double cosine = std::cos(0.5 * angle);
    return {dimension, 2.0, 4.0 * cosine * cosine, 4.0 * sine * sine};
}

double true_kernel(const VectorPair& pair) { return std::exp(0.25 * (pair.squared_sum - pair.squared_difference)); }

KernelMoments kernel_moments(FeatureKind kind, const VectorPair& pair, Index draws, double temperature, double ratio) {
    if (draws < 1) throw usage_error(fmt::format("a kernel estimate from {} frequencies; at least 1 is needed", draws));
    KernelMoments moments = single_moments(kind, pair, temperature, ratio);
    moments.variance /= static_cast<double>(draws);
    return moments;
}

double orthogonal_covariance(Index dimension, double distance) {
    const double half = 0.5 * static_cast<double>(dimension);
    const double x = 0.5 * distance * distance;
    // Beyond, e^{−x} 1F1 is below 1e-9 (its asymptotic series' leading term is Γ(d/2)/Γ(−d/2) x^−d for odd d > 1), and
    // 1F1 by itself would overflow.
    constexpr double negligible = 600.0;
    if (x > negligible || dimension < 2) return 0.0;
    // e^{−x} 1F1 = Σ_k e^{−x} x^k/k! (−d/2)_k/(d/2)_k: Poisson probabilities times factors of at most 1 in magnitude,
    // so that an absolute error of a few 1e-16 remains. (Boost's 1F1 fails where d/2 = x.)
    double term = std::exp(-x);
    double sum = term;
    for (int k = 0; term != 0.0 && (k < x || std::abs(term) > 1e-18); ++k) {
        term *= (k - half) / (k + half) * x / (k + 1.0);
        sum += term;
    }
    return sum - std::exp(-2.0 * x);
}

double independent_variance(Index draws, double distance) {
    const double missing = -std::expm1(-distance * distance);
    return 0.5 * missing * missing / static_cast<double>(draws);
}

double orthogonal_variance(Index dimension, Index draws, double distance) {
    const double blocks = static_cast<double>(draws / dimension);
    const double rest = static_cast<double>(draws % dimension);
    const auto d = static_cast<double>(dimension);
    const auto m = static_cast<double>(draws);
    const double pairs = blocks * d * (d - 1.0) + rest * (rest - 1.0);
    return independent_variance(draws, distance) + pairs * orthogonal_covariance(dimension, distance) / (m * m);
}

}  // namespace rotoscope
