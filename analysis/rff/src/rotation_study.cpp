#include "rotation_study.hpp"

#include <algorithm>
#include <cmath>

#include "rotoscope/numerics/uniformity.hpp"
#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/feature_attention.hpp"
#include "rotoscope/theory/rotation_recurrence.hpp"

namespace rotoscope {
namespace {

constexpr Index most_recurrence_tokens = 1024;
constexpr Index most_rotation_tokens = 1 << 16;
constexpr Index thinning = 4;  // as `phases` does: neighbours share tokens

RotationAngles describe(std::string name, RowMatrix<double> increments, RowMatrix<double> accumulated) {
    RotationAngles angles{std::move(name), std::move(increments), std::move(accumulated), {}, {}, {}, {}, {}};
    CircularMoments pooled;
    for (Index c = 0; c < angles.increments.cols(); ++c) {
        CircularMoments channel;
        CircularMoments thinned;
        std::vector<double> kept;
        for (Index t = 0; t < angles.increments.rows(); ++t) {
            const double angle = angles.increments(t, c);
            channel.add(angle);
            pooled.add(angle);
            if (t % thinning != 0 || !std::isfinite(angle)) continue;
            thinned.add(angle);
            kept.push_back(angle);
        }
        angles.channels.push_back(channel.summary());
        const CircularSummary sample = thinned.summary();
        angles.rayleigh_p.push_back(rayleigh_test(sample.resultant_length, sample.count).p);
        angles.kuiper_p.push_back(kuiper_test(kept).p);
        angles.watson_p.push_back(watson_test(kept).p);
    }
    angles.pooled = pooled.summary();
    return angles;
}

/// Ω of the seed with its temperatures: [channels, d].
RowMatrix<double> draw_rotations(const RffOptions& options, Index dimension, Index channels) {
    RowMatrix<double> frequencies =
        draw_frequencies(options.features.front().draws, options.seed, dimension, 0, channels);
    const std::vector<double> temperature =
        options.temperature.repeated(static_cast<std::size_t>(dimension), static_cast<std::size_t>(channels));
    for (Index j = 0; j < channels; ++j)
        frequencies.row(j) *= temperature[temperature.size() == 1 ? 0 : static_cast<std::size_t>(j)];
    return frequencies;
}

double root_mean_square(const RowMatrix<double>& values) {
    return std::sqrt(values.squaredNorm() / static_cast<double>(values.size()));
}

std::vector<RecurrenceCheck> check_recurrence(const RowMatrix<double>& frequencies, const RffOptions& options,
                                              const AttentionInputs<double>& inputs, Context& context) {
    FeatureOptions features{.kind = FeatureKind::trigonometric,
                            .draws = options.features.front().draws,
                            .count = frequencies.rows(),
                            .seed = options.seed,
                            .temperature = options.temperature.repeated(static_cast<std::size_t>(frequencies.cols()),
                                                                        static_cast<std::size_t>(frequencies.rows()))};
    const FeatureMap<double> map(features, frequencies.cols());
    const FeatureAttention<double> direct = quadratic_attention(map, inputs, Mask::causal, context.pool);
    const RowMatrix<double> expected = direct.numerator.array().colwise() * direct.log_scale.array().exp();
    std::vector<RecurrenceCheck> checks;
    for (const RealFactor factor : {RealFactor::included, RealFactor::omitted}) {
        const RowMatrix<double> computed = rotation_recurrence(frequencies, inputs, factor);
        checks.push_back({factor == RealFactor::included,
                          (computed - expected).cwiseAbs().maxCoeff() / expected.cwiseAbs().maxCoeff()});
    }
    return checks;
}

}  // namespace

RotationResults study_rotations(const RffOptions& options, const StudyInputs& inputs, Context& context) {
    RotationResults results;
    const AttentionInputs<double> drawn = inputs.draw<double>(options.seed, 1.0, most_rotation_tokens);
    results.tokens = drawn.queries.rows();
    const Index channels =
        inputs.learned() ? inputs.learned()->increments.cols() : std::max<Index>(1, inputs.dimension() / 2);
    const RowMatrix<double> frequencies = draw_rotations(options, inputs.dimension(), channels);
    const RowMatrix<double> angles = selective_rotation_angles(frequencies, drawn.queries);
    results.implicit =
        describe("implicit", angles.bottomRows(angles.rows() - 1), drawn.queries * frequencies.transpose());
    if (inputs.learned()) {
        results.learned = describe("learned", inputs.learned()->increments, inputs.learned()->accumulated);
        results.matching_temperature =
            root_mean_square(results.learned->increments) / root_mean_square(results.implicit.increments);
    }
    const AttentionInputs<double> fewer = inputs.draw<double>(options.seed, 1.0, most_recurrence_tokens);
    results.recurrence_tokens = fewer.queries.rows();
    results.recurrence_count = channels;
    results.recurrence = check_recurrence(frequencies, options, fewer, context);
    return results;
}

}  // namespace rotoscope
