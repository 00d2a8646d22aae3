// Vectors as wide as this build's registers, by the compiler's extension. Wider ones would be lowered to narrow
// registers by way of memory, several times slower.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace rotoscope {

#if defined(__AVX512F__)
inline constexpr std::size_t register_bytes = 64;
inline constexpr std::size_t vector_registers = 32;
#elif defined(__AVX__)
inline constexpr std::size_t register_bytes = 32;
inline constexpr std::size_t vector_registers = 16;
#else
inline constexpr std::size_t register_bytes = 16;
inline constexpr std::size_t vector_registers = 16;
#endif

template <class Scalar, std::size_t count>
struct VectorOf {
    // Loaded and stored by memcpy, so alignment does not matter.
    using type [[gnu::vector_size(count * sizeof(Scalar))]] = Scalar;
};

/// `count` scalars, a power of two, side by side.
template <class Scalar, std::size_t count>
using VectorLanes = typename VectorOf<Scalar, count>::type;

/// How many scalars a register holds.
template <class Scalar>
inline constexpr std::size_t lane_count = register_bytes / sizeof(Scalar);

/// One register of scalars.
template <class Scalar>
using Lanes = VectorLanes<Scalar, lane_count<Scalar>>;

template <std::size_t count, class Scalar>
[[gnu::always_inline]] inline VectorLanes<Scalar, count> load_vector(const Scalar* from) {
    VectorLanes<Scalar, count> value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

template <class Scalar>
[[gnu::always_inline]] inline Lanes<Scalar> load_lanes(const Scalar* from) {
    return load_vector<lane_count<Scalar>>(from);
}

/// The first `count` < lane_count, then zeros.
template <class Scalar>
[[gnu::always_inline]] inline Lanes<Scalar> load_lanes(const Scalar* from, std::size_t count) {
    Lanes<Scalar> value{};
    std::memcpy(&value, from, count * sizeof(Scalar));
    return value;
}

template <class Scalar>
[[gnu::always_inline]] inline void store_lanes(Scalar* to, const Lanes<Scalar>& value) {
    std::memcpy(to, &value, sizeof value);
}

/// Each value, but at least `low` and at most `high`; what is not a number becomes `low`.
[[gnu::always_inline]] inline Lanes<float> clamp_lanes(Lanes<float> values, Lanes<float> low, Lanes<float> high) {
    // Of two operands these instructions give the second where either is not a number; gcc 12 finds none of them in
    // comparisons of vectors.
#if defined(__AVX512F__)
    return std::bit_cast<Lanes<float>>(_mm512_min_ps(
        _mm512_max_ps(std::bit_cast<__m512>(values), std::bit_cast<__m512>(low)), std::bit_cast<__m512>(high)));
#elif defined(__AVX__)
    return std::bit_cast<Lanes<float>>(_mm256_min_ps(
        _mm256_max_ps(std::bit_cast<__m256>(values), std::bit_cast<__m256>(low)), std::bit_cast<__m256>(high)));
#else
    values = values > low ? values : low;
    return values < high ? values : high;
#endif
}

/// The product of the low halves of each element, in all its 64 bits.
[[gnu::always_inline]] inline Lanes<std::uint64_t> multiply_low_halves(Lanes<std::uint64_t> a, Lanes<std::uint64_t> b) {
    // gcc 12 multiplies all of both, in three instructions or more, even where the high halves are known to be 0.
#if defined(__AVX512F__)
    return std::bit_cast<Lanes<std::uint64_t>>(_mm512_mul_epu32(std::bit_cast<__m512i>(a), std::bit_cast<__m512i>(b)));
#elif defined(__AVX2__)
    return std::bit_cast<Lanes<std::uint64_t>>(_mm256_mul_epu32(std::bit_cast<__m256i>(a), std::bit_cast<__m256i>(b)));
#elif defined(__SSE2__) && !defined(__AVX__)
    return std::bit_cast<Lanes<std::uint64_t>>(_mm_mul_epu32(std::bit_cast<__m128i>(a), std::bit_cast<__m128i>(b)));
#else
    return (a & 0xFFFFFFFFU) * (b & 0xFFFFFFFFU);
#endif
}
/// The same of one.
constexpr std::uint64_t multiply_low_halves(std::uint64_t a, std::uint64_t b) {
    return (a & 0xFFFFFFFFU) * (b & 0xFFFFFFFFU);
}

/// The same values in double, at most a register of them.
template <std::size_t count>
[[gnu::always_inline]] inline VectorLanes<double, count> to_double(VectorLanes<float, count> values) {
    // gcc 12 converts halves, each by the instruction that takes all at once.
#ifdef __AVX512F__
    if constexpr (count == 8)
        return std::bit_cast<VectorLanes<double, 8>>(_mm512_cvtps_pd(std::bit_cast<__m256>(values)));
#endif
#ifdef __AVX__
    if constexpr (count == 4)
        return std::bit_cast<VectorLanes<double, 4>>(_mm256_cvtps_pd(std::bit_cast<__m128>(values)));
#endif
    return __builtin_convertvector(values, VectorLanes<double, count>);
}
template <std::size_t count>
[[gnu::always_inline]] inline VectorLanes<double, count> to_double(VectorLanes<double, count> values) {
    return values;
}

}  // namespace rotoscope
