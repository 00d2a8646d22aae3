// Arithmetic in the number formats of accelerators, emulated: every result rounded once.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace rotoscope {

/// A binary floating-point format with round to nearest, ties to even, subnormals and infinities.
struct NumberFormat {
    std::string_view name;
    int precision;          ///< significand bits p, the hidden one included
    int smallest_exponent;  ///< of a normal number: 2^smallest_exponent
    double largest;

    /// u = 2^−p: |fl(x) − x| ≤ u|x| for normal results.
    [[nodiscard]] double unit_roundoff() const { return std::ldexp(1.0, -precision); }

    /// The number of the format nearest to x; ±infinity beyond the largest by half a unit or more. Sums and products of
    /// two numbers of the format, computed in double, round as if once: 53 ≥ 2p + 2 for p ≤ 25 (Figueroa 1995,
    /// 10.1145/221332.221334).
    [[nodiscard]] double round(double x) const {
        if (precision == 53 || x == 0.0 || !std::isfinite(x)) return x;
        const double smallest = std::ldexp(1.0, smallest_exponent);
        if (std::abs(x) < smallest) {
            const double quantum = std::ldexp(1.0, smallest_exponent - precision + 1);
            return std::nearbyint(x / quantum) * quantum;
        }
        const int drop = 53 - precision;
        auto bits = std::bit_cast<std::uint64_t>(x);
        bits += (std::uint64_t{1} << (drop - 1)) - 1 + ((bits >> drop) & 1);
        bits &= ~((std::uint64_t{1} << drop) - 1);
        const auto rounded = std::bit_cast<double>(bits);
        return std::abs(rounded) > largest ? std::copysign(std::numeric_limits<double>::infinity(), x) : rounded;
    }
    [[nodiscard]] double add(double a, double b) const { return round(a + b); }
    [[nodiscard]] double multiply(double a, double b) const { return round(a * b); }
};

inline constexpr NumberFormat float64_format{"float64", 53, -1022, std::numeric_limits<double>::max()};
inline constexpr NumberFormat float32_format{"float32", 24, -126, std::numeric_limits<float>::max()};
inline constexpr NumberFormat float16_format{"float16", 11, -14, 65504.0};
inline constexpr NumberFormat bfloat16_format{"bfloat16", 8, -126, 0x1.FEp127};

}  // namespace rotoscope
