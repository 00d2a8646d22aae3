#include "matrix_study.hpp"

#include <algorithm>
#include <limits>

#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/feature_attention.hpp"

namespace rotoscope {
namespace {

RowMatrix<double> block_means(const RowMatrix<float>& weights, Index block, Mask mask) {
    const Index length = weights.rows();
    const Index blocks = (length + block - 1) / block;
    RowMatrix<double> sums = RowMatrix<double>::Zero(blocks, blocks);
    RowMatrix<double> counts = RowMatrix<double>::Zero(blocks, blocks);
    for (Index t = 0; t < length; ++t) {
        const Index visible = mask == Mask::full ? length : t + 1;
        for (Index key = 0; key < visible; ++key) {
            sums(t / block, key / block) += static_cast<double>(weights(t, key)) * static_cast<double>(visible);
            counts(t / block, key / block) += 1.0;
        }
    }
    return (counts.array() > 0.0)
        .select(sums.array() / counts.array(), std::numeric_limits<double>::quiet_NaN())
        .matrix();
}

}  // namespace

MatrixResults study_matrices(const RffOptions& options, const StudyInputs& inputs, Context& context) {
    const AttentionInputs<float> drawn = inputs.draw<float>(options.seed, 1.0, most_matrix_tokens);
    MatrixResults results;
    results.tokens = drawn.queries.rows();
    results.block = (results.tokens + most_matrix_blocks - 1) / most_matrix_blocks;
    results.count = static_cast<Index>(options.counts[options.counts.size() / 2]);
    results.exact = block_means(softmax_weights(drawn, options.mask, context.pool), results.block, options.mask);
    const std::vector<double> temperature = options.temperature.repeated(static_cast<std::size_t>(inputs.dimension()),
                                                                         static_cast<std::size_t>(results.count));
    context.progress.begin("matrices, kinds", options.features.size());
    for (const FeatureSeries& series : options.features) {
        const FeatureOptions features{series.kind,  series.draws, results.count,
                                      options.seed, temperature,  mean_squared_sum(drawn)};
        const FeatureMap<float> map(features, inputs.dimension(), context.pool);
        results.estimates.push_back({series, block_means(feature_weights(map, drawn, options.mask, context.pool),
                                                         results.block, options.mask)});
        context.progress.advance();
    }
    return results;
}

}  // namespace rotoscope
