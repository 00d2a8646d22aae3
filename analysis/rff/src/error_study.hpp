// Attention errors over features, numbers of frequencies and seeds.
#pragma once

#include "study_inputs.hpp"

#include <optional>
#include <vector>

#include "rotoscope/rff/rff.hpp"
#include "rotoscope/theory/attention_errors.hpp"
#include "rotoscope/theory/first_order_errors.hpp"

namespace rotoscope {

/// Errors of one series and count: those of each seed.
using SeedErrors = std::span<const AttentionErrors>;

/// A member of AttentionErrors over the seeds: mean and 95 % confidence interval of the mean.
[[nodiscard]] ConfidenceBand band_of(SeedErrors errors, double AttentionErrors::* member);

/// Rows with an unreliable normaliser, in all seeds together.
[[nodiscard]] Index unreliable_rows(SeedErrors errors);

struct ErrorResults {
    std::vector<Index> counts;
    Index tokens = 0;
    Index seeds = 0;
    double squared_norm = 0.0;  ///< mean of ‖q‖² and ‖k‖²
    ErrorStudy study;
    /// Of each series, for one frequency; where there is a closed form: independent draws at σ = 1, up to
    /// most_predicted_tokens, finite.
    std::vector<std::optional<FirstOrderErrors>> predicted;
};

/// Beyond them the closed form's L² matrices would be most of the memory.
inline constexpr Index most_predicted_tokens = 4096;

/// What --study errors computes.
[[nodiscard]] ErrorResults study_errors(const RffOptions& options, const StudyInputs& inputs, Context& context);

/// What --study norms computes: the errors of the same inputs made longer or shorter, for each factor, at one number of
/// frequencies: the largest count up to 1,024, or else the smallest; at most 512 tokens and 4 seeds.
[[nodiscard]] std::vector<ErrorResults> study_norms(const RffOptions& options, const StudyInputs& inputs,
                                                    Context& context);

/// Slope of log error against log D: fitted for each seed; mean and 95 % interval over the seeds. Nothing for fewer
/// than two counts, or errors that are 0 or not finite.
[[nodiscard]] std::optional<ConfidenceBand> fit_slope(const ErrorResults& results, std::size_t series,
                                                      double AttentionErrors::* member);

}  // namespace rotoscope
