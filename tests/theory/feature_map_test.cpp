#include "rotoscope/theory/feature_map.hpp"

#include "support/compare.hpp"
#include "theory/direct_attention.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/attention_inputs.hpp"

namespace rotoscope {
namespace {

constexpr double epsilon = 0x1p-52;
constexpr FeatureKind all_kinds[] = {FeatureKind::trigonometric, FeatureKind::random_offset, FeatureKind::positive,
                                     FeatureKind::hyperbolic, FeatureKind::optimal_positive};

FeatureOptions options_of(FeatureKind kind) {
    return {.kind = kind, .count = 24, .seed = 8, .temperature = {1.0}, .squared_sum = 5.0};
}

// The features' products against the formulas of each kind, term by term.
TEST(FeatureMap, ProductsAreTheStatedEstimates) {
    const auto inputs = gaussian_inputs<double>({6, 5, 1}, 1.0, 1);
    const RowMatrix<double> frequencies = draw_frequencies(DrawKind::independent, 8, 5, 0, 24);
    for (const FeatureKind kind : all_kinds) {
        const FeatureMap<double> map(options_of(kind), 5);
        const RowMatrix<double> expected =
            test::direct_kernel_estimate(options_of(kind), frequencies, inputs, Mask::full);
        for (Index t = 0; t < 6; ++t) {
            for (Index key = 0; key < 6; ++key) {
                const double estimate = estimate_kernel(map, inputs.queries.row(t), inputs.keys.row(key));
                // Trigonometric terms cancel: the tolerance is relative to e^{(‖q‖²+‖k‖²)/2}, which bounds them.
                const double half = 0.5 * (inputs.queries.row(t).squaredNorm() + inputs.keys.row(key).squaredNorm());
                const double largest = map.features_per_draw() == 2 || kind == FeatureKind::random_offset
                                           ? std::max(std::exp(half), expected(t, key))
                                           : expected(t, key);
                EXPECT_TRUE(test::near(estimate, expected(t, key), 100 * epsilon * largest));
            }
        }
    }
}

TEST(FeatureMap, TilesArePartsOfTheWhole) {
    const auto inputs = gaussian_inputs<float>({9, 5, 1}, 1.0, 2);
    for (const FeatureKind kind : all_kinds) {
        const FeatureMap<float> map(options_of(kind), 5);
        const Index pairs = map.features_per_draw();
        RowMatrix<float> whole(9, 24 * pairs);
        RowMatrix<float> tile(9, 8 * pairs);
        const Vector<float> scales = map.log_scales(inputs.queries);
        map.apply(inputs.queries, scales, 0, 24, whole);
        map.apply(inputs.queries, scales, 8, 16, tile);
        // The products of another block shape may round differently, by a few ε of |w·x| < 20.
        EXPECT_TRUE(tile.leftCols(8).isApprox(whole.middleCols(8, 8), 1e-5F));
        EXPECT_TRUE(tile.rightCols(8).isApprox(whole.middleCols(24 * (pairs - 1) + 8, 8), 1e-5F));
    }
}

TEST(FeatureMap, TemperaturesMultiplyFrequencies) {
    FeatureOptions options = options_of(FeatureKind::trigonometric);
    options.temperature.resize(24);
    for (std::size_t j = 0; j < 24; ++j) options.temperature[j] = 0.1 * static_cast<double>(j);
    const RowMatrix<double> plain = draw_frequencies(DrawKind::independent, 8, 5, 0, 24);
    const FeatureMap<double> map(options, 5);
    for (Index j = 0; j < 24; ++j)
        EXPECT_TRUE((map.frequencies().row(j) - 0.1 * static_cast<double>(j) * plain.row(j)).isZero(16 * epsilon));
}

// Norms at which e^{‖x‖²/2} overflows float by far: the features stay finite, and so do the scales. The spread of
// optimal positive features' exponents grows faster than the others', with A‖w‖².
TEST(FeatureMap, LargeNormsStayFinite) {
    for (const FeatureKind kind : all_kinds) {
        const double radius = kind == FeatureKind::optimal_positive ? 16.0 : 40.0;
        const auto inputs = sphere_inputs<float>({32, 16, 1}, radius, 3);
        FeatureOptions options = options_of(kind);
        options.count = 4096;
        options.squared_sum = mean_squared_sum(inputs);
        const FeatureMap<float> map(options, 16);
        RowMatrix<float> features(32, 4096 * map.features_per_draw());
        const Vector<float> scales = map.log_scales(inputs.queries);
        map.apply(inputs.queries, scales, 0, 4096, features);
        EXPECT_TRUE(features.allFinite());
        EXPECT_TRUE(scales.allFinite());
        EXPECT_GT(features.rowwise().lpNorm<Eigen::Infinity>().minCoeff(), 1e-30F);
    }
}

TEST(FeatureMap, OptimalPositiveRatioMinimisesTheVariance) {
    EXPECT_EQ(optimal_positive_ratio(16, 0.0), 1.0);
    // The cancelling form of the same root, where it does not cancel: (√((2s+d)²+8ds) − 2s − d)/(4s).
    for (const double s : {1.0, 3.0, 40.0}) {
        const double sum = 2.0 * s + 16.0;
        const double expected = (std::sqrt(sum * sum + 8.0 * 16.0 * s) - sum) / (4.0 * s);
        EXPECT_TRUE(test::near(optimal_positive_ratio(16, s), expected, 100 * epsilon));
    }
}

TEST(FeatureMap, CountsOfFeatures) {
    EXPECT_EQ(draws_for_features(FeatureKind::trigonometric, 64), 32);
    EXPECT_EQ(draws_for_features(FeatureKind::positive, 63), 63);
    EXPECT_THROW((void)draws_for_features(FeatureKind::trigonometric, 63), Error);
    EXPECT_THROW((void)draws_for_features(FeatureKind::hyperbolic, 1), Error);
    EXPECT_THROW((void)draws_for_features(FeatureKind::positive, 0), Error);
}

TEST(FeatureMap, RefusesImpossibleOptions) {
    const auto refused = [](const auto& change) {
        FeatureOptions options = options_of(FeatureKind::positive);
        change(options);
        EXPECT_THROW((FeatureMap<double>(options, 5)), Error);
    };
    refused([](FeatureOptions& o) { o.count = 0; });
    refused([](FeatureOptions& o) { o.count = -3; });
    refused([](FeatureOptions& o) { o.temperature = {}; });
    refused([](FeatureOptions& o) { o.temperature = {1.0, 2.0}; });
    refused([](FeatureOptions& o) { o.temperature = {-1.0}; });
    refused([](FeatureOptions& o) { o.temperature = {std::numeric_limits<double>::quiet_NaN()}; });
    refused([](FeatureOptions& o) { o.squared_sum = -1.0; });
    EXPECT_THROW((FeatureMap<double>(options_of(FeatureKind::positive), 0)), Error);
}

}  // namespace
}  // namespace rotoscope
