// How far random-feature attention is from exact softmax attention, over numbers of frequencies, kinds and seeds.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/theory/feature_map.hpp"
#include "rotoscope/theory/softmax_attention.hpp"

namespace rotoscope {

/// Of one estimate with weights Ŵ, normalisers Ẑ_t and outputs Ô against the exact W, Z_t, O. Nothing is left out: a
/// row whose normaliser nears 0 dominates every error, and is counted.
struct AttentionErrors {
    double weights_frobenius = 0.0;  ///< ‖Ŵ − W‖_F/‖W‖_F
    double weights_largest = 0.0;    ///< max |Ŵ − W|
    double total_variation = 0.0;    ///< mean over rows of ½ Σ_τ |Ŵ_tτ − W_tτ|
    double normaliser = 0.0;         ///< root mean square over rows of Ẑ_t/Z_t − 1
    double output = 0.0;             ///< ‖Ô − O‖_F/‖O‖_F
    Index unreliable_rows = 0;       ///< rows with Ẑ_t/Z_t below the threshold, negative or not finite
};

/// A kind of features with a kind of draws.
struct FeatureSeries {
    FeatureKind kind = FeatureKind::trigonometric;
    DrawKind draws = DrawKind::independent;
};

struct ErrorStudyOptions {
    std::vector<FeatureSeries> series;
    std::vector<Index> counts;  ///< numbers of frequencies, ascending
    std::uint64_t first_seed = 0;
    Index seeds = 1;
    Mask mask = Mask::causal;
    /// One, or one for each of the largest count.
    std::vector<double> temperature = {1.0};
    double unreliable_below = 0.1;  ///< threshold of Ẑ_t/Z_t
};

class ErrorStudy {
public:
    ErrorStudy(std::size_t series, std::size_t counts, std::size_t seeds)
        : counts_(counts), seeds_(seeds), errors_(series * counts * seeds) {}

    /// Of each seed, by the indices of series and count.
    [[nodiscard]] std::span<const AttentionErrors> at(std::size_t series, std::size_t count) const {
        return std::span(errors_).subspan((series * counts_ + count) * seeds_, seeds_);
    }
    [[nodiscard]] AttentionErrors& at(std::size_t series, std::size_t count, std::size_t seed) {
        return errors_[(series * counts_ + count) * seeds_ + seed];
    }

private:
    std::size_t counts_;
    std::size_t seeds_;
    std::vector<AttentionErrors> errors_;
};

/// The most scores that a thread of study_attention_errors holds at once, three times: those of two blocks of rows,
/// which under the causal mask see no more keys together than the last block and the first.
[[nodiscard]] double error_study_scores(double length, Mask mask);

/// The inputs of each seed against every series and count with the frequencies of that seed. Counts are nested: a
/// larger one adds frequencies to the sums of the smaller. Optimal positive features use the mean ‖q + k‖² of the
/// inputs. Single precision, double sums. Memory: the inputs and frequencies of one seed, and for each thread
/// error_study_scores three times and 4 MiB. Throws usage_error for no series, counts or seeds, or counts that do not
/// ascend from 1.
[[nodiscard]] ErrorStudy study_attention_errors(const ErrorStudyOptions& options,
                                                const std::function<AttentionInputs<float>(std::uint64_t seed)>& inputs,
                                                ThreadPool& pool);

/// Mean of independent values with the two-sided confidence interval of Student's t.
struct ConfidenceBand {
    double mean = 0.0;
    double low = 0.0;
    double high = 0.0;
};

/// mean ± t_{n−1}((1 + level)/2) s/√n. An infinite interval for one value. Throws usage_error for none, or a level
/// outside (0, 1).
[[nodiscard]] ConfidenceBand confidence_band(std::span<const double> values, double level = 0.95);

}  // namespace rotoscope
