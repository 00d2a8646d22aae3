// Vectors as wide as this build's registers, by the compiler's extension. Wider ones would be lowered to narrow
// registers by way of memory, several times slower.
#pragma once

#include <cstddef>
#include <cstring>

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

}  // namespace rotoscope
