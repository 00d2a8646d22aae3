// What the claims about random features share.
#pragma once

#include "significance.hpp"

#include <cmath>
#include <numbers>

#include "rotoscope/theory/kernel_moments.hpp"

namespace rotoscope {

[[nodiscard]] inline double radians(double degrees) { return degrees * std::numbers::pi / 180.0; }

/// How far the mean of n estimates e cos w·z of unit vectors may be from its expectation: the variance of one is known
/// and |e cos| ≤ e, so Bernstein's inequality is exact.
[[nodiscard]] inline double kernel_mean_tolerance(double variance_of_one, double n, double probability) {
    return bernstein_deviation(variance_of_one, 2.0 * std::numbers::e, n, probability);
}

/// Central moments of the mean of m terms scale·cos(w·z), w·z ~ N(0, distance²).
struct CosineMoments {
    double variance;
    double third;
    double fourth;
};

/// From E cos^k by multiple angles, E cos(j w·z) = e^{−j² distance²/2}; moments of a mean by cumulants.
[[nodiscard]] inline CosineMoments mean_cosine_moments(double scale, double distance, double m) {
    const auto harmonic = [&](double j) { return std::exp(-0.5 * j * j * distance * distance); };
    const double mean = harmonic(1.0);
    const double second = 0.5 * (1.0 + harmonic(2.0));
    const double third = 0.25 * (3.0 * mean + harmonic(3.0));
    const double fourth = 0.375 + 0.5 * harmonic(2.0) + 0.125 * harmonic(4.0);
    const double variance = second - mean * mean;
    const double central_third = third - 3.0 * mean * second + 2.0 * mean * mean * mean;
    const double central_fourth = fourth - 4.0 * mean * third + 6.0 * mean * mean * second - 3.0 * std::pow(mean, 4);
    return {scale * scale * variance / m, std::pow(scale, 3) * central_third / (m * m),
            std::pow(scale, 4) *
                (3.0 * variance * variance / (m * m) + (central_fourth - 3.0 * variance * variance) / (m * m * m))};
}

/// z for a mean of R squares, whose terms have a skewness of at most 8 (a χ² variable of one degree: 2.8).
[[nodiscard]] inline double mean_square_quantile(double probability, double repeats) {
    return skewed_quantile(probability, 8.0 / std::sqrt(repeats));
}

}  // namespace rotoscope
