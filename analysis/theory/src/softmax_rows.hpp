// The block of rows that exact attention and the error study share.
#pragma once

#include "rotoscope/theory/softmax_attention.hpp"

namespace rotoscope {

/// How many keys row t sees.
template <class Scalar>
[[nodiscard]] Index visible_keys(const AttentionInputs<Scalar>& inputs, Mask mask, Index row) {
    return mask == Mask::causal ? row + 1 : inputs.keys.rows();
}

/// For the rows begin … end − 1: weights [end − begin, visible_keys(end − 1)] = exp(score − largest score of the row),
/// zero where masked; the rows' sums, and log_normaliser = largest + log(sum).
template <class Scalar>
struct SoftmaxRows {
    RowMatrix<Scalar> weights;
    Vector<Scalar> sums;
    Vector<Scalar> log_normaliser;

    void compute(const AttentionInputs<Scalar>& inputs, Mask mask, Index begin, Index end);
};

}  // namespace rotoscope
