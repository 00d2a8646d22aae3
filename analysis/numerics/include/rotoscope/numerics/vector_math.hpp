// Elementary functions in single precision, written so that the compiler vectorises a loop that calls them: no branch,
// no table, no call. libm's are ten to thirty times slower in such a loop.
#pragma once

#include <bit>
#include <cstdint>

#include "rotoscope/core/elementary.hpp"

namespace rotoscope {

/// The sine and the cosine of one angle.
struct SineCosine {
    float sine;
    float cosine;
};

/// Largest |x| (radians) for which sine_cosine and cosine keep their error bounds: |n| < 2^11 in the reduction below.
inline constexpr float largest_reduced_angle = 3000.0F;

namespace detail {

// 1.5·2^23: adding it rounds a float below 2^22 to the nearest integer, which then sits in the low bits of the sum.
inline constexpr float rounder = 12582912.0F;

/// The sign bit `bit` (0 or 1) applied to x.
[[nodiscard]] inline float negate_if(float x, std::uint32_t bit) {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) ^ (bit << 31));
}

/// x − n·π/2 with π/2 = 201/128 + 4059/2^23 − 4.3711390e-8: the first two products are exact for |n| < 2^11, with and
/// without fused multiply-add (Cody and Waite, Software Manual for the Elementary Functions, 1980).
[[nodiscard]] inline float reduce_quarter_turns(float x, float n) {
    return ((x - n * 1.5703125F) - n * 4.8387050628662109375e-4F) - n * -4.37113900019e-8F;
}

/// sin x and cos x of x = r + quadrant·π/2, |r| ≤ π/4; the quadrant counts modulo 4.
[[nodiscard]] inline SineCosine sine_cosine_of_reduced(float r, std::uint32_t quadrant) {
    const float u = r * r;
    // Minimax on |r| ≤ π/4 (Remez exchange, 40 digits): absolute errors 1.8e-9 and 9.6e-11 before rounding.
    const float s = r + r * u * (-0.166666505735F + u * (0.00833197326905F + u * -0.000194949506237F));
    const float c = 1.0F - 0.5F * u + u * u * (0.0416666467478F + u * (-0.00138873614531F + u * 2.4437730444e-5F));
    const bool swapped = (quadrant & 1U) != 0;
    return {negate_if(swapped ? c : s, (quadrant >> 1) & 1U), negate_if(swapped ? s : c, ((quadrant + 1U) >> 1) & 1U)};
}

}  // namespace detail

/// sin x and cos x, x in radians. |error| ≤ 1e-7 for |x| ≤ largest_reduced_angle, growing as 2^-24·|x| beyond; NaN for
/// NaN and infinities.
[[nodiscard]] inline SineCosine sine_cosine(float x) {
    const float shifted = x * 0.636619772F + detail::rounder;
    return detail::sine_cosine_of_reduced(detail::reduce_quarter_turns(x, shifted - detail::rounder),
                                          std::bit_cast<std::uint32_t>(shifted));
}

/// sin x and cos x in single precision of an angle known in double, as accumulated phases are: |error| ≤ 1e-7 for
/// |x| ≤ largest_sine_argument (radians); NaN for NaN and infinities.
[[nodiscard]] inline SineCosine sine_cosine_of_double(double x) {
    const auto [reduced, quadrant] = quarter_turns(x);
    return detail::sine_cosine_of_reduced(static_cast<float>(reduced), static_cast<std::uint32_t>(quadrant));
}

/// cos x, x in radians, with about half the work of sine_cosine: n·π/2 is the odd multiple of π/2 nearest to x, and
/// cos x = −sin(x − n·π/2) for n ≡ 1 modulo 4, +sin for n ≡ 3. |error| ≤ 1.5e-7 for |x| ≤ largest_reduced_angle (r
/// reaches π/2, where a float is half as fine as below π/4).
[[nodiscard]] inline float cosine(float x) {
    const float shifted = (x * 0.318309886F - 0.5F) + detail::rounder;
    const auto half_turns = std::bit_cast<std::uint32_t>(shifted);
    const float r = detail::reduce_quarter_turns(x, 2.0F * (shifted - detail::rounder) + 1.0F);
    const float u = r * r;
    // Minimax on |r| ≤ π/2 (Remez exchange, 40 digits): absolute error 4.7e-9 before rounding.
    const float s =
        r + r * u * (-0.166666570206F + u * (0.00833301541799F + u * (-0.000198064789849F + u * 2.59975184186e-6F)));
    return detail::negate_if(s, (half_turns + 1U) & 1U);
}

/// e^x with relative error ≤ 1.5e-7; 0 below −103.98 and infinite above 88.73, gradual underflow between, NaN for NaN.
[[nodiscard]] inline float exponential(float x) {
    const float bounded = x > 90.0F ? 90.0F : (x < -104.5F ? -104.5F : x);
    const float shifted = bounded * 1.44269504F + detail::rounder;
    const float n = shifted - detail::rounder;
    // ln 2 = 0.693359375 − 2.12194440e-4: the first product is exact for |n| < 2^11 (Cody and Waite).
    const float r = (bounded - n * 0.693359375F) - n * -2.12194440e-4F;
    // Minimax on |r| ≤ ln 2/2 (Remez exchange, 40 digits): relative error 3.1e-9 before rounding.
    const float p =
        1.0F +
        (r + r * r *
                 (0.499999933731F +
                  r * (0.166665195241F + r * (0.0416684010808F + r * (0.00836885106806F + r * 0.00138143207239F)))));
    // 2^n in two halves, so that neither factor leaves the normal range where the product does.
    const auto exponent = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(shifted) << 10) >> 10;
    const std::int32_t half = exponent >> 1;
    const auto power = [](std::int32_t e) { return std::bit_cast<float>((e + 127) << 23); };
    return p * power(half) * power(exponent - half);
}

}  // namespace rotoscope
