// How far chance may carry a measured mean, for a stated probability of false alarm.
#pragma once

#include <boost/math/special_functions/erf.hpp>

#include <cmath>

namespace rotoscope {

inline constexpr double unit_roundoff = 0x1p-53;  ///< of double

/// z with P(|Z| > z) = p for a standard normal Z.
[[nodiscard]] inline double normal_quantile(double p) { return std::sqrt(2.0) * boost::math::erfc_inv(p); }

/// z for a statistic of the given skewness, by the first term of Cornish and Fisher's expansion: z + (z² − 1)/6·|skew|.
[[nodiscard]] inline double skewed_quantile(double p, double skewness) {
    const double z = normal_quantile(p);
    return z + (z * z - 1.0) / 6.0 * std::abs(skewness);
}

/// t with P(|mean of n − its expectation| ≥ t) ≤ p for independent terms of the variance given that differ from their
/// expectation by at most `bound`: n t²/(2σ² + 2bt/3) = ln(2/p), Bernstein's inequality, exact for any n.
[[nodiscard]] inline double bernstein_deviation(double variance, double bound, double n, double p) {
    const double log = std::log(2.0 / p);
    const double linear = log * bound / (3.0 * n);
    return linear + std::sqrt(linear * linear + 2.0 * variance * log / n);
}

}  // namespace rotoscope
