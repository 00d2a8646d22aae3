// The von Mises distribution: concentration by maximum likelihood, and the density.
#pragma once

namespace rotoscope {

/// A1(κ) = I1(κ)/I0(κ), the resultant length of a von Mises distribution, and 1 − A1(κ), its circular variance, each
/// within 10^−14 relative. κ in [0, ∞]; throws Error (internal) otherwise.
struct BesselRatio {
    double ratio;
    double complement;
};

/// Below κ = 20 by Perron's continued fraction A1 = κ/(2 + κ²/(4 + κ²/(6 + …))) (DLMF 10.33.1), above by the asymptotic
/// series of both functions (DLMF 10.40.1), summed so that all terms of the complement are positive; its smallest term
/// is about e^{−2κ}.
[[nodiscard]] BesselRatio bessel_ratio(double concentration);

/// The maximum-likelihood κ of angles with resultant length R̄ and circular variance 1 − R̄: A1(κ) = R̄ (Mardia & Jupp,
/// Directional Statistics, 2000, section 5.3.1), about 10^−13 relative where 1 − R̄ is given with full precision. 0 at
/// R̄ = 0, ∞ at 1 − R̄ = 0, NaN for NaN. Biased upwards in small samples. Throws Error (internal) unless both are in [0,
/// 1].
[[nodiscard]] double von_mises_concentration(double resultant_length, double circular_variance);

/// Density of the von Mises distribution at `angle`, per radian: exp(κ cos(θ − μ))/(2π I0(κ)), for finite κ ≥ 0 without
/// overflow at any of them. Throws Error (internal) for another κ.
[[nodiscard]] double von_mises_density(double angle, double mean_direction, double concentration);

}  // namespace rotoscope
