#include "rotoscope/theory/frequency_draws.hpp"

#include <Eigen/QR>
#include <boost/math/special_functions/erf.hpp>
#include <boost/random/sobol.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

// Whole blocks of about so many rows are drawn between looks for a request to stop.
constexpr Index rows_between_looks = 4096;

constexpr Index largest_sobol_dimension = BOOST_RANDOM_SOBOL_MAX_DIMENSION;

std::uint64_t as_index(Index value) { return static_cast<std::uint64_t>(value); }

/// Standard normals first, first + 1, … into the matrix, row by row.
void fill_normals(std::uint64_t seed, Index first, RowMatrix<double>& rows) {
    GaussianDraws(seed, RandomStream::gaussian_features)
        .fill(as_index(first), std::span(rows.data(), as_index(rows.size())));
}

RowMatrix<double> independent_rows(std::uint64_t seed, Index dimension, Index begin, Index end) {
    RowMatrix<double> rows(end - begin, dimension);
    fill_normals(seed, begin * dimension, rows);
    return rows;
}

/// Block b of orthogonal rows: G = LQ with a positive diagonal of L, which makes Q Haar-distributed.
RowMatrix<double> orthogonal_block(std::uint64_t seed, Index dimension, Index block) {
    RowMatrix<double> gaussian(dimension, dimension);
    fill_normals(seed, block * dimension * dimension, gaussian);
    const Eigen::HouseholderQR<Eigen::MatrixXd> factors(gaussian.transpose());
    const Eigen::MatrixXd columns = factors.householderQ();
    RowMatrix<double> rows = columns.transpose();
    for (Index i = 0; i < dimension; ++i)
        rows.row(i) *= std::copysign(gaussian.row(i).norm(), factors.matrixQR()(i, i));
    return rows;
}

/// x → H x with the normalised Hadamard matrix of x's length p, a power of two (fast Walsh-Hadamard transform).
void transform_hadamard(Eigen::RowVectorXd& x) {
    for (Index half = 1; half < x.size(); half *= 2) {
        for (Index start = 0; start < x.size(); start += 2 * half) {
            const Eigen::RowVectorXd sum = x.segment(start, half) + x.segment(start + half, half);
            x.segment(start + half, half) = x.segment(start, half) - x.segment(start + half, half);
            x.segment(start, half) = sum;
        }
    }
    x /= std::sqrt(static_cast<double>(x.size()));
}

RowMatrix<double> structured_block(std::uint64_t seed, Index dimension, Index block) {
    const Index padded = padded_dimension(DrawKind::structured_orthogonal, dimension);
    const UniformDraws bits(seed, RandomStream::feature_signs);
    RowMatrix<double> signs(3, padded);
    for (Index i = 0; i < signs.size(); ++i)
        signs.data()[i] = (bits.bits(as_index(block * signs.size() + i)) & 1) != 0 ? 1.0 : -1.0;
    RowMatrix<double> gaussian(padded, padded);
    fill_normals(seed, block * padded * padded, gaussian);
    RowMatrix<double> rows(padded, dimension);
    for (Index i = 0; i < padded; ++i) {
        // Row i of H D1 H D2 H D3 is e_iᵀ times it: from the left, one transform and one diagonal at a time.
        Eigen::RowVectorXd row = Eigen::RowVectorXd::Unit(padded, i);
        for (Index factor = 0; factor < 3; ++factor) {
            transform_hadamard(row);
            row.array() *= signs.row(factor).array();
        }
        rows.row(i) = gaussian.row(i).norm() * row.head(dimension);
    }
    return rows;
}

/// Rows begin … end − 1 of the concatenated blocks of `size` rows.
template <class Block>
RowMatrix<double> rows_of_blocks(Index size, Index dimension, Index begin, Index end, const Block& block) {
    RowMatrix<double> rows(end - begin, dimension);
    for (Index row = begin; row < end;) {
        const Index number = row / size;
        const Index stop = std::min(end, (number + 1) * size);
        rows.middleRows(row - begin, stop - row) = block(number).middleRows(row - number * size, stop - row);
        row = stop;
    }
    return rows;
}

RowMatrix<double> sobol_rows(std::uint64_t seed, Index dimension, Index begin, Index end) {
    using Policy = boost::math::policies::policy<boost::math::policies::promote_double<false>>;
    const UniformDraws shift(seed, RandomStream::sobol_shifts);
    // Boost's sequence leaves out the point at 0, whose loss would spoil the balance of the first 2^k points.
    boost::random::sobol points(as_index(dimension));
    if (begin > 0) points.seed(as_index(begin - 1));
    RowMatrix<double> rows(end - begin, dimension);
    for (Index row = 0; row < rows.rows(); ++row) {
        for (Index i = 0; i < dimension; ++i) {
            const std::uint64_t coordinate = begin + row == 0 ? 0 : points();
            const std::uint64_t bits = coordinate ^ shift.bits(as_index(i));
            const double uniform = (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
            rows(row, i) = -std::numbers::sqrt2 * boost::math::erfc_inv(2.0 * uniform, Policy());
        }
    }
    return rows;
}

/// Rows begin … end − 1 in one piece.
RowMatrix<double> draw_rows(DrawKind kind, std::uint64_t seed, Index dimension, Index begin, Index end) {
    const Index block = padded_dimension(kind, dimension);
    switch (kind) {
        case DrawKind::independent:
            return independent_rows(seed, dimension, begin, end);
        case DrawKind::orthogonal:
            return rows_of_blocks(block, dimension, begin, end,
                                  [&](Index number) { return orthogonal_block(seed, dimension, number); });
        case DrawKind::structured_orthogonal:
            return rows_of_blocks(block, dimension, begin, end,
                                  [&](Index number) { return structured_block(seed, dimension, number); });
        case DrawKind::quasi_monte_carlo:
            if (dimension > largest_sobol_dimension)
                throw usage_error(fmt::format("Sobol points in {} dimensions; they are tabulated up to {}", dimension,
                                              largest_sobol_dimension));
            return sobol_rows(seed, dimension, begin, end);
    }
    throw internal_error("unknown kind of frequency draws");
}

}  // namespace

Index padded_dimension(DrawKind kind, Index dimension) {
    return kind == DrawKind::structured_orthogonal ? static_cast<Index>(std::bit_ceil(as_index(dimension))) : dimension;
}

RowMatrix<double> draw_frequencies(DrawKind kind, std::uint64_t seed, Index dimension, Index begin, Index end) {
    if (dimension < 1) throw usage_error("random frequencies need at least one dimension");
    const Index block = padded_dimension(kind, dimension);
    const Index part = block * ((rows_between_looks - 1 + block) / block);
    RowMatrix<double> rows(end - begin, dimension);
    for (Index first = begin; first < end;) {
        throw_if_stopped();
        const Index last = std::min(end, (first / part + 1) * part);
        rows.middleRows(first - begin, last - first) = draw_rows(kind, seed, dimension, first, last);
        first = last;
    }
    return rows;
}

RowMatrix<double> draw_frequencies(DrawKind kind, std::uint64_t seed, Index dimension, Index begin, Index end,
                                   ThreadPool& pool) {
    RowMatrix<double> rows(end - begin, dimension);
    // Whole blocks, where begin is a multiple of them, and at least 64 rows.
    const Index block = padded_dimension(kind, std::max<Index>(dimension, 1));
    const Index chunk = block * ((63 + block) / block);
    pool.for_chunks(as_index(end - begin), as_index(chunk), [&](std::size_t from, std::size_t to) {
        const Index first = static_cast<Index>(from);
        const Index last = static_cast<Index>(to);
        rows.middleRows(first, last - first) = draw_frequencies(kind, seed, dimension, begin + first, begin + last);
    });
    return rows;
}

Vector<double> draw_phase_offsets(std::uint64_t seed, Index begin, Index end) {
    const UniformDraws draws(seed, RandomStream::feature_offsets);
    return Vector<double>::NullaryExpr(
        end - begin, [&](Index j) { return 2.0 * std::numbers::pi * draws.uniform(as_index(begin + j)); });
}

}  // namespace rotoscope
