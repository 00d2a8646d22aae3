#include "phase_rotation.hpp"

#include "prefetch.hpp"
#include "streaming.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "rotoscope/core/elementary.hpp"
#include "rotoscope/numerics/vector_math.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t most_pairs = 64;  // whose sines and cosines are held at once, on the stack

// How far ahead queries and keys are fetched: four streams that start anew in every tile are more than the hardware
// follows by itself. 512 to 2048 elements measured equal, none a quarter slower.
constexpr std::size_t elements_ahead = 1024;

/// Whether any |x_i| exceeds the limit or x_i is NaN.
bool any_beyond(const double* x, std::size_t count, double limit) {
    std::uint64_t beyond = 0;
    for (std::size_t i = 0; i < count; ++i) beyond |= std::abs(x[i]) <= limit ? 0U : 1U;
    return beyond != 0;
}

/// What becomes of one angle does not depend on the others.
void find_sines_and_cosines(const double* angles, std::size_t count, float* __restrict sines,
                            float* __restrict cosines) {
    for (std::size_t i = 0; i < count; ++i) {
        const SineCosine value = sine_cosine_of_double(angles[i]);
        sines[i] = value.sine;
        cosines[i] = value.cosine;
    }
    if (!any_beyond(angles, count, largest_sine_argument)) return;
    for (std::size_t i = 0; i < count; ++i) {
        if (std::abs(angles[i]) <= largest_sine_argument) continue;
        sines[i] = static_cast<float>(std::sin(angles[i]));
        cosines[i] = static_cast<float>(std::cos(angles[i]));
    }
}

// Double asks for the last bit rather than for speed.
void find_sines_and_cosines(const double* angles, std::size_t count, double* sines, double* cosines) {
    for (std::size_t i = 0; i < count; ++i) {
        sines[i] = std::sin(angles[i]);
        cosines[i] = std::cos(angles[i]);
    }
}

/// (x0, x1) → (x0 cos − x1 sin, x0 sin + x1 cos) for `count` pairs whose halves lie `apart` elements apart.
template <class Scalar>
void rotate_halves(const Scalar* x, std::size_t apart, const Scalar* sines, const Scalar* cosines, std::size_t count,
                   Scalar* out, bool streamed) {
    Scalar first[most_pairs];
    Scalar second[most_pairs];
    for (std::size_t i = 0; i < count; ++i) {
        first[i] = x[i] * cosines[i] - x[apart + i] * sines[i];
        second[i] = x[i] * sines[i] + x[apart + i] * cosines[i];
    }
    write_values(first, count, out, streamed);
    write_values(second, count, out + apart, streamed);
}

/// Pairs of one head, at most most_pairs: `at` is where their first halves lie in q and k.
template <class Scalar>
void rotate_pairs_of(const double* angles, std::size_t count, std::size_t at, std::size_t apart,
                     const PhaseRotation<Scalar>& rotation, bool streamed) {
    Scalar sines[most_pairs];
    Scalar cosines[most_pairs];
    find_sines_and_cosines(angles, count, sines, cosines);
    rotate_halves(rotation.q_in.data() + at, apart, sines, cosines, count, rotation.q_out.data() + at, streamed);
    rotate_halves(rotation.k_in.data() + at, apart, sines, cosines, count, rotation.k_out.data() + at, streamed);
}

}  // namespace

template <class Scalar>
void rotate_tokens(const double* angles, std::size_t pairs, const PhaseRotation<Scalar>& rotation, bool streamed) {
    const std::size_t rows = rotation.q_in.size() / (2 * pairs);
    for (std::size_t row = 0; row < rows; ++row) {  // one head of one token
        const std::size_t ahead = 2 * row * pairs + elements_ahead;
        prefetch(rotation.q_in, ahead, 2 * pairs);
        prefetch(rotation.k_in, ahead, 2 * pairs);
        for (std::size_t n = 0; n < pairs; n += most_pairs)
            rotate_pairs_of(angles + row * pairs + n, std::min(most_pairs, pairs - n), 2 * row * pairs + n, pairs,
                            rotation, streamed);
    }
}

template void rotate_tokens(const double*, std::size_t, const PhaseRotation<float>&, bool);
template void rotate_tokens(const double*, std::size_t, const PhaseRotation<double>&, bool);

}  // namespace rotoscope
