// W and its derivatives at one frequency, by direct summation.
#pragma once

#include <complex>
#include <span>

namespace rotoscope::detail {

/// P = |W|² and its first two derivatives with respect to f, in bins.
struct PowerPoint {
    double power;
    double slope;
    double curvature;
};

/// Evaluates P(f) of W(f) = Σ_{t<N} w_t e^{−2πi ft/N} with an error of a few roundings of Σ|w_t|. Samples are summed in
/// blocks of 64: e^{−2πi f(64a + b)/N} is a product of two factors from two short tables, so each sample costs six
/// multiplications and no sine.
[[nodiscard]] PowerPoint power_at(std::span<const double> samples, double f);

/// A zero of P′ near `start`, by Newton's method, never further away than `reach` bins.
struct TurningPoint {
    double bin;
    double power;
};
[[nodiscard]] TurningPoint refine_turning_point(std::span<const double> samples, double start, double reach);

/// The f in [low, high] near `start` where P(f) = level, given P(low) > level ≥ P(high).
[[nodiscard]] double refine_crossing(std::span<const double> samples, double level, double low, double high,
                                     double start);

}  // namespace rotoscope::detail
