// Arithmetic on sizes that come from files: a wrong result is never returned.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace rotoscope {

/// a + b, or nothing where the sum does not fit in 64 bits.
[[nodiscard]] constexpr std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
}

/// a · b, or nothing where the product does not fit in 64 bits.
[[nodiscard]] constexpr std::optional<std::uint64_t> checked_multiply(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return product;
}

/// Π factors (1 for none). A zero among the factors gives 0 only if no earlier prefix overflows: shapes such as
/// [2^63, 2^63, 0] are refused, since readers that accept them disagree about what they mean.
[[nodiscard]] constexpr std::optional<std::uint64_t> checked_product(std::span<const std::uint64_t> factors) {
    std::optional<std::uint64_t> product = 1;
    for (const std::uint64_t factor : factors) {
        product = checked_multiply(*product, factor);
        if (!product) return std::nullopt;
    }
    return product;
}

}  // namespace rotoscope
