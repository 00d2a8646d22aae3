// The estimated kernel matrix, a block of rows at a time and as few or as many frequencies as wanted.
#pragma once

#include "rotoscope/theory/feature_map.hpp"
#include "rotoscope/theory/softmax_attention.hpp"

namespace rotoscope {

/// Throws usage_error unless the inputs fit each other and the map.
template <class Scalar>
void check_map_inputs(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, Mask mask);

/// Rows begin … end − 1 of Σ_j φ_j(q_t) φ_j(k_τ), summed over the first frequencies of a map: those of a larger number
/// are added to what is there. Blocks begin at multiples of block_rows.
template <class Scalar>
class KernelRows {
public:
    /// Key features are made anew for each block of rows, an eighth of the work at 2048 tokens; larger blocks would
    /// leave threads idle.
    static constexpr Index block_rows = 512;

    KernelRows(const FeatureMap<Scalar>& map, const AttentionInputs<Scalar>& inputs, Mask mask, Index begin, Index end);

    /// Sums over the first `count` frequencies; never fewer than before.
    void advance_to(Index count);

    /// weights[t, τ] = κ̂_tτ e^{−log_scale_t} from the frequencies so far, zero where masked; weights has the shape
    /// [end − begin, columns()].
    void weigh(Rows<Scalar> weights) const;

    /// Keys that any of the rows sees.
    [[nodiscard]] Index columns() const noexcept { return sums_.cols(); }
    /// log_scale_t = log_scale(q_t) + the largest log_scale(k_τ) of the keys that t sees; [end − begin].
    [[nodiscard]] Vector<double> log_scale() const;

private:
    void add_tile(Index from, Index to);

    const FeatureMap<Scalar>& map_;
    const AttentionInputs<Scalar>& inputs_;
    Mask mask_;
    Index begin_;
    Index end_;
    Index counted_ = 0;
    RowMatrix<Scalar> sums_;
    Vector<Scalar> query_scales_;
    Vector<Scalar> key_scales_;
    Vector<Scalar> largest_key_scales_;  ///< of the keys that each row sees
    RowMatrix<Scalar> query_features_;
    RowMatrix<Scalar> key_features_;
};

/// Runs body(begin, end) for blocks of KernelRows, the last (under the causal mask the longest) first.
template <class Scalar, class Body>
void for_kernel_blocks(Index rows, ThreadPool& pool, const Body& body) {
    constexpr Index size = KernelRows<Scalar>::block_rows;
    const Index blocks = (rows + size - 1) / size;
    pool.for_chunks(static_cast<std::size_t>(blocks), 1, [&](std::size_t k, std::size_t) {
        const Index begin = (blocks - 1 - static_cast<Index>(k)) * size;
        body(begin, std::min(rows, begin + size));
    });
}

}  // namespace rotoscope
