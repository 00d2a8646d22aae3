// The estimated kernel matrix, a block of rows at a time and as few or as many frequencies as wanted.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/theory/feature_map.hpp"
#include "rotoscope/theory/softmax_attention.hpp"

namespace rotoscope {

/// Throws usage_error unless the inputs fit each other and the map.
template <class Scalar>
void check_map_inputs(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, Mask mask);

template <class Scalar>
class KernelRows;

/// Sums blocks of the same map, inputs and mask over the first `count` frequencies; never fewer than before, and as
/// many for one as for all. The features of the keys are made once for them together; the sums are the same bits as
/// those of each alone.
template <class Scalar>
void advance_together(std::span<KernelRows<Scalar>> blocks, Index count);

/// Rows begin … end − 1 of Σ_j φ_j(q_t) φ_j(k_τ), summed over the first frequencies of a map: those of a larger number
/// are added to what is there. Blocks begin at multiples of block_rows.
template <class Scalar>
class KernelRows {
public:
    /// Key features are made anew for each block of rows, or two: larger blocks would leave threads idle.
    static constexpr Index block_rows = 512;

    KernelRows(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, Mask mask, Index begin, Index end);

    /// weights[t, τ] = κ̂_tτ e^{−log_scale_t} from the frequencies so far, zero where masked; weights has the shape
    /// [end − begin, columns()].
    void weigh(Rows<Scalar> weights) const;

    [[nodiscard]] Index begin() const noexcept { return begin_; }
    [[nodiscard]] Index end() const noexcept { return end_; }
    [[nodiscard]] Index size() const noexcept { return end_ - begin_; }
    /// Keys that any of the rows sees.
    [[nodiscard]] Index columns() const noexcept { return columns_; }
    /// log_scale_t = log_scale(q_t) + the largest log_scale(k_τ) of the keys that t sees; [end − begin].
    [[nodiscard]] Vector<double> log_scale() const;

private:
    friend void advance_together<Scalar>(std::span<KernelRows>, Index);

    void make_query_features(Index from, Index to);
    void make_key_features(Index from, Index to, Index key, Index keys);
    /// Adds the products of the query features with those of the keys from `key` on.
    void add_keys(const Eigen::Ref<const RowMatrix<Scalar>, 0, Eigen::OuterStride<>>& key_features, Index key);

    const FeatureMap<Scalar>& map_;
    const AttentionInputs<Scalar>& inputs_;
    Mask mask_;
    Index begin_;
    Index end_;
    Index counted_ = 0;
    Index columns_;
    RowMatrix<Scalar> sums_;  ///< the first columns_ of each row
    Vector<Scalar> query_scales_;
    Vector<Scalar> key_scales_;
    Vector<Scalar> largest_key_scales_;  ///< of the keys that each row sees
    RowMatrix<Scalar> query_features_;
    RowMatrix<Scalar> key_features_;
};

/// How many blocks of KernelRows there are in so many rows.
template <class Scalar>
Index kernel_blocks(Index rows) {
    return (rows + KernelRows<Scalar>::block_rows - 1) / KernelRows<Scalar>::block_rows;
}

/// The last block and the first, the last but one and the second, …: under the causal mask all pairs are as long. A
/// middle one is alone.
[[nodiscard]] std::vector<std::vector<Index>> pair_blocks(Index blocks);

/// The blocks of these numbers.
template <class Scalar>
std::vector<KernelRows<Scalar>> make_kernel_rows(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs,
                                                 Mask mask, std::span<const Index> blocks) {
    constexpr Index size = KernelRows<Scalar>::block_rows;
    std::vector<KernelRows<Scalar>> made;
    made.reserve(blocks.size());
    for (const Index block : blocks)
        made.emplace_back(map, inputs, mask, block * size, std::min(inputs.queries.rows(), (block + 1) * size));
    return made;
}

/// Calls body(rows) with each block of KernelRows, summed over all frequencies; blocks go in pairs where there
/// are threads for no more.
template <class Scalar, class Body>
void for_kernel_blocks(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, Mask mask,
                       ThreadPool& pool, const Body& body) {
    const Index blocks = kernel_blocks<Scalar>(inputs.queries.rows());
    std::vector<std::vector<Index>> groups;
    if (blocks >= 2 * static_cast<Index>(pool.threads())) groups = pair_blocks(blocks);
    else
        for (Index block = blocks; block-- > 0;) groups.push_back({block});
    pool.for_chunks(groups.size(), 1, [&](std::size_t k, std::size_t) {
        std::vector<KernelRows<Scalar>> group = make_kernel_rows(map, inputs, mask, groups[k]);
        advance_together(std::span(group), map.count());
        for (const KernelRows<Scalar>& rows : group) body(rows);
    });
}

}  // namespace rotoscope
