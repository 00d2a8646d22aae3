// Elementary functions over contiguous numbers: the vectorised ones in float, libm's in double.
#pragma once

#include <cmath>

#include "rotoscope/numerics/vector_math.hpp"
#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

/// x_i → e^{x_i − shift}.
inline void exponentiate(float* x, Index count, float shift) {
    for (Index i = 0; i < count; ++i) x[i] = exponential(x[i] - shift);
}
inline void exponentiate(double* x, Index count, double shift) {
    for (Index i = 0; i < count; ++i) x[i] = std::exp(x[i] - shift);
}

/// x_i → cos x_i, and sin x_i into `sine`.
inline void split_angles(float* __restrict x, float* __restrict sine, Index count) {
    for (Index i = 0; i < count; ++i) {
        const SineCosine pair = sine_cosine(x[i]);
        x[i] = pair.cosine;
        sine[i] = pair.sine;
    }
}
inline void split_angles(double* __restrict x, double* __restrict sine, Index count) {
    for (Index i = 0; i < count; ++i) {
        sine[i] = std::sin(x[i]);
        x[i] = std::cos(x[i]);
    }
}

/// x_i → cos x_i.
inline void take_cosines(float* x, Index count) {
    for (Index i = 0; i < count; ++i) x[i] = cosine(x[i]);
}
inline void take_cosines(double* x, Index count) {
    for (Index i = 0; i < count; ++i) x[i] = std::cos(x[i]);
}

}  // namespace rotoscope
