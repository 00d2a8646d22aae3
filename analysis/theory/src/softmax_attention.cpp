#include "rotoscope/theory/softmax_attention.hpp"

#include "elementary_rows.hpp"
#include "products.hpp"
#include "softmax_rows.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

// 64 rows of 2,048 scores in float are half a megabyte: they stay in the second-level cache.
constexpr Index rows_per_chunk = 64;

/// Runs body(begin, end) for blocks of rows, the last (under the causal mask the longest) first.
template <class Body>
void for_row_blocks(Index rows, ThreadPool& pool, const Body& body) {
    const Index blocks = (rows + rows_per_chunk - 1) / rows_per_chunk;
    pool.for_chunks(static_cast<std::size_t>(blocks), 1, [&](std::size_t k, std::size_t) {
        const Index begin = (blocks - 1 - static_cast<Index>(k)) * rows_per_chunk;
        body(begin, std::min(rows, begin + rows_per_chunk));
    });
}

}  // namespace

template <class Scalar>
void check_attention_inputs(const AttentionInputs<Scalar>& inputs, Mask mask) {
    const auto& [queries, keys, values] = inputs;
    if (queries.size() == 0 || keys.size() == 0 || values.size() == 0)
        throw usage_error("attention needs at least one query, key and value, each with at least one component");
    if (queries.cols() != keys.cols())
        throw usage_error(
            fmt::format("queries have {} components and keys {}; the widths must agree", queries.cols(), keys.cols()));
    if (keys.rows() != values.rows())
        throw usage_error(
            fmt::format("there are {} keys and {} values; one value belongs to each key", keys.rows(), values.rows()));
    if (mask == Mask::causal && queries.rows() != keys.rows())
        throw usage_error(fmt::format("causal attention with {} queries and {} keys; one query belongs to each key",
                                      queries.rows(), keys.rows()));
}

template <class Scalar>
void SoftmaxRows<Scalar>::compute(const AttentionInputs<Scalar>& inputs, Mask mask, Index begin, Index end) {
    const Index columns = visible_keys(inputs, mask, end - 1);
    weights.resize(end - begin, columns);
    sums.resize(end - begin);
    log_normaliser.resize(end - begin);
    multiply_transposed(inputs.queries.middleRows(begin, end - begin), inputs.keys.topRows(columns), Update::set,
                        weights);
    for (Index row = 0; row < end - begin; ++row) {
        const Index visible = visible_keys(inputs, mask, begin + row);
        auto scores = weights.row(row);
        const Scalar largest = scores.head(visible).maxCoeff();
        exponentiate(scores.data(), visible, largest);
        scores.tail(columns - visible).setZero();
        sums[row] = scores.head(visible).sum();
        log_normaliser[row] = largest + std::log(sums[row]);
    }
}

template <class Scalar>
SoftmaxAttention<Scalar> softmax_attention(const AttentionInputs<Scalar>& inputs, Mask mask, ThreadPool& pool) {
    check_attention_inputs(inputs, mask);
    const Index length = inputs.queries.rows();
    SoftmaxAttention<Scalar> attention{RowMatrix<Scalar>(length, inputs.values.cols()), Vector<Scalar>(length)};
    for_row_blocks(length, pool, [&](Index begin, Index end) {
        SoftmaxRows<Scalar> rows;
        rows.compute(inputs, mask, begin, end);
        auto output = attention.output.middleRows(begin, end - begin);
        multiply(rows.weights, inputs.values.topRows(rows.weights.cols()), Update::set, output);
        output.array().colwise() /= rows.sums.array();
        attention.log_normaliser.segment(begin, end - begin) = rows.log_normaliser;
    });
    return attention;
}

template <class Scalar>
RowMatrix<Scalar> softmax_weights(const AttentionInputs<Scalar>& inputs, Mask mask, ThreadPool& pool) {
    check_attention_inputs(inputs, mask);
    RowMatrix<Scalar> weights = RowMatrix<Scalar>::Zero(inputs.queries.rows(), inputs.keys.rows());
    for_row_blocks(inputs.queries.rows(), pool, [&](Index begin, Index end) {
        SoftmaxRows<Scalar> rows;
        rows.compute(inputs, mask, begin, end);
        rows.weights.array().colwise() /= rows.sums.array();
        weights.block(begin, 0, end - begin, rows.weights.cols()) = rows.weights;
    });
    return weights;
}

template struct SoftmaxRows<float>;
template struct SoftmaxRows<double>;
template void check_attention_inputs(const AttentionInputs<float>&, Mask);
template void check_attention_inputs(const AttentionInputs<double>&, Mask);
template SoftmaxAttention<float> softmax_attention(const AttentionInputs<float>&, Mask, ThreadPool&);
template SoftmaxAttention<double> softmax_attention(const AttentionInputs<double>&, Mask, ThreadPool&);
template RowMatrix<float> softmax_weights(const AttentionInputs<float>&, Mask, ThreadPool&);
template RowMatrix<double> softmax_weights(const AttentionInputs<double>&, Mask, ThreadPool&);

}  // namespace rotoscope
