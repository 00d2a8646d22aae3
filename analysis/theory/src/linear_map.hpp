// y_t = A x_t for many tokens t: tall, narrow products, in which general matrix multiplication spends its time packing.
#pragma once

#include <cstddef>
#include <optional>

#include "rotoscope/core/lanes.hpp"
#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

/// A matrix A [rows, columns] packed so that `lanes` rows are multiplied at once; a few rows beyond are dot products.
///
/// y[t, r] is summed in an order that depends on the columns and the row only, one fused multiplication and addition
/// each, whatever the number of tokens in the call: the bits do not depend on how a sequence is cut.
template <class Scalar>
class LinearMap {
public:
    static constexpr std::size_t lanes = lane_count<Scalar>;

    LinearMap() = default;
    explicit LinearMap(const Eigen::Ref<const RowMatrix<Scalar>>& matrix);

    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    /// rows() rounded up to whole vectors: what apply writes of each y.
    [[nodiscard]] std::size_t padded_rows() const noexcept { return (rows_ + lanes - 1) / lanes * lanes; }
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }

    enum class Update { assign, add };

    /// Each x before it is multiplied: as it is, or divided by sqrt(Σ x_j² + ε), the sum over the columns multiplied,
    /// in an order that depends on their number only.
    struct Normalised {
        double epsilon;
    };
    using Scaling = std::optional<Normalised>;

    /// y[t·y_stride + r] = (or +=) Σ_j A[r, j] x[t·x_stride + j] for t < tokens, r < padded_rows(), x scaled; the rows
    /// beyond rows() are 0 (or stay). y must have room for padded_rows() in each row.
    void apply(const Scalar* x, std::size_t x_stride, std::size_t tokens, const Scaling& scaling, Scalar* y,
               std::size_t y_stride, Update update) const {
        apply_columns(0, columns_, x, x_stride, tokens, scaling, y, y_stride, update);
    }

    /// The same over the columns first_column … first_column + count − 1 only; x points at the first of them. While it
    /// computes it fetches into the caches what lies `ahead` elements behind the x that it reads; 0: nothing.
    void apply_columns(std::size_t first_column, std::size_t count, const Scalar* x, std::size_t x_stride,
                       std::size_t tokens, const Scaling& scaling, Scalar* y, std::size_t y_stride, Update update,
                       std::size_t ahead = 0) const;

private:
    // Rows that are multiplied one by one rather than as a vector that they would fill by a quarter at most.
    static constexpr std::size_t most_rest = lanes / 4;

    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::size_t panels_ = 0;
    Vector<Scalar> packed_;   // [panel][column][lane]; Eigen aligns it to whole vectors
    RowMatrix<Scalar> rest_;  // [row][column], aligned likewise
};

}  // namespace rotoscope
