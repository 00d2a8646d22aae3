// Angles as fixed-point fractions of a turn: multiples as large as 2^40 are reduced modulo 2π without loss.
//
// In double, the phase ω·t of a rotation at t = 2^20 is off by up to 2^−31 rad: far above the rounding of the sums that
// use it. Here it is exact: multiplication and addition modulo 2^128 are integer arithmetic that wraps.
#pragma once

#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "rotoscope/core/elementary.hpp"

namespace rotoscope {

namespace detail {
[[noreturn]] void refuse_angle(double radians);
}

/// An angle modulo a turn, in units of 2^−128 turns.
class Turns {
public:
    constexpr Turns() = default;

    /// radians/(2π) modulo 1, to within (|radians| + 1) 2^−128 turns. Throws Error (internal) unless |radians| < 2^52.
    [[nodiscard]] static constexpr Turns of_radians(double radians) {
        if (!(radians < 0x1p52 && radians > -0x1p52)) detail::refuse_angle(radians);
        // |radians| = mantissa · 2^−shift with shift ≥ 1.
        const auto bits = std::bit_cast<std::uint64_t>(radians);
        const std::uint64_t exponent = (bits >> 52) & 0x7FF;
        const std::uint64_t mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent != 0 ? std::uint64_t{1} << 52 : 0);
        const std::uint64_t shift = 1075 - (exponent != 0 ? exponent : 1);
        // ⌊2^128/(2π)⌋ in two words, from π to 80 digits.
        const Wide low = Wide{mantissa} * 0x7f09d5f47d4d3770U;
        const Wide high = Wide{mantissa} * 0x28be60db9391054aU + (low >> 64);
        Turns turns;
        if (shift < 64) turns.fraction_ = (high << (64 - shift)) | (static_cast<std::uint64_t>(low) >> shift);
        else turns.fraction_ = shift - 64 < 128 ? high >> (shift - 64) : 0;
        return (bits >> 63) != 0 ? -turns : turns;
    }

    /// k/n of a turn, to within 2^−128. n ≥ 1.
    [[nodiscard]] static constexpr Turns of_fraction(std::uint64_t k, std::uint64_t n) {
        // (k mod n)·2^128/n by two long divisions; the remainder stays below n < 2^64.
        const Wide first = Wide{k % n} << 64;
        const Wide second = (first % n) << 64;
        Turns turns;
        turns.fraction_ = ((first / n) << 64) + second / n;
        return turns;
    }

    [[nodiscard]] constexpr Turns operator-() const { return Turns(0 - fraction_); }
    [[nodiscard]] constexpr Turns operator+(Turns other) const { return Turns(fraction_ + other.fraction_); }
    [[nodiscard]] constexpr Turns operator-(Turns other) const { return Turns(fraction_ - other.fraction_); }
    /// `count` times the angle, exactly, modulo a turn.
    [[nodiscard]] constexpr Turns operator*(std::uint64_t count) const { return Turns(fraction_ * count); }
    constexpr Turns& operator+=(Turns other) {
        fraction_ += other.fraction_;
        return *this;
    }
    [[nodiscard]] constexpr bool operator==(const Turns&) const = default;

    /// The angle in [−π, π], to 2 ulp (small angles too, down to 2^−75 rad).
    [[nodiscard]] constexpr double radians() const {
        const bool negative = (fraction_ >> 127) != 0;
        const Wide size = negative ? 0 - fraction_ : fraction_;
        const double turns = static_cast<double>(static_cast<std::uint64_t>(size >> 64)) * 0x1p-64 +
                             static_cast<double>(static_cast<std::uint64_t>(size)) * 0x1p-128;
        return (negative ? -2.0 : 2.0) * std::numbers::pi * turns;
    }

    /// The first 64 bits of the angle as a fraction of a turn in [0, 1), in units of 2^−64 turns.
    [[nodiscard]] constexpr std::uint64_t leading_bits() const { return static_cast<std::uint64_t>(fraction_ >> 64); }

    /// e^{i·angle}, each part to within 2^−50.
    [[nodiscard]] constexpr std::complex<double> unit() const {
        const SineVersine parts = sine_versine(radians());
        return {1.0 - parts.versine, parts.sine};
    }

private:
    __extension__ using Wide = unsigned __int128;

    constexpr explicit Turns(Wide fraction) : fraction_(fraction) {}

    Wide fraction_ = 0;
};

/// Each angle as Turns::of_radians has it.
[[nodiscard]] std::vector<Turns> turns_of(std::span<const double> radians);

}  // namespace rotoscope
