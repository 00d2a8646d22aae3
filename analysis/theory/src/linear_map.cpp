#include "linear_map.hpp"

#include <algorithm>

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
    for (auto& row : sums)
        for (auto& sum : row) sum = Lanes<Scalar>{};
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

/// The tokens of a tile: where each is read, by what its products are multiplied, where they go.
template <class Scalar>
struct Tile {
    const Scalar* x[tile_tokens];
    std::size_t tokens;
    const Scalar* scale;  // null: 1
    Scalar* y;
    std::size_t y_stride;
    bool add;

    // A tile with fewer tokens repeats its last: every token goes through the same instructions.
    Tile(const Scalar* from, std::size_t x_stride, std::size_t count, const Scalar* factors, Scalar* to,
         std::size_t to_stride, bool adds)
        : tokens(count), scale(factors), y(to), y_stride(to_stride), add(adds) {
        for (std::size_t t = 0; t < tile_tokens; ++t) x[t] = from + std::min(t, count - 1) * x_stride;
    }

    /// Puts the products of rows first … first + lanes − 1 of token t in their place.
    void put(std::size_t t, std::size_t first, Lanes<Scalar> value) const {
        Scalar* const out = y + t * y_stride + first;
        if (scale != nullptr) value *= scale[t];
        if (add) value += load_lanes(out);
        store_lanes(out, value);
    }
};

template <class Scalar, std::size_t Panels>
void apply_panels(const Scalar* packed, std::size_t panel_stride, std::size_t columns, std::size_t ahead,
                  std::size_t first_row, const Tile<Scalar>& tile) {
    Lanes<Scalar> sums[tile_tokens][Panels];
    multiply_tile<Scalar, Panels>(packed, panel_stride, columns, tile.x, ahead, sums);
    for (std::size_t t = 0; t < tile.tokens; ++t)
        for (std::size_t p = 0; p < Panels; ++p) tile.put(t, first_row + p * LinearMap<Scalar>::lanes, sums[t][p]);
}

/// Dot products of Rows rows, `row_stride` apart, with few_tokens tokens: into the first lanes of values.
template <class Scalar, std::size_t Rows>
void multiply_rest(const Scalar* weights, std::size_t row_stride, std::size_t columns, const Scalar* const* x,
                   Lanes<Scalar>* values) {
    constexpr std::size_t lanes = LinearMap<Scalar>::lanes;
    Lanes<Scalar> sums[few_tokens][Rows]{};
    std::size_t j = 0;
    for (; j + lanes <= columns; j += lanes) {
        Lanes<Scalar> w[Rows];
#pragma GCC unroll 4
        for (std::size_t row = 0; row < Rows; ++row) w[row] = load_lanes(weights + row * row_stride + j);
#pragma GCC unroll 4
        for (std::size_t t = 0; t < few_tokens; ++t) {
            const Lanes<Scalar> part = load_lanes(x[t] + j);
#pragma GCC unroll 4
            for (std::size_t row = 0; row < Rows; ++row) sums[t][row] += w[row] * part;
        }
    }
    for (std::size_t lane = 0; j < columns; ++j, ++lane)
        for (std::size_t t = 0; t < few_tokens; ++t)
            for (std::size_t row = 0; row < Rows; ++row) sums[t][row][lane] += weights[row * row_stride + j] * x[t][j];
    for (std::size_t t = 0; t < few_tokens; ++t)
        for (std::size_t row = 0; row < Rows; ++row)
            values[t][row] = add_lanes<Scalar>(reinterpret_cast<const Scalar*>(&sums[t][row]));
}

/// The rows that fill no vector.
template <class Scalar>
void apply_rest(const Scalar* weights, std::size_t row_stride, std::size_t rows, std::size_t columns,
                std::size_t first_row, const Tile<Scalar>& tile) {
    const auto multiply = rows == 4   ? multiply_rest<Scalar, 4>
                          : rows == 3 ? multiply_rest<Scalar, 3>
                          : rows == 2 ? multiply_rest<Scalar, 2>
                                      : multiply_rest<Scalar, 1>;
    Lanes<Scalar> values[tile_tokens]{};
    for (std::size_t t = 0; t < tile.tokens; t += few_tokens)
        multiply(weights, row_stride, columns, tile.x + t, values + t);
    for (std::size_t t = 0; t < tile.tokens; ++t) tile.put(t, first_row, values[t]);
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
                                      std::size_t x_stride, std::size_t tokens, const Scalar* scale, Scalar* y,
                                      std::size_t y_stride, Update update, std::size_t ahead) const {
    const std::size_t panel_stride = columns_ * lanes;
    const std::size_t vector_rows = panels_ * lanes;
    for (std::size_t first = 0; first < tokens; first += tile_tokens) {
        const Tile<Scalar> tile(x + first * x_stride, x_stride, std::min(tile_tokens, tokens - first),
                                scale == nullptr ? nullptr : scale + first, y + first * y_stride, y_stride,
                                update == Update::add);
        for (std::size_t panel = 0; panel < panels_;) {
            const std::size_t width = std::min(tile_panels, panels_ - panel);
            const auto apply = width == 3   ? apply_panels<Scalar, 3>
                               : width == 2 ? apply_panels<Scalar, 2>
                                            : apply_panels<Scalar, 1>;
            apply(packed_.data() + panel * panel_stride + first_column * lanes, panel_stride, count,
                  panel == 0 ? ahead : 0, panel * lanes, tile);
            panel += width;
        }
        if (rows_ > vector_rows)
            apply_rest(rest_.data() + first_column, columns_, rows_ - vector_rows, count, vector_rows, tile);
    }
}

template <class Scalar>
Scalar sum_squares(const Scalar* x, std::size_t count) {
    constexpr std::size_t lanes = LinearMap<Scalar>::lanes;
    Lanes<Scalar> sums{};
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const Lanes<Scalar> part = load_lanes(x + i);
        sums += part * part;
    }
    for (std::size_t lane = 0; i < count; ++i, ++lane) sums[lane] += x[i] * x[i];
    return add_lanes<Scalar>(reinterpret_cast<const Scalar*>(&sums));
}

template float sum_squares(const float*, std::size_t);
template double sum_squares(const double*, std::size_t);

template class LinearMap<float>;
template class LinearMap<double>;

}  // namespace rotoscope
