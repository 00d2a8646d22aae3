// Fetching memory into the caches before it is needed, where the hardware does not see it coming.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

namespace rotoscope {

/// Fetches the elements first … first + count − 1, as far as there are such; for writing where Element is not const.
/// Always inlined: gcc removes calls to functions that do nothing but prefetch.
template <class Element>
[[gnu::always_inline]] inline void prefetch(std::span<Element> values, std::size_t first, std::size_t count) {
    constexpr std::size_t line = 64 / sizeof(Element);  // a cache line: what one prefetch brings
    for (std::size_t i = first; i < first + count && i < values.size(); i += line)
        __builtin_prefetch(values.data() + i, std::is_const_v<Element> ? 0 : 1);
}

}  // namespace rotoscope
