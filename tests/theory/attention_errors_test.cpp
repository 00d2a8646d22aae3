#include "rotoscope/theory/attention_errors.hpp"

#include "support/compare.hpp"
#include "theory/direct_attention.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/attention_inputs.hpp"

namespace rotoscope {
namespace {

constexpr FeatureSeries trigonometric{FeatureKind::trigonometric, DrawKind::independent};
constexpr FeatureSeries trigonometric_orthogonal{FeatureKind::trigonometric, DrawKind::orthogonal};
constexpr FeatureSeries positive{FeatureKind::positive, DrawKind::independent};
constexpr FeatureSeries positive_orthogonal{FeatureKind::positive, DrawKind::orthogonal};

template <class Member>
std::vector<double> collect(std::span<const AttentionErrors> errors, Member member) {
    std::vector<double> values;
    for (const AttentionErrors& error : errors) values.push_back(static_cast<double>(error.*member));
    return values;
}

// Every error by its definition, from the direct kernel matrices in double. The study runs in single precision: weights
// have relative errors of about 1e-6, against differences of a tenth.
TEST(AttentionErrors, MatchTheirDefinitions) {
    ThreadPool pool(2);
    constexpr Index length = 530;
    const auto inputs = gaussian_inputs<double>({length, 6, 3}, 0.6, 1);
    const AttentionInputs<float> narrow{inputs.queries.cast<float>(), inputs.keys.cast<float>(),
                                        inputs.values.cast<float>()};
    for (const Mask mask : {Mask::causal, Mask::full}) {
        const ErrorStudyOptions options{
            .series = {trigonometric, positive_orthogonal}, .counts = {9, 40}, .mask = mask};
        const ErrorStudy study = study_attention_errors(options, [&](std::uint64_t) { return narrow; }, pool);
        const RowMatrix<double> exact = test::direct_kernel(inputs, mask);
        for (std::size_t s = 0; s < 2; ++s) {
            for (std::size_t c = 0; c < 2; ++c) {
                const FeatureOptions features{
                    .kind = options.series[s].kind, .draws = options.series[s].draws, .count = options.counts[c]};
                const RowMatrix<double> estimate = test::direct_kernel_estimate(
                    features, draw_frequencies(features.draws, 0, 6, 0, features.count), inputs, mask);
                const Eigen::ArrayXd ratio = estimate.rowwise().sum().array() / exact.rowwise().sum().array();
                const RowMatrix<double> weights = exact.array().colwise() / exact.rowwise().sum().array();
                const RowMatrix<double> estimated = estimate.array().colwise() / estimate.rowwise().sum().array();
                const RowMatrix<double> difference = estimated - weights;
                const AttentionErrors& errors = study.at(s, c).front();
                // Rows with a small normaliser amplify rounding: 1e-6 over the smallest ratio.
                const double tolerance = 2e-5 / std::min(1.0, ratio.abs().minCoeff());
                const auto expect = [&](double computed, double expected) {
                    EXPECT_TRUE(test::near(computed, expected, tolerance * std::max(1.0, expected)));
                };
                expect(errors.weights_frobenius, difference.norm() / weights.norm());
                expect(errors.weights_largest, difference.cwiseAbs().maxCoeff());
                expect(errors.total_variation, 0.5 * difference.rowwise().lpNorm<1>().mean());
                expect(errors.normaliser, std::sqrt((ratio - 1.0).square().mean()));
                expect(errors.output, (difference * inputs.values).norm() / (weights * inputs.values).norm());
                EXPECT_EQ(errors.unreliable_rows, (ratio < 0.1).count());
            }
        }
    }
}

// Means from an independent NumPy program at d = 64, L = 2048, mean over 8 other seeds and inputs, to
// three decimals. Both means scatter: 4.5 standard errors of a difference, √2 s/√8 with s estimated from our seeds, and
// the rounding of the table. A false alarm needs |t₇| > 4.5 in one of 24 numbers: 7 %, for a fixed seed; so the
// tolerance uses at least 2 % of the value, which no factor of interest (√2, χ norms, σ) stays within.
TEST(AttentionErrors, PublishedMeans) {
    ThreadPool pool(2);
    const ErrorStudyOptions options{.series = {trigonometric, trigonometric_orthogonal, positive, positive_orthogonal},
                                    .counts = {64, 256, 1024},
                                    .first_seed = 1,
                                    .seeds = 8};
    const ErrorStudy study = study_attention_errors(
        options, [](std::uint64_t seed) { return sphere_inputs<float>({2048, 64, 64}, 1.0, seed); }, pool);
    const double weights[3][4] = {{.175, .090, .224, .202}, {.080, .046, .121, .104}, {.041, .024, .062, .052}};
    const double outputs[3][4] = {{.178, .091, .227, .206}, {.080, .047, .121, .106}, {.042, .024, .063, .052}};
    for (std::size_t c = 0; c < 3; ++c) {
        for (std::size_t s = 0; s < 4; ++s) {
            const auto expect = [&](double AttentionErrors::* member, double expected) {
                const std::vector<double> values = collect(study.at(s, c), member);
                const ConfidenceBand band = confidence_band(values, 0.68);
                const double standard_error = (band.high - band.low) / 2.0 / 1.069;  // t₇ quantile of 84 %
                const double tolerance = std::max(4.5 * std::sqrt(2.0) * standard_error, 0.02 * expected) + 0.0005;
                EXPECT_TRUE(test::near(band.mean, expected, tolerance)) << "D " << options.counts[c] << " series " << s;
            };
            expect(&AttentionErrors::weights_frobenius, weights[c][s]);
            expect(&AttentionErrors::output, outputs[c][s]);
            for (const AttentionErrors& errors : study.at(s, c)) EXPECT_EQ(errors.unreliable_rows, 0);
        }
    }
}

/// Least-squares slope of log y against log x.
double log_slope(const std::vector<Index>& x, const std::vector<double>& y) {
    Eigen::ArrayXd u(static_cast<Index>(x.size()));
    Eigen::ArrayXd v(u.size());
    for (Index i = 0; i < u.size(); ++i) {
        u[i] = std::log(static_cast<double>(x[static_cast<std::size_t>(i)]));
        v[i] = std::log(y[static_cast<std::size_t>(i)]);
    }
    return ((u - u.mean()) * v).sum() / (u - u.mean()).square().sum();
}

// Errors of averages fall as D^−½.
TEST(AttentionErrors, OutputErrorFallsAsTheRootOfTheDraws) {
    ThreadPool pool(2);
    const ErrorStudyOptions options{.series = {trigonometric, trigonometric_orthogonal},
                                    .counts = {64, 256, 1024, 4096, 16384},
                                    .first_seed = 1,
                                    .seeds = 16};
    const ErrorStudy study = study_attention_errors(
        options, [](std::uint64_t seed) { return sphere_inputs<float>({256, 64, 32}, 1.0, seed); }, pool);
    for (std::size_t s = 0; s < options.series.size(); ++s) {
        std::vector<double> outputs;
        for (std::size_t c = 0; c < options.counts.size(); ++c)
            outputs.push_back(confidence_band(collect(study.at(s, c), &AttentionErrors::output)).mean);
        EXPECT_TRUE(test::near(log_slope(options.counts, outputs), -0.5, 0.03));
    }
}

// ‖q‖² = ‖k‖² = 8: the trigonometric normaliser crosses 0 at few frequencies, and those rows are counted; the positive
// one cannot be negative.
TEST(AttentionErrors, UnreliableNormalisersAreCounted) {
    ThreadPool pool(2);
    const ErrorStudyOptions options{.series = {trigonometric, positive}, .counts = {64}, .first_seed = 1};
    const ErrorStudy study = study_attention_errors(
        options, [](std::uint64_t seed) { return sphere_inputs<float>({512, 64, 16}, std::sqrt(8.0), seed); }, pool);
    EXPECT_GT(study.at(0, 0).front().unreliable_rows, 50);
    EXPECT_GT(study.at(0, 0).front().output, 2.0);
}

TEST(AttentionErrors, NestedCountsAndThreadsDoNotMatter) {
    ThreadPool one(1);
    ThreadPool three(3);
    const auto inputs = [](std::uint64_t seed) { return sphere_inputs<float>({600, 16, 8}, 1.0, seed); };
    ErrorStudyOptions options{.series = {trigonometric, positive_orthogonal}, .counts = {30, 300, 700}, .seeds = 2};
    const ErrorStudy study = study_attention_errors(options, inputs, one);
    const ErrorStudy parallel = study_attention_errors(options, inputs, three);
    options.counts = {300};
    const ErrorStudy alone = study_attention_errors(options, inputs, three);
    for (std::size_t s = 0; s < 2; ++s) {
        for (std::size_t seed = 0; seed < 2; ++seed) {
            for (std::size_t c = 0; c < 3; ++c) {
                EXPECT_EQ(study.at(s, c)[seed].output, parallel.at(s, c)[seed].output);
                EXPECT_EQ(study.at(s, c)[seed].weights_largest, parallel.at(s, c)[seed].weights_largest);
            }
            // The same draws, summed in other tiles: single precision.
            EXPECT_TRUE(test::near(alone.at(s, 0)[seed].output, study.at(s, 1)[seed].output, 1e-5));
        }
    }
}

TEST(ConfidenceBand, StudentsInterval) {
    const double values[] = {1.0, 2.0, 3.0, 4.0};
    // t₃ at 97.5 %: 3.182446305; s/√4 = √(5/3)/2.
    const ConfidenceBand band = confidence_band(values);
    EXPECT_EQ(band.mean, 2.5);
    EXPECT_TRUE(test::near(band.high - 2.5, 3.182446305 * std::sqrt(5.0 / 3.0) / 2.0, 1e-9));
    EXPECT_TRUE(test::near(2.5 - band.low, band.high - 2.5, 1e-15));
    const double one[] = {1.0};
    EXPECT_TRUE(std::isinf(confidence_band(one).high));
    EXPECT_THROW((void)confidence_band({}), Error);
    EXPECT_THROW((void)confidence_band(values, 1.0), Error);
}

// Wherever the values lie in memory: vectorised sums would depend on it.
TEST(ConfidenceBand, DoesNotDependOnTheAddress) {
    alignas(64) double buffer[24];
    const auto band_at = [&](std::size_t offset) {
        for (std::size_t i = 0; i < 16; ++i) buffer[offset + i] = 1.0 / (3.0 + static_cast<double>(i));
        return confidence_band(std::span(buffer + offset, 16));
    };
    const ConfidenceBand first = band_at(0);
    for (std::size_t offset = 1; offset < 8; ++offset) {
        EXPECT_EQ(band_at(offset).mean, first.mean) << offset;
        EXPECT_EQ(band_at(offset).high, first.high) << offset;
    }
}

TEST(AttentionErrors, RefusesImpossibleStudies) {
    ThreadPool pool(1);
    const auto inputs = [](std::uint64_t seed) { return sphere_inputs<float>({8, 4, 2}, 1.0, seed); };
    const auto refused = [&](const ErrorStudyOptions& options) {
        EXPECT_THROW((void)study_attention_errors(options, inputs, pool), Error);
    };
    refused({.series = {}, .counts = {4}});
    refused({.series = {positive}, .counts = {}});
    refused({.series = {positive}, .counts = {0}});
    refused({.series = {positive}, .counts = {8, 8}});
    refused({.series = {positive}, .counts = {8, 4}});
    refused({.series = {positive}, .counts = {4}, .seeds = 0});
    refused({.series = {positive}, .counts = {4}, .temperature = {1.0, 1.0}});
}

}  // namespace
}  // namespace rotoscope
