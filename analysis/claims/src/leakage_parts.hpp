// What the claims about leakage share: figures of merit against closed forms, and responses measured with the
// recurrence.
#pragma once

#include "claim_rows.hpp"
#include "significance.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "rotoscope/numerics/figures_of_merit.hpp"
#include "rotoscope/theory/frequency_response.hpp"
#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {

/// Half a unit of the last printed digit: what agreement with a printed figure can mean.
inline constexpr double half_a_centidecibel = 0.005;

/// |s_T| of the recurrence s_t = a e^{iw} s_{t−1} + e^{iw't} as it reads, t = 1 … T.
[[nodiscard]] inline double recurrence_response(double decay, double frequency, double tone, std::size_t steps) {
    std::complex<double> state = 0.0;
    for (std::size_t t = 1; t <= steps; ++t)
        state = decay * std::polar(1.0, frequency) * state + std::polar(1.0, tone * static_cast<double>(t));
    return std::abs(state);
}

/// The largest | |s_T| − |H(δ)| | between the recurrence and the library's closed form over tones ±8 bins about w.
[[nodiscard]] inline double largest_response_difference(double decay, double frequency, std::size_t steps) {
    double largest = 0.0;
    for (int i = -32; i <= 32; ++i) {
        const double tone = frequency + i / 4.0 * 2.0 * std::numbers::pi / static_cast<double>(steps);
        largest = std::max(largest, std::abs(recurrence_response(decay, frequency, tone, steps) -
                                             std::abs(exponential_response(decay, frequency, tone, steps))));
    }
    return largest;
}

/// Its tolerance: T terms, each turned at most T times with 6u and decayed, and angles w't of up to 2T radians: their
/// rounding moves a term by 4uT.
[[nodiscard]] inline double response_tolerance(std::size_t steps) {
    const double t = static_cast<double>(steps);
    return unit_roundoff * t * (10.0 * t + 64.0);
}

}  // namespace rotoscope
