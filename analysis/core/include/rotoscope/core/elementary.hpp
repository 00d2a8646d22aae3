// Sine and cosine without branches or calls, so that a compiler vectorises the loops that use them.
#pragma once

#include <bit>
#include <cstdint>

namespace rotoscope {

/// sin x and versine x = 1 − cos x: the versine keeps its relative precision where x → 0 and 1 − cos x would not.
struct SineVersine {
    double sine;
    double versine;
};

/// For |r| ≤ π/4 (radians): the Taylor series to r^17 and r^16, whose remainders are below 2^−53/20 of the result
/// there. Error ≤ 1 ulp.
[[nodiscard]] constexpr SineVersine sine_versine_of_reduced(double r) {
    const double square = r * r;
    double sine = 1.0 / 355687428096000.0;  // 1/17!
    sine = -1.0 / 1307674368000.0 + square * sine;
    sine = 1.0 / 6227020800.0 + square * sine;
    sine = -1.0 / 39916800.0 + square * sine;
    sine = 1.0 / 362880.0 + square * sine;
    sine = -1.0 / 5040.0 + square * sine;
    sine = 1.0 / 120.0 + square * sine;
    sine = -1.0 / 6.0 + square * sine;
    double versine = -1.0 / 20922789888000.0;  // −1/16!
    versine = 1.0 / 87178291200.0 + square * versine;
    versine = -1.0 / 479001600.0 + square * versine;
    versine = 1.0 / 3628800.0 + square * versine;
    versine = -1.0 / 40320.0 + square * versine;
    versine = 1.0 / 720.0 + square * versine;
    versine = -1.0 / 24.0 + square * versine;
    return {r + r * square * sine, 0.5 * square + square * square * versine};
}

/// sin x and 1 − cos x of x = r + quadrant·π/2, from those of r; the quadrant counts modulo 4.
[[nodiscard]] constexpr SineVersine turned(SineVersine r, std::uint64_t quadrant) {
    const bool odd = (quadrant & 1) != 0;
    const bool opposite = (quadrant & 2) != 0;
    const double sine = odd ? 1.0 - r.versine : r.sine;
    const double sine_sign = opposite ? -1.0 : 1.0;
    const double even_versine = opposite ? 2.0 - r.versine : r.versine;
    return {sine_sign * sine, odd ? 1.0 + sine_sign * r.sine : even_versine};
}

/// Largest |x| that quarter_turns and sine_versine reduce correctly.
inline constexpr double largest_sine_argument = 0x1p20;

/// x = reduced + quadrant·π/2 with |reduced| ≤ π/4 but for rounding; the quadrant counts modulo 4.
struct QuarterTurns {
    double reduced;
    std::uint64_t quadrant;
};

/// For |x| ≤ largest_sine_argument (radians), also near the multiples of π/2: π/2 is subtracted as a sum of three parts
/// (Cody and Waite), of 33, 33 and 53 bits, so that the products with a quadrant count below 2^20 are exact. The
/// reduced angle has a relative error of 2ε (two roundings), ε = 2^−53.
[[nodiscard]] constexpr QuarterTurns quarter_turns(double x) {
    constexpr double part1 = 0x1.921fb544p0;
    constexpr double part2 = 0x1.0b4611a6p-34;
    constexpr double part3 = 0x1.3198a2e037073p-69;
    constexpr double to_integer = 0x1.8p52;  // adding it rounds to an integer, which the low bits then hold
    const double shifted = x * 0x1.45f306dc9c883p-1 + to_integer;
    const double count = shifted - to_integer;
    return {((x - count * part1) - count * part2) - count * part3, std::bit_cast<std::uint64_t>(shifted)};
}

/// sin x and 1 − cos x for |x| ≤ largest_sine_argument (radians), also near their zeros. Of the errors, 2ε are the
/// reduction's and 2ε the series': the sine's is below 4ε, the versine's below 8ε (most where it is 1 − |sin r| ≥
/// 0.29).
[[nodiscard]] constexpr SineVersine sine_versine(double x) {
    const auto [reduced, quadrant] = quarter_turns(x);
    return turned(sine_versine_of_reduced(reduced), quadrant);
}

}  // namespace rotoscope
