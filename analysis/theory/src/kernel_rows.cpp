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

// Frequencies and keys in a tile: their features, those of a block of queries and the product's operands fit the
// second-level cache.
constexpr Index tile_draws = 128;
constexpr Index tile_keys = 256;
// Rows of the steps of a causal block on the diagonal: half a step's square is computed in vain.
constexpr Index diagonal_rows = 64;

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
      sums_(RowMatrix<Scalar>::Zero(end - begin, visible_keys(inputs, mask, end - 1))),
      query_scales_(map.log_scales(inputs.queries.middleRows(begin, end - begin))),
      key_scales_(map.log_scales(inputs.keys.topRows(columns()))),
      largest_key_scales_(end - begin),
      query_features_(end - begin, tile_draws * map.features_per_draw()),
      key_features_(std::min(tile_keys, columns()), tile_draws * map.features_per_draw()) {
    Index seen = 0;
    Scalar largest = key_scales_[0];
    for (Index row = begin; row < end; ++row) {
        for (; seen < visible_keys(inputs, mask, row); ++seen) largest = std::max(largest, key_scales_[seen]);
        largest_key_scales_[row - begin] = largest;
    }
}

template <class Scalar>
void KernelRows<Scalar>::advance_to(Index count) {
    for (; counted_ < count; counted_ = std::min(count, counted_ + tile_draws)) {
        throw_if_stopped();
        add_tile(counted_, std::min(count, counted_ + tile_draws));
    }
}

template <class Scalar>
void KernelRows<Scalar>::add_tile(Index from, Index to) {
    const Index rows = end_ - begin_;
    const Index features = (to - from) * map_.features_per_draw();
    auto query_features = query_features_.leftCols(features);
    map_.apply(inputs_.queries.middleRows(begin_, rows), query_scales_, from, to, query_features);
    for (Index key = 0; key < columns(); key += tile_keys) {
        const Index keys = std::min(tile_keys, columns() - key);
        auto key_features = key_features_.topLeftCorner(keys, features);
        map_.apply(inputs_.keys.middleRows(key, keys), key_scales_.segment(key, keys), from, to, key_features);
        // Under the causal mask: rows before `first` see none of the keys, from `whole` on all.
        const bool diagonal = mask_ == Mask::causal && key + keys > begin_;
        const Index first = diagonal ? std::max<Index>(0, key - begin_) : 0;
        const Index whole = diagonal ? std::min(rows, key + keys - begin_) : 0;
        const auto add = [&](Index row, Index height, Index width) {
            multiply_transposed(query_features.middleRows(row, height), key_features.topRows(width), Update::add,
                                sums_.block(row, key, height, width));
        };
        for (Index row = first; row < whole; row += diagonal_rows) {
            const Index height = std::min(diagonal_rows, whole - row);
            add(row, height, begin_ + row + height - key);
        }
        if (whole < rows) add(whole, rows - whole, keys);
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

template void check_map_inputs(const FeatureMap<float>&, const AttentionInputs<float>&, Mask);
template void check_map_inputs(const FeatureMap<double>&, const AttentionInputs<double>&, Mask);
template class KernelRows<float>;
template class KernelRows<double>;

}  // namespace rotoscope
