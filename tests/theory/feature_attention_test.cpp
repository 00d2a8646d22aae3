#include "rotoscope/theory/feature_attention.hpp"

#include "support/compare.hpp"
#include "theory/direct_attention.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/attention_inputs.hpp"

namespace rotoscope {
namespace {

using test::numbers;

constexpr double epsilon = 0x1p-52;
constexpr FeatureKind all_kinds[] = {FeatureKind::trigonometric, FeatureKind::random_offset, FeatureKind::positive,
                                     FeatureKind::hyperbolic, FeatureKind::optimal_positive};

FeatureOptions options_of(FeatureKind kind, Index count) {
    return {.kind = kind, .count = count, .seed = 3, .temperature = {1.0}, .squared_sum = 2.0};
}

/// Numerator and normaliser with their scale.
RowMatrix<double> absolute(const FeatureAttention<double>& attention) {
    RowMatrix<double> sums(attention.numerator.rows(), attention.numerator.cols() + 1);
    sums << attention.numerator, attention.normaliser;
    return sums.array().colwise() * attention.log_scale.array().exp();
}

// Lengths around the chunks of 64, 128 and 512 tokens and counts around the tiles of 256 frequencies. Sums of F terms
// each at most e^{(‖q‖²+‖k‖²)/2} = e for unit vectors (positive kinds: e^{4.2·2} at 4.2 standard deviations), over up
// to 600 keys, with rounding errors of random sign: 1e-12 covers √600·e^{8.4}·ε·(a few).
TEST(FeatureAttention, BothFormsMatchTheDefinition) {
    ThreadPool pool(2);
    for (const FeatureKind kind : all_kinds) {
        for (const Mask mask : {Mask::causal, Mask::full}) {
            for (const auto& [length, count] : {std::pair<Index, Index>{1, 1}, {65, 30}, {130, 300}, {600, 5}}) {
                const auto inputs = sphere_inputs<double>({length, 6, 3}, 1.0, 1);
                const FeatureOptions options = options_of(kind, count);
                const FeatureMap<double> map(options, 6);
                const RowMatrix<double> kernel = test::direct_kernel_estimate(
                    options, draw_frequencies(options.draws, options.seed, 6, 0, count), inputs, mask);
                RowMatrix<double> expected(length, 4);
                expected << kernel * inputs.values, kernel.rowwise().sum();
                const double tolerance = 1e-12 * std::max(1.0, kernel.cwiseAbs().maxCoeff());
                EXPECT_TRUE(test::all_near(numbers(absolute(quadratic_attention(map, inputs, mask, pool))),
                                           numbers(expected), tolerance));
                EXPECT_TRUE(test::all_near(numbers(absolute(recurrent_attention(map, inputs, mask, pool))),
                                           numbers(expected), tolerance));
            }
        }
    }
}

TEST(FeatureAttention, WeightsAreTheNormalisedKernel) {
    ThreadPool pool(2);
    const auto inputs = sphere_inputs<double>({530, 6, 3}, 1.0, 2);
    const FeatureOptions options = options_of(FeatureKind::positive, 20);
    const FeatureMap<double> map(options, 6);
    for (const Mask mask : {Mask::causal, Mask::full}) {
        RowMatrix<double> expected =
            test::direct_kernel_estimate(options, draw_frequencies(options.draws, 3, 6, 0, 20), inputs, mask);
        expected.array().colwise() /= expected.rowwise().sum().array().eval();
        const RowMatrix<double> weights = feature_weights(map, inputs, mask, pool);
        EXPECT_TRUE(test::all_near(numbers(weights), numbers(expected), 1e-13));
        const RowMatrix<double> output = weights * inputs.values;
        EXPECT_TRUE(
            test::all_near(numbers(output), numbers(quadratic_attention(map, inputs, mask, pool).output()), 1e-12));
    }
}

// Norms of 12: e^{‖x‖²/2} = e^72 and products e^144, beyond float's 3e38 = e^88.7. Positive features have no
// cancellation: float and double agree to the rounding of the exponents (about 200·2^-24 relative).
TEST(FeatureAttention, LargeNormsInTheLogarithmicDomain) {
    ThreadPool pool(1);
    auto inputs = sphere_inputs<double>({200, 8, 3}, 12.0, 4);
    for (Index t = 0; t < 200; ++t) inputs.keys.row(t) *= 0.2 + 0.004 * static_cast<double>(t);
    const AttentionInputs<float> narrow{inputs.queries.cast<float>(), inputs.keys.cast<float>(),
                                        inputs.values.cast<float>()};
    for (const FeatureKind kind : {FeatureKind::positive, FeatureKind::hyperbolic}) {
        const FeatureMap<double> map(options_of(kind, 400), 8);
        const FeatureMap<float> narrow_map(options_of(kind, 400), 8);
        const RowMatrix<double> expected = quadratic_attention(map, inputs, Mask::causal, pool).output();
        for (const auto& attention : {quadratic_attention(narrow_map, narrow, Mask::causal, pool),
                                      recurrent_attention(narrow_map, narrow, Mask::causal, pool)}) {
            EXPECT_GT(attention.normaliser.minCoeff(), 0.0F);
            const RowMatrix<double> output = attention.output().cast<double>();
            EXPECT_TRUE(test::all_near(numbers(output), numbers(expected), 1e-3));
        }
    }
    const FeatureMap<float> trigonometric(options_of(FeatureKind::trigonometric, 400), 8);
    const auto attention = recurrent_attention(trigonometric, narrow, Mask::causal, pool);
    EXPECT_TRUE(attention.numerator.allFinite());
    EXPECT_TRUE(attention.log_scale.allFinite());
}

// Keys whose norms rise or fall along the sequence: the recurrence rescales its state whenever a larger scale appears.
TEST(FeatureAttention, RescalesAsScalesGrow) {
    ThreadPool pool(1);
    for (const FeatureKind kind : all_kinds) {
        const FeatureMap<double> map(options_of(kind, 40), 6);
        for (const bool rising : {true, false}) {
            auto inputs = sphere_inputs<double>({300, 6, 3}, 1.0, 8);
            for (Index t = 0; t < 300; ++t)
                inputs.keys.row(t) *= 0.1 + 0.01 * static_cast<double>(rising ? t : 299 - t);
            const RowMatrix<double> expected = absolute(quadratic_attention(map, inputs, Mask::causal, pool));
            const RowMatrix<double> computed = absolute(recurrent_attention(map, inputs, Mask::causal, pool));
            // Terms up to e^{(1 + 9)/2} = 150 cancel in the trigonometric kinds: 300·150·ε = 1e-11 if they all added
            // up.
            const double tolerance = 1e-11 * std::max(1.0, expected.cwiseAbs().maxCoeff());
            EXPECT_TRUE(test::all_near(numbers(computed), numbers(expected), tolerance)) << static_cast<int>(kind);
        }
    }
}

TEST(FeatureAttention, SameBytesForAnyNumberOfThreads) {
    ThreadPool one(1);
    ThreadPool three(3);
    const auto inputs = sphere_inputs<float>({1100, 16, 8}, 1.0, 5);
    const FeatureMap<float> map(options_of(FeatureKind::trigonometric, 700), 16);
    const FeatureMap<float> parallel_map(options_of(FeatureKind::trigonometric, 700), 16, three);
    EXPECT_TRUE(test::same_bytes(map.frequencies(), parallel_map.frequencies()));
    for (const Mask mask : {Mask::causal, Mask::full}) {
        EXPECT_TRUE(test::same_bytes(recurrent_attention(map, inputs, mask, one).numerator,
                                     recurrent_attention(map, inputs, mask, three).numerator));
        EXPECT_TRUE(test::same_bytes(quadratic_attention(map, inputs, mask, one).numerator,
                                     quadratic_attention(map, inputs, mask, three).numerator));
        EXPECT_TRUE(
            test::same_bytes(feature_weights(map, inputs, mask, one), feature_weights(map, inputs, mask, three)));
    }
}

// 2^-24 for each of the sums' terms of order 1, of random sign: √(2·16·300·…) of them stay below 1e-4 of the largest.
TEST(FeatureAttention, FloatAgreesWithDouble) {
    ThreadPool pool(2);
    const auto inputs = sphere_inputs<double>({300, 16, 8}, 1.0, 6);
    const AttentionInputs<float> narrow{inputs.queries.cast<float>(), inputs.keys.cast<float>(),
                                        inputs.values.cast<float>()};
    for (const FeatureKind kind : all_kinds) {
        const FeatureMap<double> map(options_of(kind, 600), 16);
        const FeatureMap<float> narrow_map(options_of(kind, 600), 16);
        const auto exact = recurrent_attention(map, inputs, Mask::causal, pool);
        const RowMatrix<double> output =
            recurrent_attention(narrow_map, narrow, Mask::causal, pool).output().cast<double>();
        EXPECT_TRUE(test::all_near(numbers(output), numbers(exact.output()), 1e-4)) << static_cast<int>(kind);
    }
}

// More frequencies, closer to softmax attention: by the variance the outputs of the trigonometric kind have an error of
// about 1.3/√m, so 2 % at 4,096; twice that and a little more for every kind, and 10 % for the random offset.
TEST(FeatureAttention, ApproachesSoftmaxAttention) {
    ThreadPool pool(2);
    const auto inputs = sphere_inputs<double>({256, 16, 8}, 1.0, 7);
    const RowMatrix<double> exact = softmax_attention(inputs, Mask::causal, pool).output;
    for (const FeatureKind kind : all_kinds) {
        FeatureOptions options = options_of(kind, 4096);
        options.draws = DrawKind::orthogonal;
        const FeatureMap<double> map(options, 16);
        const RowMatrix<double> output = recurrent_attention(map, inputs, Mask::causal, pool).output();
        EXPECT_LT((output - exact).norm() / exact.norm(), kind == FeatureKind::random_offset ? 0.1 : 0.05);
    }
}

TEST(FeatureAttention, RefusesInputsThatDoNotFit) {
    ThreadPool pool(1);
    const FeatureMap<double> map(options_of(FeatureKind::positive, 4), 5);
    AttentionInputs<double> inputs = gaussian_inputs<double>({4, 6, 2}, 1.0, 5);
    EXPECT_THROW((void)recurrent_attention(map, inputs, Mask::causal, pool), Error);
    EXPECT_THROW((void)quadratic_attention(map, inputs, Mask::causal, pool), Error);
    inputs = gaussian_inputs<double>({4, 5, 2}, 1.0, 5);
    inputs.keys.conservativeResize(4, 6);
    EXPECT_THROW((void)feature_weights(map, inputs, Mask::full, pool), Error);
}

}  // namespace
}  // namespace rotoscope
