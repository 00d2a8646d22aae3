// Exact softmax attention: what every approximation is compared with.
#pragma once

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

/// Which keys a query sees: those up to its own position, or all.
enum class Mask { causal, full };

/// Queries [Lq, d], keys [Lk, d] and values [Lk, dv] of one head, unscaled: the score is q·k. Attention with the usual
/// 1/√d has q and k divided by d^{1/4} (or either by √d) beforehand.
template <class Scalar>
struct AttentionInputs {
    RowMatrix<Scalar> queries;
    RowMatrix<Scalar> keys;
    RowMatrix<Scalar> values;
};

template <class Scalar>
struct SoftmaxAttention {
    RowMatrix<Scalar> output;       ///< [Lq, dv]
    Vector<Scalar> log_normaliser;  ///< [Lq]: log Σ_τ exp(q_t·k_τ) over the keys that t sees
};

/// Throws usage_error unless queries and keys have one width, keys and values one length, none is empty, and with the
/// causal mask there are as many queries as keys.
template <class Scalar>
void check_attention_inputs(const AttentionInputs<Scalar>& inputs, Mask mask);

/// o_t = Σ_τ w_tτ v_τ with w_tτ = exp(q_t·k_τ − lse_t), lse_t = log Σ_τ exp(q_t·k_τ), τ over the keys that t sees. The
/// largest score of each row is subtracted before the exponential, so only scores that overflow themselves give NaN.
/// Scratch memory: 64 rows of scores for each thread. Instantiated for float and double.
template <class Scalar>
[[nodiscard]] SoftmaxAttention<Scalar> softmax_attention(const AttentionInputs<Scalar>& inputs, Mask mask,
                                                         ThreadPool& pool);

/// The weights w_tτ above as a matrix [Lq, Lk], zero where t does not see τ.
template <class Scalar>
[[nodiscard]] RowMatrix<Scalar> softmax_weights(const AttentionInputs<Scalar>& inputs, Mask mask, ThreadPool& pool);

}  // namespace rotoscope
