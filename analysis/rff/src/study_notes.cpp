#include "study_notes.hpp"

#include "matrix_study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

// ‖x‖²/2 below this is known to 2^-10 in single precision, and so is every weight, relative.
constexpr double most_exponent = 16384.0;
// e^{(‖q‖² + ‖k‖²)/2} overflows double beyond ‖x‖² of this.
constexpr double most_square = 709.0;

std::string rows_phrase(Index unreliable, Index rows) {
    return fmt::format("{} of {}", format_count(static_cast<std::uint64_t>(unreliable)),
                       format_count(static_cast<std::uint64_t>(rows)));
}

}  // namespace

void note_inputs(const RffOptions& options, const StudyInputs& inputs, std::vector<std::string>& notes) {
    const Index padded = padded_dimension(DrawKind::structured_orthogonal, inputs.dimension());
    const bool hadamard = std::ranges::any_of(
        options.features, [](const FeatureSeries& series) { return series.draws == DrawKind::structured_orthogonal; });
    if (hadamard && padded != inputs.dimension())
        notes.push_back(fmt::format(
            "hadamard: {} components are no power of two; draws are made with {} and cut, and so not quite orthogonal",
            inputs.dimension(), padded));
    const double exponent = 0.5 * inputs.largest_norm() * inputs.largest_norm();
    if (!(exponent <= most_exponent)) {
        const double factor = std::sqrt(2.0 * most_exponent) / inputs.largest_norm();
        notes.push_back(fmt::format(
            "norms reach {}: the exponents ‖x‖²/2 = {} are too large for single precision to tell weights apart; {} "
            "would bring them to {}",
            format_significant(inputs.largest_norm(), 3), format_significant(exponent, 3), inputs.scale_option(factor),
            most_exponent));
    }
    if (inputs.length() > most_matrix_tokens)
        notes.push_back(fmt::format("matrices show the first {} tokens; errors have no closed form beyond {}",
                                    format_count(most_matrix_tokens), format_count(most_predicted_tokens)));
    if (options.features.size() > 7) notes.emplace_back("figures draw the first 7 kinds of features; tables have all");
}

void note_errors(const RffOptions& options, const StudyInputs& inputs, const ErrorResults& results,
                 std::vector<std::string>& notes) {
    for (std::size_t series = 0; series < options.features.size(); ++series) {
        std::string counts;
        bool finite = true;
        for (std::size_t c = 0; c < results.counts.size(); ++c) {
            const SeedErrors errors = results.study.at(series, c);
            finite = finite && std::isfinite(band_of(errors, &AttentionErrors::output).mean) &&
                     std::isfinite(band_of(errors, &AttentionErrors::normaliser).mean);
            const Index rows = unreliable_rows(errors);
            if (rows == 0) continue;
            counts += fmt::format("{}{} at D = {}", counts.empty() ? "" : ", ",
                                  rows_phrase(rows, results.tokens * results.seeds), results.counts[c]);
        }
        const std::string name = feature_name(options.features[series]);
        if (!counts.empty())
            notes.push_back(
                fmt::format("{}: rows with an unreliable normaliser, which dominate its errors: {}", name, counts));
        if (!finite) {
            // At ‖x‖² = 1 every kind is known to work.
            const double factor = 1.0 / inputs.root_mean_square_norm();
            notes.push_back(fmt::format("{}: estimates overflow or vanish at these norms; {} has none of that", name,
                                        inputs.scale_option(factor)));
        }
    }
}

void note_norms(const RffOptions& options, const std::vector<ErrorResults>& results, std::vector<std::string>& notes) {
    std::string reach;
    std::string lost;
    for (std::size_t series = 0; series < options.features.size(); ++series) {
        const auto is_lost = [&](const ErrorResults& at_norm) {
            return !std::isfinite(band_of(at_norm.study.at(series, 0), &AttentionErrors::output).mean);
        };
        if (const auto first = std::ranges::find_if(results, is_lost); first != results.end())
            lost += fmt::format("{}{} at {}", lost.empty() ? "" : ", ", feature_name(options.features[series]),
                                format_significant(first->squared_norm, 3));
        double largest = 0.0;
        for (const ErrorResults& at_norm : results) {
            if (unreliable_rows(at_norm.study.at(series, 0)) > 0 ||
                !(band_of(at_norm.study.at(series, 0), &AttentionErrors::output).mean < 1.0))
                break;
            largest = at_norm.squared_norm;
        }
        reach += fmt::format("{}{} {}", reach.empty() ? "" : ", ", feature_name(options.features[series]),
                             largest > 0.0 ? "up to " + format_significant(largest, 3) : "nowhere");
    }
    notes.push_back(
        fmt::format("norms: no unreliable row and an output error below 1 at D = {}, by ‖q‖², ‖k‖² tried: {}",
                    format_count(static_cast<std::uint64_t>(results.front().counts.front())), reach));
    if (!lost.empty())
        notes.push_back(
            fmt::format("norms: nan where every estimate overflows or vanishes, first by ‖q‖², ‖k‖² tried: {}", lost));
}

void note_kernel(const RffOptions& options, const KernelResults& results, std::vector<std::string>& notes) {
    if (std::ranges::any_of(options.features, [](const FeatureSeries& series) { return heavy_tailed(series.kind); }))
        notes.emplace_back(
            "kernel: positive and hyperbolic estimates are heavy-tailed; where simulation and closed form differ, the "
            "closed form is right");
    const bool finite = std::ranges::all_of(results.points, [](const std::vector<KernelPoint>& points) {
        return std::ranges::all_of(points, [](const KernelPoint& point) {
            return std::isfinite(point.kernel) && std::isfinite(point.simulated.variance.value) &&
                   (!point.expected || std::isfinite(point.expected->variance));
        });
    });
    // The variance holds the square of e^{‖x‖²}, or of e^{2‖x‖²} at small angles.
    if (!finite)
        notes.push_back(fmt::format("kernel: moments overflow at ‖x‖ = {}; --norm {} has none of that",
                                    format_significant(results.norm, 3),
                                    format_significant(std::floor(std::sqrt(most_square / 5.0)), 3)));
}

void note_rotations(const StudyInputs& inputs, const RotationResults& results, Result& result) {
    result.summary.emplace_back("recurrence",
                                fmt::format("differs from the direct sum by {} with the real factor, {} without",
                                            format_significant(results.recurrence[0].difference, 2),
                                            format_significant(results.recurrence[1].difference, 2)));
    if (results.matching_temperature)
        result.summary.emplace_back("rotations",
                                    fmt::format("{} times the temperature would make the implicit increments as large "
                                                "as the learned ones (root mean square)",
                                                format_significant(*results.matching_temperature, 3)));
    const auto finite = [](const RecurrenceCheck& check) { return std::isfinite(check.difference); };
    if (!std::ranges::all_of(results.recurrence, finite)) {
        const double factor = std::sqrt(most_square) / inputs.largest_norm();
        result.notes.push_back(
            fmt::format("recurrence: e^(‖q‖²/2 + ‖k‖²/2) overflows at norms up to {}; {} has none of that",
                        format_significant(inputs.largest_norm(), 3), inputs.scale_option(0.9 * factor)));
    }
    if (inputs.from_file() && !results.learned)
        result.notes.emplace_back("rotations: the file has no learned angles beside these queries");
}

}  // namespace rotoscope
