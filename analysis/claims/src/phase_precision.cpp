#include "claim_figures.hpp"
#include "claim_rows.hpp"
#include "draws.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "rotoscope/claims/phase_sums.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"log2_T", "the longest sequence has 2^log2_T tokens", ClaimInput::Kind::whole, 20, 20, 6, 22},
    {"angle", "mean increment, radians per token", ClaimInput::Kind::real, 0.1, 0.1, 1e-3, 0.5},
    {"spread", "increments are uniform within this share of the mean", ClaimInput::Kind::real, 0.5, 0.5, 0, 0.7},
};
constexpr std::array formats{bfloat16_format, float16_format, float32_format};
constexpr std::array sums{PhaseSum::sequential, PhaseSum::pairwise, PhaseSum::compensated, PhaseSum::modulo};
constexpr int first_log2 = 4;
constexpr double trusted = 0.1;  // radians: cos is then right to half a percent

struct Series {
    const NumberFormat* format;
    PhaseSum sum;
    std::vector<double> length;
    std::vector<PhaseError> errors;

    /// The largest error/predicted where the format does not overflow.
    [[nodiscard]] double worst() const {
        double largest = 0.0;
        for (const PhaseError& each : errors)
            if (std::isfinite(each.error)) largest = std::max(largest, each.error / each.predicted);
        return largest;
    }
};

std::vector<double> draw_angles(const ClaimRun& run) {
    Draws draws(run.seed);
    const double mean = run.inputs.real("angle");
    const double spread = run.inputs.real("spread");
    std::vector<double> angles(std::size_t{1} << run.inputs.whole("log2_T"));
    for (double& angle : angles) angle = mean * (1.0 + draws.uniform(-spread, spread));
    return angles;
}

std::vector<Series> measure(const ClaimRun& run, const std::vector<double>& drawn) {
    std::vector<Series> all;
    for (const NumberFormat& format : formats)
        for (const PhaseSum sum : sums) {
            Series series{&format, sum, {}, {}};
            for (int log2 = first_log2; log2 <= static_cast<int>(run.inputs.whole("log2_T")); ++log2)
                series.length.push_back(std::exp2(log2));
            series.errors.resize(series.length.size());
            all.push_back(series);
        }
    run.pool.for_chunks(all.size(), 1, [&](std::size_t i, std::size_t) {
        std::vector<double> angles = drawn;
        for (double& angle : angles) angle = all[i].format->round(angle);
        for (std::size_t j = 0; j < all[i].length.size(); ++j)
            all[i].errors[j] = measure_phase_error(*all[i].format, all[i].sum,
                                                   std::span(angles).first(static_cast<std::size_t>(all[i].length[j])));
    });
    return all;
}

const Series& find(const std::vector<Series>& all, std::string_view format, PhaseSum sum) {
    return *std::ranges::find_if(all, [&](const Series& s) { return s.format->name == format && s.sum == sum; });
}

Table make_table(const std::vector<Series>& all) {
    Table table("phase_precision", "Error of an accumulated angle",
                {{"format", "", "Number format of the sum"},
                 {"sum", "", "How it is summed"},
                 {"T", "tokens", "Length of the sequence"},
                 {"error", "rad", "Measured error; infinite where the format overflows"},
                 {"predicted", "rad", "First-order bound"}});
    for (const Series& series : all)
        for (std::size_t j = 0; j < series.length.size(); ++j)
            table.add_row({std::string(series.format->name), std::string(phase_sum_name(series.sum)),
                           integer_cell(static_cast<std::int64_t>(series.length[j])), series.errors[j].error,
                           series.errors[j].predicted});
    return table;
}

Figure draw(const ClaimRun& run, const std::vector<Series>& all) {
    Figure figure;
    figure.name = "phase_precision";
    figure.caption = fmt::format(
        "Error of the angle accumulated over T tokens, increments of {} rad ± {:.0f} %: measured (marks) and predicted "
        "(lines). A sequential sum in 16 bits stops growing; float16 overflows at 65504. Dotted: 0.1 rad.",
        run.inputs.real("angle"), 100.0 * run.inputs.real("spread"));
    figure.columns = 3;
    figure.height = 0.46;
    constexpr std::array<Color, 4> colors{6, 5, 3, 0};
    constexpr std::array markers{Marker::circle, Marker::square, Marker::triangle, Marker::diamond};
    constexpr std::array dashes{Dash::solid, Dash::dashed, Dash::dotted, Dash::dash_dot};
    for (std::size_t f = 0; f < formats.size(); ++f) {
        Panel panel;
        panel.title = formats[f].name;
        panel.x = logarithmic_axis("T (tokens)");
        panel.y = logarithmic_axis(f == 0 ? "error (rad)" : "");
        panel.y.minimum = 1e-7;
        panel.y.maximum = 1e9;
        panel.legend = f == 2 ? Legend::top_left : Legend::none;
        for (std::size_t s = 0; s < sums.size(); ++s) {
            const Series& series = all[f * sums.size() + s];
            std::vector<double> measured, predicted;
            for (const PhaseError& each : series.errors) {
                measured.push_back(std::isfinite(each.error) && each.error > 0.0 ? each.error : std::nan(""));
                predicted.push_back(each.predicted);
            }
            panel.marks.emplace_back(make_curve("", series.length, predicted, colors[s], dashes[s]));
            panel.marks.emplace_back(make_points(f == 2 ? std::string(phase_sum_name(sums[s])) : "", series.length,
                                                 measured, colors[s], markers[s]));
        }
        panel.marks.emplace_back(Rule{Rule::Direction::horizontal, trusted, 0, Dash::dotted, ""});
        figure.panels.push_back(panel);
    }
    return figure;
}

/// The first length at which the float16 tree overflows; 0 where it never does.
double first_overflow(const Series& series) {
    for (std::size_t j = 0; j < series.length.size(); ++j)
        if (!std::isfinite(series.errors[j].error)) return series.length[j];
    return 0.0;
}

/// Lengths at which the predicted error stays below 0.1 rad.
std::string trusted_lengths(const std::vector<Series>& all) {
    std::string text;
    for (const Series& series : all) {
        double longest = 0.0;
        for (std::size_t j = 0; j < series.length.size(); ++j)
            if (series.errors[j].error <= trusted) longest = std::max(longest, series.length[j]);
            else break;
        text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", series.format->name, phase_sum_name(series.sum),
                            longest);
    }
    return text;
}

ClaimOutcome run(const ClaimRun& run) {
    const std::vector<double> angles = draw_angles(run);
    const std::vector<Series> all = measure(run, angles);
    ClaimOutcome outcome;
    for (const PhaseSum sum : sums) {
        double worst = 0.0;
        for (const Series& series : all)
            if (series.sum == sum) worst = std::max(worst, series.worst());
        constexpr std::array bounds{"u Σ|Φ_t|", "u log2(T) Σ|φ|", "(2u + Tu²) Σ|φ|", "T(πu + error of 2π)"};
        outcome.checks.push_back({Role::statement, fmt::format("{} sum: error over its bound", phase_sum_name(sum)),
                                  Relation::at_most, worst, 1.0, 0.0,
                                  fmt::format("largest over T and three formats; bound {}, u the unit roundoff",
                                              bounds[static_cast<std::size_t>(sum)])});
    }
    const double angle = run.inputs.real("angle");
    double stall = 0.0;
    for (const NumberFormat& format : formats)
        stall = std::max(
            stall, std::abs(measure_stall(format, angle, std::size_t{1} << 27) / predicted_stall(format, angle) - 1.0));
    outcome.checks.push_back({Role::statement, "a sequential sum stalls at the first power of two ≥ φ 2^p",
                              Relation::equal, stall, 0.0, 0.0,
                              "exactly: φ is then at most half a unit in the last place"});
    double exact = 0.0;
    double overflow = 0.0;
    for (std::size_t t = 0; t < angles.size() && overflow == 0.0; ++t) {
        exact += float16_format.round(angles[t]);
        if (exact >= 65520.0) overflow = std::exp2(std::ceil(std::log2(static_cast<double>(t + 1))));
    }
    outcome.checks.push_back({Role::statement, "first power of two T at which a float16 tree overflows (0: none)",
                              Relation::equal, first_overflow(find(all, "float16", PhaseSum::pairwise)), overflow, 0.0,
                              "where Φ_T reaches 65520, which rounds to infinity"});
    const Series& worst_case = find(all, "bfloat16", PhaseSum::sequential);
    outcome.checks.push_back(
        {Role::control, "a sequential bfloat16 sum keeps the bound of a pairwise one", Relation::at_most,
         worst_case.errors.back().error / find(all, "bfloat16", PhaseSum::pairwise).errors.back().predicted, 1.0, 0.0,
         "at the longest T"});
    outcome.notes = {fmt::format("lengths with a measured error below {} rad: {}", trusted, trusted_lengths(all))};
    outcome.tables = {make_table(all)};
    outcome.figures = {draw(run, all)};
    return outcome;
}

}  // namespace

Claim phase_precision() {
    return {
        "phase.precision",
        "open question",
        "The error of an accumulated angle is that of its summation: quadratic in T when sequential, until it stalls",
        "",
        Verdict::holds,
        "standard rounding-error analysis",
        false,
        inputs,
        run,
        "phase_precision"};
}

}  // namespace rotoscope
