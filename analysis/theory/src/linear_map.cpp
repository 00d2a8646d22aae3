#include "linear_map.hpp"

#include "lanes.hpp"

#include <algorithm>

namespace rotoscope {
namespace {

// Tokens and panels multiplied at once: 8 · 3 accumulators, 3 weights and a broadcast fit 32 vector registers.
constexpr std::size_t tile_tokens = 8;
constexpr std::size_t tile_panels = 3;

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

template <class Scalar, std::size_t Panels>
void apply_tile(const Scalar* packed, std::size_t panel_stride, std::size_t columns, const Scalar* x,
                std::size_t x_stride, std::size_t tokens, std::size_t ahead, const Scalar* scale, Scalar* y,
                std::size_t y_stride, bool add) {
    constexpr std::size_t lanes = LinearMap<Scalar>::lanes;
    // A tile with fewer tokens repeats its last: every token goes through the same instructions.
    const Scalar* rows[tile_tokens];
    for (std::size_t t = 0; t < tile_tokens; ++t) rows[t] = x + std::min(t, tokens - 1) * x_stride;
    Lanes<Scalar> sums[tile_tokens][Panels];
    multiply_tile<Scalar, Panels>(packed, panel_stride, columns, rows, ahead, sums);
    for (std::size_t t = 0; t < tokens; ++t) {
        for (std::size_t p = 0; p < Panels; ++p) {
            Scalar* const out = y + t * y_stride + p * lanes;
            Lanes<Scalar> value = scale == nullptr ? sums[t][p] : sums[t][p] * scale[t];
            if (add) value += load_lanes(out);
            store_lanes(out, value);
        }
    }
}

}  // namespace

template <class Scalar>
LinearMap<Scalar>::LinearMap(const Eigen::Ref<const RowMatrix<Scalar>>& matrix)
    : rows_(static_cast<std::size_t>(matrix.rows())),
      columns_(static_cast<std::size_t>(matrix.cols())),
      panels_((rows_ + lanes - 1) / lanes),
      packed_(panels_ * columns_ * lanes, Scalar{0}) {
    for (std::size_t row = 0; row < rows_; ++row)
        for (std::size_t j = 0; j < columns_; ++j)
            packed_[(row / lanes * columns_ + j) * lanes + row % lanes] =
                matrix(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(j));
}

template <class Scalar>
void LinearMap<Scalar>::apply_columns(std::size_t first_column, std::size_t count, const Scalar* x,
                                      std::size_t x_stride, std::size_t tokens, const Scalar* scale, Scalar* y,
                                      std::size_t y_stride, Update update, std::size_t ahead) const {
    const std::size_t panel_stride = columns_ * lanes;
    for (std::size_t first = 0; first < tokens; first += tile_tokens) {
        const std::size_t rows = std::min(tile_tokens, tokens - first);
        const Scalar* const tile_scale = scale == nullptr ? nullptr : scale + first;
        for (std::size_t panel = 0; panel < panels_;) {
            const std::size_t width = std::min(tile_panels, panels_ - panel);
            const auto tile = width == 3   ? apply_tile<Scalar, 3>
                              : width == 2 ? apply_tile<Scalar, 2>
                                           : apply_tile<Scalar, 1>;
            tile(packed_.data() + panel * panel_stride + first_column * lanes, panel_stride, count,
                 x + first * x_stride, x_stride, rows, panel == 0 ? ahead : 0, tile_scale,
                 y + first * y_stride + panel * lanes, y_stride, update == Update::add);
            panel += width;
        }
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
    Scalar total = 0;
    for (std::size_t lane = 0; lane < lanes; ++lane) total += sums[lane];
    return total;
}

template float sum_squares(const float*, std::size_t);
template double sum_squares(const double*, std::size_t);

template class LinearMap<float>;
template class LinearMap<double>;

}  // namespace rotoscope
