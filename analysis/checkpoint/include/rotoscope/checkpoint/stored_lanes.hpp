// Stored elements loaded into a register as floats: what decode() would give, without a detour through memory.
#pragma once

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

/// The bits of half as many bytes as a register has, as 32-bit numbers.
[[gnu::always_inline]] inline Lanes<std::uint32_t> widen_lanes(
    const VectorLanes<std::uint16_t, lane_count<float>>& bits) {
    return __builtin_convertvector(bits, Lanes<std::uint32_t>);
}

/// binary16 as float. Without the instruction: as decode() does it.
[[gnu::always_inline]] inline Lanes<float> widen_f16(const VectorLanes<std::uint16_t, lane_count<float>>& bits) {
#if defined(__AVX512F__)
    return std::bit_cast<Lanes<float>>(_mm512_cvtph_ps(std::bit_cast<__m256i>(bits)));
#elif defined(__F16C__)
    return std::bit_cast<Lanes<float>>(_mm256_cvtph_ps(std::bit_cast<__m128i>(bits)));
#else
    const Lanes<std::uint32_t> wide = widen_lanes(bits);
    const Lanes<std::uint32_t> magnitude = (wide & 0x7FFFU) << 13U;
    const Lanes<std::uint32_t> sign = (wide & 0x8000U) << 16U;
    const auto scaled = std::bit_cast<Lanes<std::uint32_t>>(std::bit_cast<Lanes<float>>(magnitude) * 0x1p112F);
    return std::bit_cast<Lanes<float>>(sign | (magnitude >= 0x0F800000U ? magnitude | 0x7F800000U : scaled));
#endif
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
        if constexpr (dtype == DType::bf16) return std::bit_cast<Lanes<float>>(widen_lanes(bits) << 16U);
        else return widen_f16(bits);
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
