// Softmax attention estimated with random features.
#pragma once

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/theory/feature_map.hpp"
#include "rotoscope/theory/matrix.hpp"
#include "rotoscope/theory/softmax_attention.hpp"

namespace rotoscope {

/// Numerator and normaliser of o_t = Σ_τ v_τ κ̂_tτ / Σ_τ κ̂_tτ, κ̂_tτ = φ(q_t)·φ(k_τ) ≈ e^{q_t·k_τ}, over the keys that t
/// sees. Both are to be multiplied by e^{log_scale_t}, which cancels in the quotient, so that large norms do not
/// overflow: keys count relative to the largest scale so far. With trigonometric features the normaliser may be near 0
/// or negative.
template <class Scalar>
struct FeatureAttention {
    RowMatrix<Scalar> numerator;  ///< [Lq, dv]
    Vector<Scalar> normaliser;    ///< [Lq]
    Vector<double> log_scale;     ///< [Lq]

    /// numerator/normaliser, [Lq, dv]; infinite or NaN where the normaliser is 0.
    [[nodiscard]] RowMatrix<Scalar> output() const { return numerator.array().colwise() / normaliser.array(); }
};

/// From the estimated kernel matrix, in blocks of rows: 2 L² F operations for F features, scratch memory of 256 rows
/// for each thread. Throws usage_error for inputs that do not fit each other or the map. Instantiated for float and
/// double.
template <class Scalar>
[[nodiscard]] FeatureAttention<Scalar> quadratic_attention(const FeatureMap<Scalar>& map,
                                                           const AttentionInputs<Scalar>& inputs, Mask mask,
                                                           ThreadPool& pool);

/// The same sums as a recurrence over chunks of 64 tokens, S_c = S_{c−1} + Σ_{τ in c} φ(k_τ) [v_τ, 1]ᵀ and
/// o_t = φ(q_t)ᵀ S_{c−1} + (the chunk's own keys, quadratically): of the order of L F dv operations. The features of a
/// chunk are made and used in the cache, a tile of frequencies at a time; tiles run in parallel.
template <class Scalar>
[[nodiscard]] FeatureAttention<Scalar> recurrent_attention(const FeatureMap<Scalar>& map,
                                                           const AttentionInputs<Scalar>& inputs, Mask mask,
                                                           ThreadPool& pool);

/// The estimated weights κ̂_tτ / Σ_τ κ̂_tτ as a matrix [Lq, Lk], zero where t does not see τ.
template <class Scalar>
[[nodiscard]] RowMatrix<Scalar> feature_weights(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs,
                                                Mask mask, ThreadPool& pool);

}  // namespace rotoscope
