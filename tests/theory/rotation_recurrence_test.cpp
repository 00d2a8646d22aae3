#include "rotoscope/theory/rotation_recurrence.hpp"

#include "support/compare.hpp"
#include "theory/direct_attention.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/feature_map.hpp"

namespace rotoscope {
namespace {

constexpr Index length = 4096;
constexpr Index frequencies_count = 8;

/// Σ_{τ≤t} v_τ (1/m) Σ_j e^{(‖q_t‖²+‖k_τ‖²)/2} cos w_j·(q_t − k_τ): trigonometric attention before it is normalised.
RowMatrix<double> direct_sum(const RowMatrix<double>& frequencies, const AttentionInputs<double>& inputs) {
    RowMatrix<double> output = RowMatrix<double>::Zero(inputs.queries.rows(), inputs.values.cols());
    const RowMatrix<double> q = inputs.queries * frequencies.transpose();
    const RowMatrix<double> k = inputs.keys * frequencies.transpose();
    for (Index t = 0; t < output.rows(); ++t) {
        for (Index key = 0; key <= t; ++key) {
            const double half = 0.5 * (inputs.queries.row(t).squaredNorm() + inputs.keys.row(key).squaredNorm());
            output.row(t) += std::exp(half) * (q.row(t) - k.row(key)).array().cos().mean() * inputs.values.row(key);
        }
    }
    return output;
}

::testing::AssertionResult matches(const RowMatrix<double>& computed, const RowMatrix<double>& expected,
                                   double tolerance) {
    return test::all_near(test::numbers(computed), test::numbers(expected), tolerance);
}

// Each step multiplies by a rotation and a factor rounded to about 2ε, and angles of a few radians to ε: relative
// errors grow to 4096·4ε = 4e-12 of sums whose size is that of the output, below 1e-10 by a factor of more than ten.
TEST(RotationRecurrence, EqualsTheDirectSum) {
    const RowMatrix<double> frequencies = draw_frequencies(DrawKind::independent, 1, 4, 0, frequencies_count);
    const auto normalised = sphere_inputs<double>({length, 4, 2}, 1.0, 1);
    const RowMatrix<double> expected = direct_sum(frequencies, normalised);
    const double scale = expected.cwiseAbs().maxCoeff();
    EXPECT_TRUE(matches(rotation_recurrence(frequencies, normalised, RealFactor::included), expected, 1e-10 * scale));
    EXPECT_TRUE(matches(rotation_recurrence(frequencies, normalised, RealFactor::omitted), expected, 1e-10 * scale));
}

TEST(RotationRecurrence, NeedsTheRealFactorForUnnormalisedQueries) {
    const RowMatrix<double> frequencies = draw_frequencies(DrawKind::orthogonal, 2, 4, 0, frequencies_count);
    const auto inputs = gaussian_inputs<double>({length, 4, 2}, 0.5, 2);
    const RowMatrix<double> expected = direct_sum(frequencies, inputs);
    const double scale = expected.cwiseAbs().maxCoeff();
    EXPECT_TRUE(matches(rotation_recurrence(frequencies, inputs, RealFactor::included), expected, 1e-10 * scale));
    const RowMatrix<double> omitted = rotation_recurrence(frequencies, inputs, RealFactor::omitted);
    EXPECT_GT((omitted - expected).cwiseAbs().maxCoeff(), 1e-2 * scale);
}

TEST(RotationRecurrence, AnglesAddUpToTheQuerysProjection) {
    const RowMatrix<double> frequencies = draw_frequencies(DrawKind::independent, 3, 4, 0, 6);
    const auto inputs = gaussian_inputs<double>({50, 4, 1}, 1.0, 3);
    const RowMatrix<double> angles = selective_rotation_angles(frequencies, inputs.queries);
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(6);
    for (Index t = 0; t < 50; ++t) {
        sum += angles.row(t);
        const Eigen::RowVectorXd expected = inputs.queries.row(t) * frequencies.transpose();
        // 50 sums of angles below 16: 50·16·2^-53 and as much again from the differences.
        EXPECT_TRUE(test::all_near(test::numbers(sum), test::numbers(expected), 2e-13));
    }
}

TEST(RotationRecurrence, RefusesInputsThatDoNotFit) {
    const auto inputs = gaussian_inputs<double>({5, 4, 1}, 1.0, 3);
    EXPECT_THROW((void)rotation_recurrence(RowMatrix<double>::Zero(3, 5), inputs, RealFactor::included), Error);
    EXPECT_THROW((void)rotation_recurrence(RowMatrix<double>::Zero(0, 4), inputs, RealFactor::included), Error);
    EXPECT_THROW((void)selective_rotation_angles(RowMatrix<double>::Zero(3, 5), inputs.queries), Error);
    EXPECT_EQ(selective_rotation_angles(RowMatrix<double>::Zero(3, 4), RowMatrix<double>::Zero(0, 4)).rows(), 0);
}

}  // namespace
}  // namespace rotoscope
