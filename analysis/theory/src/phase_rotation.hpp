// The last step of the phase generator: queries and keys rotated by the angles, token by token.
#pragma once

#include <cstddef>

#include "rotoscope/theory/phase_generator.hpp"

namespace rotoscope {

/// Rotates q and k [n, heads, 2·pairs], half-split, by angles [n, heads·pairs] (radians, double, not wrapped); writes
/// past the caches if `streamed`. In float each sine and cosine has an absolute error ≤ 1e-7 for |angle| ≤ 2^20 and
/// libm's beyond.
template <class Scalar>
void rotate_tokens(const double* angles, std::size_t pairs, const PhaseRotation<Scalar>& rotation, bool streamed);

}  // namespace rotoscope
