// Vectors of 64 bytes, by the compiler's extension: lowered to narrower registers where the machine has no wider.
#pragma once

#include <cstddef>
#include <cstring>

namespace rotoscope {

template <class Scalar>
struct LanesOf {
    // Loaded and stored by memcpy, so alignment does not matter.
    using type [[gnu::vector_size(64)]] = Scalar;
};

/// One vector of scalars.
template <class Scalar>
using Lanes = typename LanesOf<Scalar>::type;

template <class Scalar>
inline constexpr std::size_t lane_count = 64 / sizeof(Scalar);

template <class Scalar>
[[gnu::always_inline]] inline Lanes<Scalar> load_lanes(const Scalar* from) {
    Lanes<Scalar> value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

template <class Scalar>
[[gnu::always_inline]] inline void store_lanes(Scalar* to, const Lanes<Scalar>& value) {
    std::memcpy(to, &value, sizeof value);
}

}  // namespace rotoscope
