#include "linear_map.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace rotoscope {
namespace {

// Tokens and panels multiplied at once: 8 · 3 accumulators, 3 weights and a broadcast fit 32 vector registers, 4 · 3 of
// them 16.
constexpr std::size_t tile_tokens = vector_registers / 4;
constexpr std::size_t tile_panels = 3;
constexpr std::size_t few_tokens =
    vector_registers / 8;  // at once, where four rows are multiplied by each of a token's vectors

/// The tile's products: sums[t][p] = Σ_j packed[p·panel_stride + j·lanes …] · x[t][j], j < columns. Meanwhile fetches
/// what lies `ahead` elements behind each x[t][j].
template <class Scalar, std::size_t Panels>
[[gnu::always_inline]] inline void multiply_tile(const Scalar* packed, std::size_t panel_stride, std::size_t columns,
                                                 const Scalar* const (&x)[tile_tokens], std::size_t ahead,
                                                 Lanes<Scalar> (&sums)[tile_tokens][Panels]) {
    constexpr std::size_t lanes = LinearMap<Scalar>::lanes;
#pragma GCC unroll 8
    for (std::size_t t = 0; t < tile_tokens; ++t)
#pragma GCC unroll 3
        for (std::size_t p = 0; p < Panels; ++p) sums[t][p] = Lanes<Scalar>{};
    for (std::size_t j = 0; j < columns; ++j) {
        if (j % lanes == 0)
            for (const Scalar* const row : x) __builtin_prefetch(row + ahead + j);
        Lanes<Scalar> weights[Panels];
#pragma GCC unroll 3
        for (std::size_t p = 0; p < Panels; ++p) weights[p] = load_lanes(packed + p * panel_stride + j * lanes);
#pragma GCC unroll 8
        for (std::size_t t = 0; t < tile_tokens; ++t)
#pragma GCC unroll 3
            for (std::size_t p = 0; p < Panels; ++p) sums[t][p] += weights[p] * x[t][j];
    }
}

/// The sum of a vector's elements: its halves are added until one element is left.
template <class Scalar, std::size_t Bytes = register_bytes>
[[gnu::always_inline]] inline Scalar add_lanes(const Scalar* elements) {
    if constexpr (Bytes == 2 * sizeof(Scalar)) {
        return elements[0] + elements[1];
    } else {
        using Half [[gnu::vector_size(Bytes / 2)]] = Scalar;
        Half halves[2];
        std::memcpy(halves, elements, Bytes);
        halves[0] += halves[1];
        return add_lanes<Scalar, Bytes / 2>(reinterpret_cast<const Scalar*>(halves));
    }
}

/// The vectors of a register's elements a and b, halved `Segment` by `Segment`: the sums of a's halves, then of b's.
template <class Scalar, std::size_t Segment, std::size_t... I>
[[gnu::always_inline]] inline Lanes<Scalar> add_halves(Lanes<Scalar> a, Lanes<Scalar> b, std::index_sequence<I...>) {
    constexpr std::size_t half = Segment / 2;
    // Elements of the two vectors in a row; element I of the sum is that of segment I / half.
    return __builtin_shufflevector(a, b, (I / half * Segment + I % half)...) +
           __builtin_shufflevector(a, b, (I / half * Segment + I % half + half)...);
}

/// The sums of as many vectors' elements as a vector has, each added as add_lanes does: into vectors[0].
template <class Scalar, std::size_t Segment = lane_count<Scalar>>
[[gnu::always_inline]] inline void add_all_lanes(Lanes<Scalar>* vectors) {
    if constexpr (Segment > 1) {
#pragma GCC unroll 8
        for (std::size_t i = 0; i < Segment / 2; ++i)
            vectors[i] = add_halves<Scalar, Segment>(vectors[2 * i], vectors[2 * i + 1],
                                                     std::make_index_sequence<lane_count<Scalar>>());
        add_all_lanes<Scalar, Segment / 2>(vectors);
    }
}

/// The tokens of a tile: where each is read, by what its products are multiplied, where they go.
template <class Scalar>
struct Tile {
    const Scalar* x[tile_tokens];
    std::size_t tokens;
    Scalar scale[tile_tokens];
    Scalar* y;
    std::size_t y_stride;
    bool add;

    // A tile with fewer tokens repeats its last: every token goes through the same instructions.
    Tile(const Scalar* from, std::size_t x_stride, std::size_t count, Scalar* to, std::size_t to_stride, bool adds)
        : tokens(count), y(to), y_stride(to_stride), add(adds) {
        for (std::size_t t = 0; t < tile_tokens; ++t) x[t] = from + std::min(t, count - 1) * x_stride;
        std::fill(std::begin(scale), std::end(scale), Scalar{1});
    }

    /// Puts the products of rows first … first + lanes − 1 of token t in their place.
    void put(std::size_t t, std::size_t first, Lanes<Scalar> value) const {
        Scalar* const out = y + t * y_stride + first;
        value *= scale[t];
        if (add) value += load_lanes(out);
        store_lanes(out, value);
    }
};

template <class Scalar, std::size_t Panels>
void apply_panels(const Scalar* packed, std::size_t panel_stride, std::size_t columns, std::size_t ahead,
                  std::size_t first_row, const Tile<Scalar>& tile) {
    // Every loop over a tile is unrolled: its sums are registers from the first line to the last, not an array.
    Lanes<Scalar> sums[tile_tokens][Panels];
    multiply_tile<Scalar, Panels>(packed, panel_stride, columns, tile.x, ahead, sums);
#pragma GCC unroll 8
    for (std::size_t t = 0; t < tile_tokens; ++t)
#pragma GCC unroll 3
        for (std::size_t p = 0; p < Panels; ++p)
            if (t < tile.tokens) tile.put(t, first_row + p * LinearMap<Scalar>::lanes, sums[t][p]);
}

/// Dot products of Rows rows, `row_stride` apart, with few_tokens tokens, into the first lanes of values; of each token
/// with itself into squares.
template <class Scalar, std::size_t Rows>
void multiply_rest(const Scalar* weights, std::size_t row_stride, std::size_t columns, const Scalar* const* x,
                   Lanes<Scalar>* values, Scalar* squares) {
    constexpr std::size_t lanes = LinearMap<Scalar>::lanes;
    Lanes<Scalar> sums[few_tokens][Rows + 1];  // the last with itself; in registers, as in apply_panels
#pragma GCC unroll 4
    for (std::size_t t = 0; t < few_tokens; ++t)
#pragma GCC unroll 5
        for (std::size_t row = 0; row <= Rows; ++row) sums[t][row] = Lanes<Scalar>{};
    const auto add = [&](const auto& load) __attribute__((always_inline)) {
        Lanes<Scalar> w[Rows + 1];
#pragma GCC unroll 4
        for (std::size_t row = 0; row != Rows; ++row) w[row] = load(weights + row * row_stride);
#pragma GCC unroll 4
        for (std::size_t t = 0; t < few_tokens; ++t) {
            w[Rows] = load(x[t]);
#pragma GCC unroll 5
            for (std::size_t row = 0; row <= Rows; ++row) sums[t][row] += w[row] * w[Rows];
        }
    };
    std::size_t j = 0;
    for (; j + lanes <= columns; j += lanes) add([j](const Scalar* from) { return load_lanes(from + j); });
    if (j < columns) add([j, columns](const Scalar* from) { return load_lanes(from + j, columns - j); });
    Lanes<Scalar> products[few_tokens * Rows + 1];
#pragma GCC unroll 4
    for (std::size_t t = 0; t < few_tokens; ++t) {
#pragma GCC unroll 4
        for (std::size_t row = 0; row != Rows; ++row) products[t * Rows + row] = sums[t][row];
        squares[t] = add_lanes<Scalar>(reinterpret_cast<const Scalar*>(&sums[t][Rows]));
    }
    Scalar dots[few_tokens * Rows + 1];
    if constexpr (few_tokens * Rows == lanes) {
        add_all_lanes<Scalar>(products);
        store_lanes(dots, products[0]);
    } else {
        for (std::size_t i = 0; i < few_tokens * Rows; ++i)
            dots[i] = add_lanes<Scalar>(reinterpret_cast<const Scalar*>(products + i));
    }
    for (std::size_t t = 0; t < few_tokens; ++t)
        for (std::size_t row = 0; row != Rows; ++row) values[t][row] = dots[t * Rows + row];
}

/// The rows that fill no vector, into values, and how the tile's tokens are scaled.
template <class Scalar>
void apply_rest(const Scalar* weights, std::size_t row_stride, std::size_t rows, std::size_t columns,
                const std::optional<typename LinearMap<Scalar>::Normalised>& scaling, Tile<Scalar>& tile,
                Lanes<Scalar>* values) {
    const auto multiply = rows == 4   ? multiply_rest<Scalar, 4>
                          : rows == 3 ? multiply_rest<Scalar, 3>
                          : rows == 2 ? multiply_rest<Scalar, 2>
                          : rows == 1 ? multiply_rest<Scalar, 1>
                                      : multiply_rest<Scalar, 0>;
    Scalar squares[tile_tokens];
    for (std::size_t t = 0; t < tile.tokens; t += few_tokens)
        multiply(weights, row_stride, columns, tile.x + t, values + t, squares + t);
    for (std::size_t t = 0; scaling && t < tile.tokens; ++t)
        tile.scale[t] = static_cast<Scalar>(1.0 / std::sqrt(static_cast<double>(squares[t]) + scaling->epsilon));
}

}  // namespace

template <class Scalar>
LinearMap<Scalar>::LinearMap(const Eigen::Ref<const RowMatrix<Scalar>>& matrix)
    : rows_(static_cast<std::size_t>(matrix.rows())),
      columns_(static_cast<std::size_t>(matrix.cols())),
      panels_((rows_ + lanes - 1 - most_rest) / lanes),
      packed_(Vector<Scalar>::Zero(static_cast<Eigen::Index>(panels_ * columns_ * lanes))),
      rest_(matrix.bottomRows(matrix.rows() - std::min(matrix.rows(), static_cast<Eigen::Index>(panels_ * lanes)))) {
    for (std::size_t row = 0; row < std::min(rows_, panels_ * lanes); ++row)
        for (std::size_t j = 0; j < columns_; ++j)
            packed_.data()[(row / lanes * columns_ + j) * lanes + row % lanes] =
                matrix(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(j));
}

template <class Scalar>
void LinearMap<Scalar>::apply_columns(std::size_t first_column, std::size_t count, const Scalar* x,
                                      std::size_t x_stride, std::size_t tokens, const Scaling& scaling, Scalar* y,
                                      std::size_t y_stride, Update update, std::size_t ahead) const {
    const std::size_t panel_stride = columns_ * lanes;
    const std::size_t vector_rows = std::min(panels_ * lanes, rows_);
    for (std::size_t first = 0; first < tokens; first += tile_tokens) {
        Tile<Scalar> tile(x + first * x_stride, x_stride, std::min(tile_tokens, tokens - first), y + first * y_stride,
                          y_stride, update == Update::add);
        Lanes<Scalar> rest[tile_tokens]{};
        if (scaling || rows_ > vector_rows)
            apply_rest<Scalar>(rest_.size() == 0 ? nullptr : rest_.data() + first_column, columns_, rows_ - vector_rows,
                               count, scaling, tile, rest);
        for (std::size_t panel = 0; panel < panels_;) {
            const std::size_t width = std::min(tile_panels, panels_ - panel);
            const auto apply = width == 3   ? apply_panels<Scalar, 3>
                               : width == 2 ? apply_panels<Scalar, 2>
                                            : apply_panels<Scalar, 1>;
            apply(packed_.data() + panel * panel_stride + first_column * lanes, panel_stride, count,
                  panel == 0 ? ahead : 0, panel * lanes, tile);
            panel += width;
        }
        for (std::size_t t = 0; rows_ > vector_rows && t < tile.tokens; ++t) tile.put(t, vector_rows, rest[t]);
    }
}

template class LinearMap<float>;
template class LinearMap<double>;

}  // namespace rotoscope
