// Tests of angles against the uniform distribution on the circle.
#pragma once

#include <cstdint>
#include <span>

namespace rotoscope {

/// A statistic, its form with a null distribution that hardly depends on n, and the p-value: the probability of a
/// statistic at least as large where n independent angles are uniform. Accumulated phases are not independent: their
/// p-values mean little. NaN where there are no angles. The p-values are asymptotic with small-sample corrections:
/// simulated sizes at the 5 % level are 4.8 to 5.1 % for n = 5 to 500.
struct UniformityTest {
    double statistic;
    double modified;
    double p;
};

/// Rayleigh's test against a single mode, from the resultant length R̄ of n angles: statistic R̄, modified n R̄²,
/// p = exp(√(1 + 4n + 4(n² − R²)) − (1 + 2n)) with R = n R̄ (Zar, Biostatistical Analysis, 4th ed., p. 617; Berens
/// 2009, 10.18637/jss.v031.i10), evaluated without cancellation.
[[nodiscard]] UniformityTest rayleigh_test(double resultant_length, std::uint64_t count);

/// Kuiper's test, with the angles wrapped to u_i = θ_i mod 2π / 2π and sorted, i = 1 … n: statistic V = D⁺ + D⁻,
/// D⁺ = max(i/n − u_(i)), D⁻ = max(u_(i) − (i − 1)/n); modified λ = V(√n + 0.155 + 0.24/√n) (Stephens 1970,
/// 10.1111/j.2517-6161.1970.tb00821.x); p = min(1, 2 Σ_{j≥1} (4j²λ² − 1) e^{−2j²λ²}), 1 for λ < 0.4.
/// Ties are right as they stand. Throws Error (internal) for an angle that is not finite.
[[nodiscard]] UniformityTest kuiper_test(std::span<const double> angles);

/// Watson's test, with the same u: statistic U² = Σ(u_(i) − (2i − 1)/2n)² − n(ū − ½)² + 1/12n; modified
/// U²* = (U² − 0.1/n + 0.1/n²)(1 + 0.8/n) (Stephens 1970); p = min(1, 2 Σ_{j≥1} (−1)^{j−1} e^{−2π²j²U²*}), 1 for U²* ≤
/// 0. Ties are right as they stand. Throws Error (internal) for an angle that is not finite.
[[nodiscard]] UniformityTest watson_test(std::span<const double> angles);

/// The p-values of the modified statistics λ and U²*.
[[nodiscard]] double kuiper_p(double modified);
[[nodiscard]] double watson_p(double modified);

}  // namespace rotoscope
