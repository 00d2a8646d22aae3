// Synthetic queries, keys and values.
#pragma once

#include <cstdint>
#include <utility>

#include "rotoscope/theory/softmax_attention.hpp"

namespace rotoscope {

struct InputShape {
    Index length = 0;       ///< L tokens
    Index dimension = 0;    ///< d of queries and keys
    Index value_width = 0;  ///< dv
};

/// Queries and keys with entries N(0, scale²), values N(0, 1). Throws usage_error for a size of 0. Instantiated for
/// float and double; the same numbers, rounded.
template <class Scalar>
[[nodiscard]] AttentionInputs<Scalar> gaussian_inputs(const InputShape& shape, double scale, std::uint64_t seed);

/// Queries and keys uniform on the sphere of the radius, values N(0, 1).
template <class Scalar>
[[nodiscard]] AttentionInputs<Scalar> sphere_inputs(const InputShape& shape, double radius, std::uint64_t seed);

/// Queries uniform on the unit sphere, key t uniform among the unit vectors at `angle` radians from query t, values
/// N(0, 1). Throws usage_error for d < 2.
template <class Scalar>
[[nodiscard]] AttentionInputs<Scalar> angle_inputs(const InputShape& shape, double angle, std::uint64_t seed);

/// The unit vectors e_0 and cos(angle) e_0 + sin(angle) e_1. Throws usage_error for d < 2.
[[nodiscard]] std::pair<Eigen::RowVectorXd, Eigen::RowVectorXd> unit_vectors(Index dimension, double angle);

/// The mean of ‖q_t + k_τ‖² over all t and τ (FeatureOptions::squared_sum).
template <class Scalar>
[[nodiscard]] double mean_squared_sum(const AttentionInputs<Scalar>& inputs);

/// Queries and keys divided by d^{1/4} each, so that q·k becomes the usual q·k/√d of attention.
template <class Scalar>
[[nodiscard]] AttentionInputs<Scalar> scale_scores(AttentionInputs<Scalar> inputs);

}  // namespace rotoscope
