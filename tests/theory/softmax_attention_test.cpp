#include "rotoscope/theory/softmax_attention.hpp"

#include "support/compare.hpp"
#include "theory/direct_attention.hpp"

#include <gtest/gtest.h>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/attention_inputs.hpp"

namespace rotoscope {
namespace {

using test::numbers;

constexpr double epsilon = 0x1p-52;

TEST(SoftmaxAttention, MatchesTheDefinition) {
    ThreadPool pool(2);
    for (const Mask mask : {Mask::causal, Mask::full}) {
        for (const Index length : {1, 63, 64, 65, 200}) {
            const auto inputs = gaussian_inputs<double>({length, 7, 5}, 1.0, 1);
            const RowMatrix<double> kernel = test::direct_kernel(inputs, mask);
            const Vector<double> normaliser = kernel.rowwise().sum();
            const RowMatrix<double> weights = kernel.array().colwise() / normaliser.array();
            const RowMatrix<double> output = weights * inputs.values;
            const SoftmaxAttention<double> attention = softmax_attention(inputs, mask, pool);
            // Scores up to about 20 carry an error of a few ε each, relative in the weights.
            EXPECT_TRUE(test::all_near(numbers(attention.output), numbers(output), 200 * epsilon));
            EXPECT_TRUE(test::all_near(numbers(softmax_weights(inputs, mask, pool)), numbers(weights), 200 * epsilon));
            const Vector<double> log_normaliser = normaliser.array().log();
            EXPECT_TRUE(test::all_near(numbers(attention.log_normaliser), numbers(log_normaliser), 200 * epsilon));
        }
    }
}

TEST(SoftmaxAttention, FloatAgreesWithDouble) {
    ThreadPool pool(2);
    const InputShape shape{300, 16, 9};
    const auto inputs = gaussian_inputs<float>(shape, 0.7, 2);
    const AttentionInputs<double> wide{inputs.queries.cast<double>(), inputs.keys.cast<double>(),
                                       inputs.values.cast<double>()};
    const RowMatrix<double> output = softmax_attention(inputs, Mask::causal, pool).output.cast<double>();
    // Scores below 16, so errors of at most 16 products' 2^-24·16 and exp's 1.5e-7: 2e-6 of outputs of order 1.
    EXPECT_TRUE(test::all_near(numbers(output), numbers(softmax_attention(wide, Mask::causal, pool).output), 4e-6));
}

// Scores of thousands: the largest of each row is subtracted, so that nothing overflows and the weights are those of
// the shifted scores.
TEST(SoftmaxAttention, LargeScores) {
    ThreadPool pool(1);
    AttentionInputs<float> inputs = gaussian_inputs<float>({40, 8, 3}, 1.0, 3);
    inputs.queries *= 40.0F;
    inputs.keys *= 40.0F;
    const SoftmaxAttention<float> attention = softmax_attention(inputs, Mask::full, pool);
    EXPECT_TRUE(attention.output.allFinite());
    EXPECT_GT(attention.log_normaliser.maxCoeff(), 1000.0F);
    const RowMatrix<float> weights = softmax_weights(inputs, Mask::full, pool);
    EXPECT_TRUE(weights.rowwise().sum().isOnes(1e-5F));
}

TEST(SoftmaxAttention, SameBytesForAnyNumberOfThreads) {
    ThreadPool one(1);
    ThreadPool three(3);
    const auto inputs = gaussian_inputs<float>({333, 16, 8}, 1.0, 4);
    EXPECT_TRUE(test::same_bytes(softmax_attention(inputs, Mask::causal, one).output,
                                 softmax_attention(inputs, Mask::causal, three).output));
}

TEST(SoftmaxAttention, RefusesInputsThatDoNotFit) {
    ThreadPool pool(1);
    const AttentionInputs<double> good = gaussian_inputs<double>({4, 3, 2}, 1.0, 5);
    AttentionInputs<double> inputs = good;
    inputs.keys.resize(4, 5);
    EXPECT_THROW((void)softmax_attention(inputs, Mask::full, pool), Error);
    inputs = good;
    inputs.values.resize(3, 2);
    EXPECT_THROW((void)softmax_attention(inputs, Mask::full, pool), Error);
    inputs = good;
    inputs.queries.resize(0, 3);
    EXPECT_THROW((void)softmax_attention(inputs, Mask::full, pool), Error);
    inputs = good;
    inputs.queries.conservativeResize(3, 3);
    EXPECT_THROW((void)softmax_attention(inputs, Mask::causal, pool), Error);
    EXPECT_NO_THROW((void)softmax_attention(inputs, Mask::full, pool));
    EXPECT_THROW((void)gaussian_inputs<double>({0, 3, 2}, 1.0, 5), Error);
    EXPECT_THROW((void)angle_inputs<double>({4, 1, 2}, 1.0, 5), Error);
}

TEST(AttentionInputs, GeometryAsAsked) {
    const auto sphere = sphere_inputs<double>({50, 6, 2}, 3.0, 6);
    EXPECT_TRUE((sphere.queries.rowwise().norm().array() / 3.0).isOnes(4 * epsilon));
    const auto angled = angle_inputs<double>({50, 6, 2}, 0.7, 6);
    for (Index t = 0; t < 50; ++t)
        EXPECT_TRUE(test::near(angled.queries.row(t).dot(angled.keys.row(t)), std::cos(0.7), 8 * epsilon));
    const auto gaussian = gaussian_inputs<double>({4000, 10, 2}, 0.5, 6);
    // 40,000 squares with mean 1/4 and standard deviation √2/4: 5 standard errors, false alarm 6e-7, fixed seed.
    EXPECT_TRUE(test::near(gaussian.queries.squaredNorm() / 40000.0, 0.25, 5.0 * 0.25 * std::sqrt(2.0 / 40000.0)));
    double direct = 0.0;
    for (Index t = 0; t < 50; ++t)
        for (Index key = 0; key < 50; ++key) direct += (angled.queries.row(t) + angled.keys.row(key)).squaredNorm();
    EXPECT_TRUE(test::near(mean_squared_sum(angled), direct / 2500.0, 50 * epsilon));
}

}  // namespace
}  // namespace rotoscope
