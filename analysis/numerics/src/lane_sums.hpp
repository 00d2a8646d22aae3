// Sums in eight interleaved parts: vectors for the processor, a rounding error eight times smaller than in order, and
// the same result everywhere.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace rotoscope::detail {

/// Σ_{i<count} term(i).
template <class Term>
[[nodiscard]] double sum_lanes(std::size_t count, const Term& term) {
    constexpr std::size_t lanes = 8;
    std::array<double, lanes> partial{};
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane) partial[lane] += term(i + lane);
    for (std::size_t lane = 0; i + lane < count; ++lane) partial[lane] += term(i + lane);
    double sum = 0.0;
    for (const double part : partial) sum += part;
    return sum;
}

/// Σ a_i b_i over the length of the shorter.
[[nodiscard]] inline double dot(std::span<const double> a, std::span<const double> b) {
    return sum_lanes(a.size() < b.size() ? a.size() : b.size(), [&](std::size_t i) { return a[i] * b[i]; });
}

}  // namespace rotoscope::detail
