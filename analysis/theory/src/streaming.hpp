// Writing past the caches: a result that is larger than they are need not be fetched before it is overwritten, nor
// drive out what is still to be read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace rotoscope {

/// Results of more bytes than this are streamed: more than the second-level caches keep until somebody reads them.
inline constexpr std::size_t streamed_bytes = std::size_t{8} << 20;

/// Copies `count` values to where they belong, past the caches if `streamed` and the processor can: 16 bytes at a time,
/// what allocators align to. Other threads see them after finish_streaming().
template <class Scalar>
inline void write_values(const Scalar* values, std::size_t count, Scalar* to, [[maybe_unused]] bool streamed) {
    std::size_t i = 0;
#ifdef __SSE2__
    constexpr std::size_t part = sizeof(__m128i) / sizeof(Scalar);
    if (streamed && reinterpret_cast<std::uintptr_t>(to) % sizeof(__m128i) == 0)
        for (; i + part <= count; i += part)
            _mm_stream_si128(reinterpret_cast<__m128i*>(to + i),
                             _mm_loadu_si128(reinterpret_cast<const __m128i*>(values + i)));
#endif
    std::copy(values + i, values + count, to + i);
}

inline void finish_streaming() noexcept {
#ifdef __SSE2__
    _mm_sfence();
#endif
}

}  // namespace rotoscope
