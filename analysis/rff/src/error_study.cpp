#include "error_study.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "rotoscope/numerics/regression.hpp"
#include "rotoscope/theory/attention_inputs.hpp"

namespace rotoscope {
namespace {

// Rows that the closed form is computed from: half of them the first tokens, whose weights are largest.
constexpr Index predicted_rows = 96;
constexpr double norm_factors[] = {0.5, std::numbers::sqrt2 / 2.0, 1.0, std::numbers::sqrt2,
                                   2.0, 2.0 * std::numbers::sqrt2, 4.0};
constexpr Index most_norm_tokens = 512;
constexpr std::uint64_t most_norm_seeds = 4;
constexpr Index most_norm_count = 1024;

/// One seed at a time, so that a person sees how far it is.
ErrorStudy run_seeds(ErrorStudyOptions study, const std::function<AttentionInputs<float>(std::uint64_t)>& draw,
                     Context& context) {
    const auto seeds = static_cast<std::size_t>(study.seeds);
    ErrorStudy all(study.series.size(), study.counts.size(), seeds);
    study.seeds = 1;
    for (std::size_t s = 0; s < seeds; ++s) {
        const ErrorStudy one = study_attention_errors(study, draw, context.pool);
        for (std::size_t series = 0; series < study.series.size(); ++series)
            for (std::size_t count = 0; count < study.counts.size(); ++count)
                all.at(series, count, s) = one.at(series, count).front();
        ++study.first_seed;
        context.progress.advance();
    }
    return all;
}

ErrorStudyOptions study_options(const RffOptions& options, const StudyInputs& inputs, std::vector<Index> counts) {
    ErrorStudyOptions study;
    study.series = options.features;
    study.temperature = options.temperature.repeated(static_cast<std::size_t>(inputs.dimension()),
                                                     static_cast<std::size_t>(counts.back()));
    study.counts = std::move(counts);
    study.first_seed = options.seed;
    study.seeds = static_cast<Index>(options.seeds);
    study.mask = options.mask;
    return study;
}

std::optional<FirstOrderErrors> predict(const FeatureSeries& series, const RffOptions& options,
                                        const AttentionInputs<double>& inputs, Context& context) {
    if (series.draws != DrawKind::independent || !options.temperature.standard() ||
        inputs.keys.rows() > most_predicted_tokens)
        return std::nullopt;
    const double ratio = optimal_positive_ratio(inputs.keys.cols(), mean_squared_sum(inputs));
    const FirstOrderErrors errors =
        first_order_errors(series.kind, inputs, options.mask, ratio, predicted_rows, context.pool);
    if (!std::isfinite(errors.output) || !std::isfinite(errors.weights_frobenius)) return std::nullopt;
    return errors;
}

}  // namespace

ConfidenceBand band_of(SeedErrors errors, double AttentionErrors::* member) {
    std::vector<double> values;
    for (const AttentionErrors& error : errors) values.push_back(error.*member);
    return confidence_band(values);
}

Index unreliable_rows(SeedErrors errors) {
    Index rows = 0;
    for (const AttentionErrors& error : errors) rows += error.unreliable_rows;
    return rows;
}

ErrorResults study_errors(const RffOptions& options, const StudyInputs& inputs, Context& context) {
    std::vector<Index> counts(options.counts.begin(), options.counts.end());
    context.progress.begin("errors, seeds", options.seeds);
    const auto draw = [&](std::uint64_t seed) { return inputs.draw<float>(seed); };
    const double norm = inputs.root_mean_square_norm();
    ErrorResults results{counts,
                         inputs.length(),
                         static_cast<Index>(options.seeds),
                         norm * norm,
                         run_seeds(study_options(options, inputs, counts), draw, context),
                         {}};
    const AttentionInputs<double> first = inputs.draw<double>(options.seed, 1.0, most_predicted_tokens + 1);
    for (const FeatureSeries& series : options.features)
        results.predicted.push_back(predict(series, options, first, context));
    return results;
}

std::vector<ErrorResults> study_norms(const RffOptions& options, const StudyInputs& inputs, Context& context) {
    Index count = static_cast<Index>(options.counts.front());
    for (const std::uint64_t larger : options.counts)
        if (static_cast<Index>(larger) <= most_norm_count) count = static_cast<Index>(larger);
    RffOptions fewer = options;
    fewer.seeds = std::min(options.seeds, most_norm_seeds);
    context.progress.begin("norms, seeds", fewer.seeds * std::size(norm_factors));
    std::vector<ErrorResults> all;
    for (const double factor : norm_factors) {
        const auto draw = [&](std::uint64_t seed) { return inputs.draw<float>(seed, factor, most_norm_tokens); };
        const double norm = factor * inputs.root_mean_square_norm();
        all.push_back({{count},
                       std::min(inputs.length(), most_norm_tokens),
                       static_cast<Index>(fewer.seeds),
                       norm * norm,
                       run_seeds(study_options(fewer, inputs, {count}), draw, context),
                       {}});
    }
    return all;
}

std::optional<ConfidenceBand> fit_slope(const ErrorResults& results, std::size_t series,
                                        double AttentionErrors::* member) {
    if (results.counts.size() < 2) return std::nullopt;
    std::vector<double> slopes;
    for (Index seed = 0; seed < results.seeds; ++seed) {
        std::vector<double> x;
        std::vector<double> y;
        for (std::size_t c = 0; c < results.counts.size(); ++c) {
            x.push_back(std::log(static_cast<double>(results.counts[c])));
            y.push_back(std::log(results.study.at(series, c)[static_cast<std::size_t>(seed)].*member));
        }
        slopes.push_back(fit_line(x, y).slope);
    }
    const ConfidenceBand band = confidence_band(slopes);
    return std::isfinite(band.mean) ? std::optional(band) : std::nullopt;
}

}  // namespace rotoscope
