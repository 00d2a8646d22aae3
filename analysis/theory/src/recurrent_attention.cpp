#include "kernel_rows.hpp"
#include "products.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "rotoscope/core/interruption.hpp"
#include "rotoscope/theory/feature_attention.hpp"

namespace rotoscope {
namespace {

constexpr Index chunk_tokens = 64;
// A tile of trigonometric features and its state are 128 KiB each in float: the second-level cache holds all of them.
constexpr Index tile_draws = 256;
// Tiles are summed in at most this many groups, the parallel work; each keeps L (dv + 65) partial sums.
constexpr Index most_groups = 8;

/// What all tiles share: the values with a column of ones for the normaliser, each token's row multiplied by
/// e^{log_scale(k) − largest}, where `largest` is that of the chunks so far (full mask: of all).
template <class Scalar>
struct ScaledValues {
    RowMatrix<Scalar> values;     ///< [Lk, dv + 1]
    Vector<Scalar> query_scales;  ///< log_scale, [Lq]
    Vector<Scalar> key_scales;    ///< log_scale, [Lk]
    std::vector<double> largest;  ///< for each chunk of keys

    ScaledValues(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, Mask mask)
        : values(inputs.values.rows(), inputs.values.cols() + 1),
          query_scales(map.log_scales(inputs.queries)),
          key_scales(map.log_scales(inputs.keys)) {
        const Vector<Scalar>& scales = key_scales;
        double running = mask == Mask::full ? scales.maxCoeff() : scales[0];
        for (Index begin = 0; begin < scales.size(); begin += chunk_tokens) {
            const Index tokens = std::min(chunk_tokens, scales.size() - begin);
            running = std::max<double>(running, scales.segment(begin, tokens).maxCoeff());
            largest.push_back(running);
            const auto factors = (scales.segment(begin, tokens).array() - static_cast<Scalar>(running)).exp().eval();
            values.middleRows(begin, tokens).leftCols(inputs.values.cols()) =
                inputs.values.middleRows(begin, tokens).array().colwise() * factors;
            values.col(inputs.values.cols()).segment(begin, tokens) = factors;
        }
    }
};

/// Sums over a group of tiles: [numerator, normaliser] from the earlier chunks, and the scores within each chunk.
template <class Scalar>
struct PartialSums {
    RowMatrix<Scalar> earlier;  ///< [Lq, dv + 1]
    RowMatrix<Scalar> within;   ///< [Lq, 64]; empty under the full mask
};

/// One thread's pass over all tokens with one tile of frequencies after the other.
template <class Scalar>
class TilePass {
public:
    TilePass(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, const ScaledValues<Scalar>& scaled)
        : map_(map),
          inputs_(inputs),
          scaled_(scaled),
          query_features_(chunk_tokens, tile_draws * map.features_per_draw()),
          key_features_(chunk_tokens, tile_draws * map.features_per_draw()),
          state_(tile_draws * map.features_per_draw(), scaled.values.cols()) {}

    void add_causal(Index from, Index to, PartialSums<Scalar>& sums) {
        auto state = clear_state(from, to);
        for (Index begin = 0, chunk = 0; begin < inputs_.keys.rows(); begin += chunk_tokens, ++chunk) {
            const Index tokens = std::min(chunk_tokens, inputs_.keys.rows() - begin);
            const auto queries =
                features(inputs_.queries, scaled_.query_scales, begin, tokens, from, to, query_features_);
            const auto keys = features(inputs_.keys, scaled_.key_scales, begin, tokens, from, to, key_features_);
            if (chunk > 0 && rescaling(chunk) != Scalar{1}) state *= rescaling(chunk);
            multiply(queries, state, Update::add, sums.earlier.middleRows(begin, tokens));
            multiply_transposed(queries, keys, Update::add, sums.within.block(begin, 0, tokens, tokens));
            transposed_multiply(keys, scaled_.values.middleRows(begin, tokens), Update::add, state);
        }
    }

    void add_full(Index from, Index to, PartialSums<Scalar>& sums) {
        auto state = clear_state(from, to);
        for (Index begin = 0; begin < inputs_.keys.rows(); begin += chunk_tokens) {
            const Index tokens = std::min(chunk_tokens, inputs_.keys.rows() - begin);
            transposed_multiply(features(inputs_.keys, scaled_.key_scales, begin, tokens, from, to, key_features_),
                                scaled_.values.middleRows(begin, tokens), Update::add, state);
        }
        for (Index begin = 0; begin < inputs_.queries.rows(); begin += chunk_tokens) {
            const Index tokens = std::min(chunk_tokens, inputs_.queries.rows() - begin);
            multiply(features(inputs_.queries, scaled_.query_scales, begin, tokens, from, to, query_features_), state,
                     Update::add, sums.earlier.middleRows(begin, tokens));
        }
    }

private:
    [[nodiscard]] Rows<Scalar> clear_state(Index from, Index to) {
        auto state = state_.topRows((to - from) * map_.features_per_draw());
        state.setZero();
        return state;
    }

    [[nodiscard]] Rows<Scalar> features(const RowMatrix<Scalar>& x, const Vector<Scalar>& scales, Index begin,
                                        Index tokens, Index from, Index to, RowMatrix<Scalar>& scratch) const {
        auto target = scratch.topLeftCorner(tokens, (to - from) * map_.features_per_draw());
        map_.apply(x.middleRows(begin, tokens), scales.segment(begin, tokens), from, to, target);
        return target;
    }

    [[nodiscard]] Scalar rescaling(Index chunk) const {
        const auto c = static_cast<std::size_t>(chunk);
        return static_cast<Scalar>(std::exp(scaled_.largest[c - 1] - scaled_.largest[c]));
    }

    const FeatureMap<Scalar>& map_;
    const AttentionInputs<Scalar>& inputs_;
    const ScaledValues<Scalar>& scaled_;
    RowMatrix<Scalar> query_features_;
    RowMatrix<Scalar> key_features_;
    RowMatrix<Scalar> state_;
};

template <class Scalar>
PartialSums<Scalar> sum_tiles(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, Mask mask,
                              const ScaledValues<Scalar>& scaled, ThreadPool& pool) {
    const Index tiles = (map.count() + tile_draws - 1) / tile_draws;
    const Index group = (tiles + most_groups - 1) / most_groups * tile_draws;
    const Index length = inputs.queries.rows();
    const auto empty = [&] {
        return PartialSums<Scalar>{RowMatrix<Scalar>::Zero(length, scaled.values.cols()),
                                   RowMatrix<Scalar>::Zero(mask == Mask::causal ? length : 0, chunk_tokens)};
    };
    const auto sum_group = [&](std::size_t begin, std::size_t end) {
        PartialSums<Scalar> sums = empty();
        TilePass<Scalar> pass(map, inputs, scaled);
        for (Index from = static_cast<Index>(begin); from < static_cast<Index>(end); from += tile_draws) {
            throw_if_stopped();
            const Index to = std::min(static_cast<Index>(end), from + tile_draws);
            if (mask == Mask::causal) pass.add_causal(from, to, sums);
            else pass.add_full(from, to, sums);
        }
        return sums;
    };
    return pool.reduce_chunks(static_cast<std::size_t>(map.count()), static_cast<std::size_t>(group), empty(),
                              sum_group, [](PartialSums<Scalar>& total, const PartialSums<Scalar>& part) {
                                  total.earlier += part.earlier;
                                  total.within += part.within;
                              });
}

/// Adds the chunks' own keys, those up to each row.
template <class Scalar>
void add_within(PartialSums<Scalar>& sums, const ScaledValues<Scalar>& scaled) {
    for (Index begin = 0; begin < sums.within.rows(); begin += chunk_tokens) {
        const Index tokens = std::min(chunk_tokens, sums.within.rows() - begin);
        auto scores = sums.within.block(begin, 0, tokens, tokens);
        scores.template triangularView<Eigen::StrictlyUpper>().setZero();
        multiply(scores, scaled.values.middleRows(begin, tokens), Update::add, sums.earlier.middleRows(begin, tokens));
    }
}

}  // namespace

template <class Scalar>
FeatureAttention<Scalar> recurrent_attention(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs,
                                             Mask mask, ThreadPool& pool) {
    check_map_inputs(map, inputs, mask);
    const ScaledValues<Scalar> scaled(map, inputs, mask);
    PartialSums<Scalar> sums = sum_tiles(map, inputs, mask, scaled, pool);
    add_within(sums, scaled);
    const auto count = static_cast<Scalar>(map.count());
    FeatureAttention<Scalar> attention{sums.earlier.leftCols(inputs.values.cols()) / count,
                                       sums.earlier.col(inputs.values.cols()) / count,
                                       scaled.query_scales.template cast<double>()};
    for (Index t = 0; t < attention.log_scale.size(); ++t)
        attention.log_scale[t] +=
            mask == Mask::full ? scaled.largest[0] : scaled.largest[static_cast<std::size_t>(t / chunk_tokens)];
    return attention;
}

template FeatureAttention<float> recurrent_attention(const FeatureMap<float>&, const AttentionInputs<float>&, Mask,
                                                     ThreadPool&);
template FeatureAttention<double> recurrent_attention(const FeatureMap<double>&, const AttentionInputs<double>&, Mask,
                                                      ThreadPool&);

}  // namespace rotoscope
