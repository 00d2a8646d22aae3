// Stored elements loaded into a register as floats: what decode() would give, without a detour through memory.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "rotoscope/checkpoint/dtype.hpp"
#include "rotoscope/core/lanes.hpp"

namespace rotoscope {

/// The types that load_stored takes.
[[nodiscard]] constexpr bool loads_as_lanes(DType dtype) {
    return dtype == DType::f32 || dtype == DType::bf16 || dtype == DType::f16;
}

template <DType dtype>
inline constexpr std::size_t stored_size = dtype == DType::f32 ? sizeof(float) : sizeof(std::uint16_t);

/// binary16 as float, one or a register of them. Shifted to the place of float's exponent and mantissa, the value is
/// too small by 2^(127 − 15); the product is exact, for subnormals too. Infinities and NaNs (payload kept) get float's
/// all-ones exponent instead.
template <class Float, class Bits>
[[gnu::always_inline]] inline Float float_of_f16(Bits bits) {
    const Bits magnitude = (bits & 0x7FFFU) << 13U;
    const Bits sign = (bits & 0x8000U) << 16U;
    const Bits scaled = std::bit_cast<Bits>(std::bit_cast<Float>(magnitude) * 0x1p112F);
    const Bits special = magnitude | 0x7F800000U;
    return std::bit_cast<Float>(sign | (magnitude >= 0x0F800000U ? special : scaled));
}

/// A register of little-endian binary16, bfloat16 or binary32, exactly; of what is not a number, the payload may
/// change.
template <DType dtype>
[[gnu::always_inline]] inline Lanes<float> load_stored(const std::byte* from) {
    static_assert(loads_as_lanes(dtype));
    if constexpr (dtype == DType::f32) {
        Lanes<float> values;
        std::memcpy(&values, from, sizeof values);
        return values;
    } else {
        VectorLanes<std::uint16_t, lane_count<float>> bits;
        std::memcpy(&bits, from, sizeof bits);
#if defined(__AVX512F__)
        if constexpr (dtype == DType::f16)
            return std::bit_cast<Lanes<float>>(_mm512_cvtph_ps(std::bit_cast<__m256i>(bits)));
#elif defined(__F16C__)
        if constexpr (dtype == DType::f16)
            return std::bit_cast<Lanes<float>>(_mm256_cvtph_ps(std::bit_cast<__m128i>(bits)));
#endif
        const auto wide = __builtin_convertvector(bits, Lanes<std::uint32_t>);
        if constexpr (dtype == DType::bf16) return std::bit_cast<Lanes<float>>(wide << 16U);
        else return float_of_f16<Lanes<float>>(wide);
    }
}

/// The first `count` < lane_count<float> of them, then zeros.
template <DType dtype>
[[gnu::always_inline]] inline Lanes<float> load_stored(const std::byte* from, std::size_t count) {
    std::byte bytes[register_bytes] = {};
    std::memcpy(bytes, from, count * stored_size<dtype>);
    return load_stored<dtype>(bytes);
}

}  // namespace rotoscope
