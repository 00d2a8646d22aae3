#include "rotoscope/theory/rotation.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rotoscope/core/error.hpp"

namespace rotoscope {

std::string_view layout_name(PairLayout layout) noexcept {
    return layout == PairLayout::half_split ? "half-split" : "interleaved";
}

template <class Scalar>
void rotate_pairs(PairLayout layout, std::span<Scalar> vector, std::span<const double> angles) {
    const std::size_t pairs = angles.size();
    if (vector.size() != 2 * pairs)
        throw internal_error(fmt::format("{} elements to rotate by {} angles", vector.size(), pairs));
    for (std::size_t n = 0; n < pairs; ++n) {
        const auto cosine = static_cast<Scalar>(std::cos(angles[n]));
        const auto sine = static_cast<Scalar>(std::sin(angles[n]));
        const auto [first, second] = pair_indices(layout, n, pairs);
        const Scalar x0 = vector[first];
        const Scalar x1 = vector[second];
        vector[first] = x0 * cosine - x1 * sine;
        vector[second] = x0 * sine + x1 * cosine;
    }
}

template void rotate_pairs(PairLayout, std::span<float>, std::span<const double>);
template void rotate_pairs(PairLayout, std::span<double>, std::span<const double>);

}  // namespace rotoscope
