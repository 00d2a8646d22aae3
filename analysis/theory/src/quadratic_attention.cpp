#include "kernel_rows.hpp"
#include "products.hpp"

#include "rotoscope/core/memory.hpp"
#include "rotoscope/theory/feature_attention.hpp"

namespace rotoscope {

template <class Scalar>
FeatureAttention<Scalar> quadratic_attention(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs,
                                             Mask mask, ThreadPool& pool) {
    check_map_inputs(map, inputs, mask);
    const Index length = inputs.queries.rows();
    FeatureAttention<Scalar> attention{RowMatrix<Scalar>(length, inputs.values.cols()), Vector<Scalar>(length),
                                       Vector<double>(length)};
    for_kernel_blocks(map, inputs, mask, pool, [&](const KernelRows<Scalar>& rows) {
        RowMatrix<Scalar> weights(rows.size(), rows.columns());
        rows.weigh(weights);
        multiply(weights, inputs.values.topRows(rows.columns()), Update::set,
                 attention.numerator.middleRows(rows.begin(), rows.size()));
        attention.normaliser.segment(rows.begin(), rows.size()) = weights.rowwise().sum();
        attention.log_scale.segment(rows.begin(), rows.size()) = rows.log_scale();
    });
    return attention;
}

template <class Scalar>
RowMatrix<Scalar> feature_weights(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, Mask mask,
                                  ThreadPool& pool) {
    check_map_inputs(map, inputs, mask);
    RowMatrix<Scalar> weights(inputs.queries.rows(), inputs.keys.rows());
    prefer_large_pages(weights.data(), static_cast<std::size_t>(weights.size()) * sizeof(Scalar));
    for_kernel_blocks(map, inputs, mask, pool, [&](const KernelRows<Scalar>& rows) {
        auto block = weights.middleRows(rows.begin(), rows.size());
        block.rightCols(weights.cols() - rows.columns()).setZero();
        rows.weigh(block.leftCols(rows.columns()));
        block.array().colwise() /= block.leftCols(rows.columns()).rowwise().sum().array().eval();
    });
    return weights;
}

template FeatureAttention<float> quadratic_attention(const FeatureMap<float>&, const AttentionInputs<float>&, Mask,
                                                     ThreadPool&);
template FeatureAttention<double> quadratic_attention(const FeatureMap<double>&, const AttentionInputs<double>&, Mask,
                                                      ThreadPool&);
template RowMatrix<float> feature_weights(const FeatureMap<float>&, const AttentionInputs<float>&, Mask, ThreadPool&);
template RowMatrix<double> feature_weights(const FeatureMap<double>&, const AttentionInputs<double>&, Mask,
                                           ThreadPool&);

}  // namespace rotoscope
