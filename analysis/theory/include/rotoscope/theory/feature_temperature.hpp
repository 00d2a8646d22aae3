// Temperatures of random features: the optimal one of a pair of unit vectors (Theorem 1 of arXiv 2511.17388), and the
// distance of two spectra.
#pragma once

#include <span>
#include <vector>

#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

/// The product of trigonometric features: φ(q)·conj φ(k), whose mean at σ = 1 is e^{q·k} (equation 8 needs it), or
/// φ(q)·φ(k) as printed, whose mean at σ = 1 is e^{−q·k}.
enum class FeatureProduct { conjugated, as_printed };

/// Mean squared error of the estimate of e^{cos θ} from D frequencies N(0, σ²I), for unit vectors at θ radians:
///   (e e^{−σ²z²/2} − e^{cos θ})² + e²(1 − e^{−σ²z²})²/(2D),
/// z² = 2 − 2 cos θ for the conjugated product, 2 + 2 cos θ as printed. `draws` need not be an integer. Throws
/// usage_error unless 0 ≤ θ ≤ π and D ≥ 1.
[[nodiscard]] double temperature_error(double temperature, double angle, double draws, FeatureProduct product);

/// The σ that minimises it, to about 4 units in the last place: with a = e^{−σ²z²/2} and g = e^{cos θ − 1} the error is
/// stationary at the one root in (0, 1) of a³/D + a(1 − 1/D) = g, found by Newton's method in log a. At θ = 0 the limit
/// 1/√(1 + 2/D) of the conjugated product; as printed 0 at θ = 0 and infinite at θ = π. As printed it tends to tan(θ/2)
/// for D → ∞ (the theorem); conjugated, to 1.
[[nodiscard]] double optimal_temperature(double angle, double draws, FeatureProduct product);

/// Distance of two spectra as sets, both sorted: of RoPE's and rfa's temperatures (schedule.hpp) in Figure 2.
struct SpectrumDistance {
    double root_mean_square = 0.0;
    double largest = 0.0;
};

/// Throws usage_error unless both have the same number of elements, at least one.
[[nodiscard]] SpectrumDistance spectrum_distance(std::span<const double> first, std::span<const double> second);

}  // namespace rotoscope
