#include "rotoscope/theory/frequency_draws.hpp"

#include "support/compare.hpp"
#include "theory/direct_attention.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr double epsilon = 0x1p-52;
constexpr DrawKind all_kinds[] = {DrawKind::independent, DrawKind::orthogonal, DrawKind::structured_orthogonal,
                                  DrawKind::quasi_monte_carlo};

TEST(FrequencyDraws, DrawJIsTheSameWhateverElseIsDrawn) {
    ThreadPool three(3);
    for (const DrawKind kind : all_kinds) {
        const RowMatrix<double> all = draw_frequencies(kind, 5, 12, 0, 300);
        EXPECT_TRUE(test::same_bytes(draw_frequencies(kind, 5, 12, 0, 300, three), all));
        for (const Index begin : {0, 1, 7, 16, 130}) {
            const RowMatrix<double> part = draw_frequencies(kind, 5, 12, begin, begin + 41);
            EXPECT_TRUE(test::same_bytes(part, RowMatrix<double>(all.middleRows(begin, 41)))) << begin;
        }
        EXPECT_FALSE(test::same_bytes(draw_frequencies(kind, 6, 12, 0, 300), all));
    }
}

// Each component is N(0, 1): mean, mean square and mean fourth power, with standard errors of the independent case,
// which bound those of the others (orthogonal and Sobol points spread more evenly). 4.9 standard errors over 12
// numbers: a false alarm once in 10^5, fixed seed. The structured kind's fourth moment is 3 up to 2/p.
TEST(FrequencyDraws, ComponentsAreStandardNormal) {
    constexpr Index count = 8192;
    constexpr Index d = 16;
    const double n = static_cast<double>(count * d);
    for (const DrawKind kind : all_kinds) {
        const RowMatrix<double> draws = draw_frequencies(kind, 1, d, 0, count);
        EXPECT_TRUE(test::near(draws.mean(), 0.0, 4.9 / std::sqrt(n)));
        EXPECT_TRUE(test::near(draws.array().square().mean(), 1.0, 4.9 * std::sqrt(2.0 / n)));
        EXPECT_TRUE(test::near(draws.array().square().square().mean(), 3.0, 4.9 * std::sqrt(96.0 / n)));
    }
}

TEST(FrequencyDraws, RowsOfABlockAreOrthogonal) {
    for (const DrawKind kind : {DrawKind::orthogonal, DrawKind::structured_orthogonal}) {
        const RowMatrix<double> rows = draw_frequencies(kind, 2, 32, 64, 96);
        const RowMatrix<double> unit = rows.rowwise().normalized();
        EXPECT_TRUE((unit * unit.transpose()).isIdentity(100 * epsilon));
        // χ norms differ from row to row; a fixed norm √d would estimate another kernel.
        EXPECT_GT(rows.rowwise().norm().maxCoeff() / rows.rowwise().norm().minCoeff(), 1.1);
    }
    // A block ends after d rows: the next one is independent of it.
    const RowMatrix<double> rows = draw_frequencies(DrawKind::orthogonal, 2, 8, 0, 16);
    EXPECT_GT(std::abs(rows.row(7).dot(rows.row(8))), 1e-3);
}

// ‖w‖² is χ²_d: mean d, variance 2d, over 256 blocks of 32 rows whose norms are independent. 5 standard errors each;
// the variance of the sample variance is (μ4 − σ⁴)/n = (12d(d + 4) − 4d²)/n. And the direction is independent of the
// norm: the correlation of the norm with the first direction cosine, 5/√n.
TEST(FrequencyDraws, OrthogonalNormsAreChi) {
    constexpr double d = 32.0;
    for (const DrawKind kind : {DrawKind::orthogonal, DrawKind::structured_orthogonal}) {
        const RowMatrix<double> draws = draw_frequencies(kind, 3, 32, 0, 8192);
        const Eigen::ArrayXd squares = draws.rowwise().squaredNorm().array();
        const double mean = squares.mean();
        EXPECT_TRUE(test::near(mean, d, 5.0 * std::sqrt(2.0 * d / 8192.0)));
        EXPECT_TRUE(test::near((squares - mean).square().mean(), 2.0 * d,
                               5.0 * std::sqrt((12.0 * d * (d + 4.0) - 4.0 * d * d) / 8192.0)));
        const Eigen::ArrayXd norms = squares.sqrt();
        const Eigen::ArrayXd cosines = draws.col(0).array() / norms;
        const double covariance = ((norms - norms.mean()) * cosines).mean();
        const double deviation = std::sqrt((norms - norms.mean()).square().mean() * cosines.square().mean());
        EXPECT_TRUE(test::near(covariance / deviation, 0.0, 5.0 / std::sqrt(8192.0)));
    }
}

// Haar: the first row's direction has no preferred sign, which a Householder factor without its sign correction has.
TEST(FrequencyDraws, OrthogonalDirectionsHaveNoPreferredSign) {
    double sum = 0.0;
    constexpr Index blocks = 2000;
    const RowMatrix<double> draws = draw_frequencies(DrawKind::orthogonal, 4, 4, 0, 4 * blocks);
    for (Index block = 0; block < blocks; ++block) sum += draws(4 * block, 0) > 0.0 ? 1.0 : -1.0;
    EXPECT_TRUE(test::near(sum / blocks, 0.0, 5.0 / std::sqrt(static_cast<double>(blocks))));
}

// Hadamard products by their definition: H D1 H D2 H D3 has entries whose squares are the same for H D1, and is cut to
// d columns where d is not a power of two.
TEST(FrequencyDraws, StructuredDrawsArePadded) {
    EXPECT_EQ(padded_dimension(DrawKind::structured_orthogonal, 12), 16);
    EXPECT_EQ(padded_dimension(DrawKind::structured_orthogonal, 16), 16);
    EXPECT_EQ(padded_dimension(DrawKind::orthogonal, 12), 12);
    const RowMatrix<double> padded = draw_frequencies(DrawKind::structured_orthogonal, 9, 12, 0, 16);
    const RowMatrix<double> whole = draw_frequencies(DrawKind::structured_orthogonal, 9, 16, 0, 16);
    EXPECT_TRUE(padded == whole.leftCols(12));
}

// A digitally shifted (0, k, 1)-net: of the first 2^k points, one lies in each of 2^k equal parts of every axis.
TEST(FrequencyDraws, SobolPointsAreBalanced) {
    constexpr Index count = 256;
    const RowMatrix<double> draws = draw_frequencies(DrawKind::quasi_monte_carlo, 11, 20, 0, count);
    for (Index i = 0; i < draws.cols(); ++i) {
        std::vector<int> cells;
        for (Index j = 0; j < count; ++j)
            cells.push_back(static_cast<int>(count * 0.5 * std::erfc(-draws(j, i) / std::numbers::sqrt2)));
        std::ranges::sort(cells);
        for (int cell = 0; cell < count; ++cell) ASSERT_EQ(cells[static_cast<std::size_t>(cell)], cell) << "axis " << i;
    }
}

TEST(FrequencyDraws, PhaseOffsetsAreNestedAndUniform) {
    const Vector<double> offsets = draw_phase_offsets(1, 0, 4000);
    EXPECT_TRUE(test::same_bytes(Vector<double>(offsets.segment(100, 50)), draw_phase_offsets(1, 100, 150)));
    EXPECT_GT(offsets.minCoeff(), 0.0);
    EXPECT_LT(offsets.maxCoeff(), 2.0 * std::numbers::pi);
    // The mean of 4,000 uniforms: 5 standard errors.
    EXPECT_TRUE(test::near(offsets.mean(), std::numbers::pi, 5.0 * 2.0 * std::numbers::pi / std::sqrt(12.0 * 4000.0)));
}

TEST(FrequencyDraws, RefusesNoDimensionAndTooMany) {
    EXPECT_THROW((void)draw_frequencies(DrawKind::independent, 1, 0, 0, 4), Error);
    EXPECT_THROW((void)draw_frequencies(DrawKind::quasi_monte_carlo, 1, 3668, 0, 4), Error);
    EXPECT_NO_THROW((void)draw_frequencies(DrawKind::quasi_monte_carlo, 1, 3667, 0, 4));
}

}  // namespace
}  // namespace rotoscope
