#include "kernel_rows.hpp"

#include "elementary_rows.hpp"
#include "products.hpp"
#include "softmax_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

// Features and keys in a tile: they, those of a block of queries and the product's operands fit the second-level cache.
// The sums of a block do not; with half as many features they come twice as often.
constexpr Index tile_features = 256;
constexpr Index tile_keys = 256;
// Keys of the steps along the diagonal of a causal block: half a step's square is computed in vain.
constexpr Index diagonal_keys = 64;

/// The least odd number of cache lines that holds so many columns: rows a power of two apart would share few places of
/// the caches.
template <class Scalar>
Index spread_stride(Index columns) {
    constexpr Index line = 64 / sizeof(Scalar);
    return ((columns + line - 1) / line | 1) * line;
}

}  // namespace

template <class Scalar>
void check_map_inputs(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, Mask mask) {
    check_attention_inputs(inputs, mask);
    if (inputs.queries.cols() != map.dimension())
        throw usage_error(fmt::format("queries and keys have {} components, the random frequencies {}",
                                      inputs.queries.cols(), map.dimension()));
}

template <class Scalar>
KernelRows<Scalar>::KernelRows(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, Mask mask,
                               Index begin, Index end)
    : map_(map),
      inputs_(inputs),
      mask_(mask),
      begin_(begin),
      end_(end),
      columns_(visible_keys(inputs, mask, end - 1)),
      sums_(RowMatrix<Scalar>::Zero(end - begin, spread_stride<Scalar>(columns_))),
      query_scales_(map.log_scales(inputs.queries.middleRows(begin, end - begin))),
      key_scales_(map.log_scales(inputs.keys.topRows(columns()))),
      largest_key_scales_(end - begin),
      query_features_(end - begin, tile_features),
      key_features_(std::min(tile_keys, columns()), tile_features) {
    Index seen = 0;
    Scalar largest = key_scales_[0];
    for (Index row = begin; row < end; ++row) {
        for (; seen < visible_keys(inputs, mask, row); ++seen) largest = std::max(largest, key_scales_[seen]);
        largest_key_scales_[row - begin] = largest;
    }
}

template <class Scalar>
void KernelRows<Scalar>::make_query_features(Index from, Index to) {
    map_.apply(inputs_.queries.middleRows(begin_, size()), query_scales_, from, to,
               query_features_.leftCols((to - from) * map_.features_per_draw()));
}

template <class Scalar>
void KernelRows<Scalar>::make_key_features(Index from, Index to, Index key, Index keys) {
    map_.apply(inputs_.keys.middleRows(key, keys), key_scales_.segment(key, keys), from, to,
               key_features_.topLeftCorner(keys, (to - from) * map_.features_per_draw()));
}

template <class Scalar>
void KernelRows<Scalar>::add_keys(const Eigen::Ref<const RowMatrix<Scalar>, 0, Eigen::OuterStride<>>& key_features,
                                  Index key) {
    const Index keys = std::min(key_features.rows(), columns() - key);
    const bool diagonal = mask_ == Mask::causal && key + keys > begin_;
    const Index width = diagonal ? diagonal_keys : keys;
    for (Index column = 0; column < keys; column += width) {
        // Under the causal mask: the first row that sees any of these keys.
        const Index first = diagonal ? std::max<Index>(0, key + column - begin_) : 0;
        const Index rows = size() - first;
        const Index count = std::min(width, keys - column);
        multiply_transposed(query_features_.block(first, 0, rows, key_features.cols()),
                            key_features.middleRows(column, count), Update::add,
                            sums_.block(first, key + column, rows, count));
    }
}

template <class Scalar>
void advance_together(std::span<KernelRows<Scalar>> blocks, Index count) {
    // The block that sees most keys makes their features for all.
    auto& longest = *std::ranges::max_element(blocks, {}, &KernelRows<Scalar>::columns);
    const Index tile_draws = tile_features / longest.map_.features_per_draw();
    while (longest.counted_ < count) {
        throw_if_stopped();
        const Index from = longest.counted_;
        const Index to = std::min(count, from + tile_draws);
        for (auto& block : blocks) block.make_query_features(from, to);
        for (Index key = 0; key < longest.columns(); key += tile_keys) {
            const Index keys = std::min(tile_keys, longest.columns() - key);
            longest.make_key_features(from, to, key, keys);
            const auto features =
                longest.key_features_.topLeftCorner(keys, (to - from) * longest.map_.features_per_draw());
            for (auto& block : blocks)
                if (key < block.columns()) block.add_keys(features, key);
        }
        for (auto& block : blocks) block.counted_ = to;
    }
}

template <class Scalar>
void KernelRows<Scalar>::weigh(Rows<Scalar> weights) const {
    const Scalar inverse_count = Scalar{1} / static_cast<Scalar>(counted_);
    for (Index row = 0; row < end_ - begin_; ++row) {
        const Index visible = visible_keys(inputs_, mask_, begin_ + row);
        auto target = weights.row(row);
        target.head(visible) = key_scales_.head(visible).transpose();
        exponentiate(target.data(), visible, largest_key_scales_[row]);
        target.head(visible).array() *= sums_.row(row).head(visible).array() * inverse_count;
        target.tail(columns() - visible).setZero();
    }
}

template <class Scalar>
Vector<double> KernelRows<Scalar>::log_scale() const {
    return query_scales_.template cast<double>() + largest_key_scales_.template cast<double>();
}

std::vector<std::vector<Index>> pair_blocks(Index blocks) {
    std::vector<std::vector<Index>> pairs;
    for (Index last = blocks - 1; last >= blocks / 2; --last) {
        pairs.push_back({last});
        if (const Index first = blocks - 1 - last; first < last) pairs.back().push_back(first);
    }
    return pairs;
}

template void check_map_inputs(const FeatureMap<float>&, const AttentionInputs<float>&, Mask);
template void check_map_inputs(const FeatureMap<double>&, const AttentionInputs<double>&, Mask);
template class KernelRows<float>;
template class KernelRows<double>;
template void advance_together(std::span<KernelRows<float>>, Index);
template void advance_together(std::span<KernelRows<double>>, Index);

}  // namespace rotoscope
