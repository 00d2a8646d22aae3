#include "rotoscope/numerics/uniformity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr UniformityTest no_angles{nan, nan, nan};

/// θ_i mod 2π / 2π in [0, 1), sorted.
std::vector<double> sorted_fractions(std::span<const double> angles) {
    std::vector<double> fractions;
    fractions.reserve(angles.size());
    for (const double angle : angles) {
        if (!std::isfinite(angle)) throw internal_error(fmt::format("a test of uniformity met the angle {}", angle));
        const double wrapped = std::remainder(angle, 2.0 * pi) / (2.0 * pi);
        const double fraction = wrapped < 0.0 ? wrapped + 1.0 : wrapped;
        fractions.push_back(fraction < 1.0 ? fraction : 0.0);  // −10^−20 + 1 rounds to 1
    }
    std::sort(fractions.begin(), fractions.end());
    return fractions;
}

}  // namespace

UniformityTest rayleigh_test(double resultant_length, std::uint64_t count) {
    if (count == 0) return no_angles;
    const auto n = static_cast<double>(count);
    const double resultant = n * resultant_length;
    // √a − b with b = 1 + 2n and a = b² − 4R² is −4R²/(√a + b).
    const double b = 1.0 + 2.0 * n;
    const double root = std::sqrt(std::max(0.0, (b - 2.0 * resultant) * (b + 2.0 * resultant)));
    return {resultant_length, resultant * resultant_length, std::exp(-4.0 * resultant * resultant / (root + b))};
}

double kuiper_p(double modified) {
    if (std::isnan(modified)) return nan;
    if (modified < 0.4) return 1.0;
    double sum = 0.0;
    for (int j = 1; j < 100; ++j) {
        const double square = modified * modified * j * j;
        const double term = (4.0 * square - 1.0) * std::exp(-2.0 * square);
        sum += term;
        if (term <= 0x1p-54 * sum) break;
    }
    return std::min(1.0, 2.0 * sum);
}

UniformityTest kuiper_test(std::span<const double> angles) {
    if (angles.empty()) return no_angles;
    const std::vector<double> fractions = sorted_fractions(angles);
    const auto n = static_cast<double>(fractions.size());
    double above = 0.0;
    double below = 0.0;
    for (std::size_t i = 0; i < fractions.size(); ++i) {
        above = std::max(above, static_cast<double>(i + 1) / n - fractions[i]);
        below = std::max(below, fractions[i] - static_cast<double>(i) / n);
    }
    const double statistic = above + below;
    const double modified = statistic * (std::sqrt(n) + 0.155 + 0.24 / std::sqrt(n));
    return {statistic, modified, kuiper_p(modified)};
}

double watson_p(double modified) {
    if (std::isnan(modified)) return nan;
    if (modified <= 0.0) return 1.0;
    // Jacobi's transformation of the theta function turns the slow alternating series at small x into the fast
    // 1 − 2 (2πx)^{−1/2} Σ_{j≥0} e^{−(2j+1)²/(8x)}; the two are equally fast at x = 1/4π.
    if (modified < 0.25 / pi) {
        const double sum =
            std::exp(-1.0 / (8.0 * modified)) + std::exp(-9.0 / (8.0 * modified)) + std::exp(-25.0 / (8.0 * modified));
        return 1.0 - 2.0 * sum / std::sqrt(2.0 * pi * modified);
    }
    double sum = 0.0;
    double sign = 1.0;
    for (int j = 1; j < 100; ++j, sign = -sign) {
        const double term = std::exp(-2.0 * pi * pi * j * j * modified);
        sum += sign * term;
        if (term <= 0x1p-54 * sum) break;
    }
    return std::min(1.0, 2.0 * sum);
}

UniformityTest watson_test(std::span<const double> angles) {
    if (angles.empty()) return no_angles;
    const std::vector<double> fractions = sorted_fractions(angles);
    const auto n = static_cast<double>(fractions.size());
    // With e_i = u_(i) − (2i − 1)/2n, whose mean is ū − ½, the first two terms are Σ(e_i − ē)²: two passes, no
    // cancellation.
    double mean = 0.0;
    for (std::size_t i = 0; i < fractions.size(); ++i) mean += (fractions[i] - (static_cast<double>(i) + 0.5) / n) / n;
    double statistic = 1.0 / (12.0 * n);
    for (std::size_t i = 0; i < fractions.size(); ++i) {
        const double deviation = fractions[i] - (static_cast<double>(i) + 0.5) / n - mean;
        statistic += deviation * deviation;
    }
    const double modified = (statistic - 0.1 / n + 0.1 / (n * n)) * (1.0 + 0.8 / n);
    return {statistic, modified, watson_p(modified)};
}

}  // namespace rotoscope
