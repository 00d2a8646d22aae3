#include "rotoscope/numerics/von_mises.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr double pi = std::numbers::pi;

/// From here on the asymptotic series, whose smallest term is about e^{−2κ} = 4·10^−18, is exact in double.
constexpr double asymptotic_from = 20.0;

/// A1 below asymptotic_from. Each level divides the remaining error by (2k/κ)² and more: after 60 levels it is far
/// below rounding for κ ≤ 20.
double continued_fraction(double concentration) {
    double tail = 0.0;
    for (int level = 60; level >= 2; --level) tail = concentration * concentration / (2.0 * level + tail);
    return concentration / (2.0 + tail);
}

/// e^{−κ} sqrt(2πκ) times I0(κ) and I0(κ) − I1(κ): Σ_k t_k and Σ_k (t_k − s_k), with
/// t_k = t_{k−1} (2k − 1)²/(8kκ), s_k = s_{k−1} (2k − 3)(2k + 1)/(8kκ), t_0 = s_0 = 1; s_k < 0 for k ≥ 1.
struct AsymptoticSums {
    double zeroth;
    double difference;
};

AsymptoticSums asymptotic_sums(double concentration) {
    double t = 1.0;
    double s = 1.0;
    AsymptoticSums sums{1.0, 0.0};
    for (int k = 1; k < 2.0 * concentration && k <= 60; ++k) {
        const double scale = 1.0 / (8.0 * k * concentration);
        t *= (2.0 * k - 1.0) * (2.0 * k - 1.0) * scale;
        s *= (2.0 * k - 3.0) * (2.0 * k + 1.0) * scale;
        sums.zeroth += t;
        sums.difference += t - s;
        if (t - s <= 0x1p-54 * sums.difference) break;
    }
    return sums;
}

/// e^{−κ} I0(κ); below asymptotic_from by the power series Σ (κ²/4)^k/k!², all positive.
double scaled_bessel_zero(double concentration) {
    if (concentration >= asymptotic_from)
        return asymptotic_sums(concentration).zeroth / std::sqrt(2.0 * pi * concentration);
    const double quarter_square = 0.25 * concentration * concentration;
    double term = 1.0;
    double sum = 1.0;
    for (int k = 1; term > 0x1p-54 * sum; ++k) {
        term *= quarter_square / (static_cast<double>(k) * k);
        sum += term;
    }
    return std::exp(-concentration) * sum;
}

/// A1(κ) = R̄ below asymptotic_from: Newton's iteration with A1' = 1 − A1/κ − A1², kept inside a shrinking bracket.
double invert_ratio(double resultant_length) {
    double low = 0.0;
    double high = asymptotic_from;
    // Banerjee and others (2005), JMLR 6:1345: within a few per cent.
    const double square = resultant_length * resultant_length;
    double kappa = resultant_length * (2.0 - square) / (1.0 - square);
    for (int iteration = 0; iteration < 60; ++iteration) {
        if (!(kappa > low && kappa < high)) kappa = 0.5 * (low + high);
        const double ratio = continued_fraction(kappa);
        const double error = ratio - resultant_length;
        (error > 0.0 ? high : low) = kappa;
        const double step = error / (1.0 - ratio / kappa - ratio * ratio);
        kappa -= step;
        if (std::abs(step) <= 0x1p-51 * kappa) break;
    }
    return kappa;
}

/// 1 − A1(κ) = V from asymptotic_from on: κ (1 − A1(κ)) varies slowly, so that κ ← κ (1 − A1(κ))/V gains a factor of 4κ
/// in each iteration.
double invert_complement(double circular_variance) {
    double kappa = std::max(asymptotic_from, 0.5 / circular_variance);
    if (std::isinf(kappa)) return kappa;
    for (int iteration = 0; iteration < 20; ++iteration) {
        const AsymptoticSums sums = asymptotic_sums(kappa);
        const double factor = sums.difference / sums.zeroth / circular_variance;
        kappa *= factor;
        if (std::abs(factor - 1.0) <= 0x1p-51) break;
    }
    return kappa;
}

}  // namespace

BesselRatio bessel_ratio(double concentration) {
    if (!(concentration >= 0.0)) throw internal_error(fmt::format("concentration {} is not in [0, ∞]", concentration));
    if (concentration < asymptotic_from) {
        const double ratio = continued_fraction(concentration);
        return {ratio, 1.0 - ratio};
    }
    const AsymptoticSums sums = asymptotic_sums(concentration);
    const double complement = sums.difference / sums.zeroth;
    return {1.0 - complement, complement};
}

double von_mises_concentration(double resultant_length, double circular_variance) {
    if (std::isnan(resultant_length) || std::isnan(circular_variance)) return std::numeric_limits<double>::quiet_NaN();
    if (!(resultant_length >= 0.0 && resultant_length <= 1.0 && circular_variance >= 0.0 && circular_variance <= 1.0))
        throw internal_error(fmt::format("resultant length {} and circular variance {} are not in [0, 1]",
                                         resultant_length, circular_variance));
    if (circular_variance == 0.0) return std::numeric_limits<double>::infinity();
    if (resultant_length == 0.0) return 0.0;
    static const double boundary = bessel_ratio(asymptotic_from).complement;
    return circular_variance > boundary ? invert_ratio(resultant_length) : invert_complement(circular_variance);
}

double von_mises_density(double angle, double mean_direction, double concentration) {
    if (!(concentration >= 0.0 && std::isfinite(concentration)))
        throw internal_error(fmt::format("concentration {} is not finite and at least 0", concentration));
    const double half_sine = std::sin(0.5 * (angle - mean_direction));  // cos d − 1 = −2 sin²(d/2)
    return std::exp(-2.0 * concentration * half_sine * half_sine) / (2.0 * pi * scaled_bessel_zero(concentration));
}

}  // namespace rotoscope
