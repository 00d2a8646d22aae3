#include "rotoscope/theory/feature_temperature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

void check_problem(double angle, double draws) {
    if (!(angle >= 0.0 && angle <= std::numbers::pi))
        throw usage_error(fmt::format("the angle {} is outside 0 to pi radians", angle));
    if (!(draws >= 1.0 && std::isfinite(draws)))
        throw usage_error(fmt::format("{} frequencies; at least 1 and a finite number are needed", draws));
}

/// z²/2 = 1 ∓ cos θ, without cancellation.
double half_squared_distance(double angle, FeatureProduct product) {
    const double half = product == FeatureProduct::conjugated ? std::sin(0.5 * angle) : std::cos(0.5 * angle);
    return 2.0 * half * half;
}

/// u = −log a of the stationary point, for G = −log g > 0: e^{−3u}/D + e^{−u}(1 − 1/D) = e^{−G}. The left side is
/// convex and falls with u, so Newton's method from u = G/3, where it is at least the right side, rises to the root.
double stationary_exponent(double g, double draws) {
    const double target = std::expm1(-g);
    double u = g / 3.0;
    for (int step = 0; step < 100; ++step) {
        const double excess = std::expm1(-3.0 * u) / draws + std::expm1(-u) * (1.0 - 1.0 / draws) - target;
        const double slope = -3.0 * std::exp(-3.0 * u) / draws - std::exp(-u) * (1.0 - 1.0 / draws);
        const double next = u - excess / slope;
        if (!(next > u)) break;  // rounding ends the ascent
        u = next;
    }
    return u;
}

}  // namespace

double temperature_error(double temperature, double angle, double draws, FeatureProduct product) {
    check_problem(angle, draws);
    const double exponent = temperature * temperature * half_squared_distance(angle, product);
    const double bias = std::exp(1.0 - exponent) - std::exp(std::cos(angle));
    const double spread = std::numbers::e * std::expm1(-2.0 * exponent);
    return bias * bias + spread * spread / (2.0 * draws);
}

double optimal_temperature(double angle, double draws, FeatureProduct product) {
    check_problem(angle, draws);
    const double g = half_squared_distance(angle, FeatureProduct::conjugated);  // 1 − cos θ
    const double distance = half_squared_distance(angle, product);
    if (distance == 0.0 && product == FeatureProduct::as_printed) return std::numeric_limits<double>::infinity();
    if (g == 0.0) return product == FeatureProduct::conjugated ? 1.0 / std::sqrt(1.0 + 2.0 / draws) : 0.0;
    return std::sqrt(stationary_exponent(g, draws) / distance);
}

SpectrumDistance spectrum_distance(std::span<const double> first, std::span<const double> second) {
    if (first.size() != second.size() || first.empty())
        throw usage_error(fmt::format("spectra of {} and {} temperatures; the same number is needed, at least 1",
                                      first.size(), second.size()));
    std::vector<double> a(first.begin(), first.end());
    std::vector<double> b(second.begin(), second.end());
    std::ranges::sort(a);
    std::ranges::sort(b);
    SpectrumDistance distance;
    for (std::size_t n = 0; n < a.size(); ++n) {
        distance.root_mean_square += (a[n] - b[n]) * (a[n] - b[n]);
        distance.largest = std::max(distance.largest, std::abs(a[n] - b[n]));
    }
    distance.root_mean_square = std::sqrt(distance.root_mean_square / static_cast<double>(a.size()));
    return distance;
}

}  // namespace rotoscope
