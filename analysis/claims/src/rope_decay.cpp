#include "claim_figures.hpp"
#include "claim_rows.hpp"
#include "draws.hpp"
#include "significance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/numerics/summary.hpp"
#include "rotoscope/theory/rotary_score.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"d", "head dimension, even", ClaimInput::Kind::whole, 64, 128, 4, 1024},
    {"base", "base of RoPE's frequencies", ClaimInput::Kind::real, 1e4, 1e4, 2, 1e9},
    {"distances", "distances 0 … distances − 1", ClaimInput::Kind::whole, 256, 1024, 8, 1e6},
    {"pairs", "queries and keys drawn for each distance", ClaimInput::Kind::whole, 128, 1024, 8, 1e6},
};
constexpr std::array bases{100.0, 1e4, 5e5};

std::vector<double> trends(double base, std::size_t d, std::size_t distances) {
    const auto frequencies = rope_frequencies(base, d);
    std::vector<double> values;
    for (std::size_t m = 0; m < distances; ++m) values.push_back(rope_trend(frequencies, static_cast<double>(m)));
    return values;
}

double mean(std::span<const double> values) { return summarise(values).mean(); }

/// Scores of random queries and keys at every distance.
struct Scores {
    double against_bound = 0.0;  ///< the largest |score|/bound
    double against_trend = 0.0;  ///< the largest |score|/(d/2 · trend), for unit query and key norms √d
    Summary near, far;           ///< |score| in the nearer and the farther half of the distances
    std::vector<double> mean_absolute;
};

Scores measure_scores(const ClaimRun& run) {
    const std::size_t d = run.inputs.whole("d");
    const std::size_t distances = run.inputs.whole("distances");
    const auto frequencies = rope_frequencies(run.inputs.real("base"), d);
    Draws draws(run.seed);
    Scores scores;
    for (std::size_t m = 0; m < distances; ++m) {
        throw_if_stopped();
        const double distance = static_cast<double>(m);
        std::vector<double> angles = frequencies;
        for (double& angle : angles) angle *= distance;
        const double trend = rope_trend(frequencies, distance);
        Summary here;
        for (std::size_t i = 0; i < run.inputs.whole("pairs"); ++i) {
            const std::vector<double> q = draws.normals(d);
            const std::vector<double> k = draws.normals(d);
            const double score = std::abs(rotary_score(PairLayout::half_split, q, k, angles));
            const double bound = rope_score_bound(PairLayout::half_split, q, k, frequencies, distance);
            scores.against_bound = std::max(scores.against_bound, score / bound);
            scores.against_trend = std::max(scores.against_trend, score / trend);
            here.add(score);
            (m < distances / 2 ? scores.near : scores.far).add(score);
        }
        scores.mean_absolute.push_back(here.mean());
    }
    return scores;
}

Figure draw(const ClaimRun& run, const Scores& scores) {
    const std::size_t d = run.inputs.whole("d");
    std::vector<double> x(run.inputs.whole("distances"));
    std::iota(x.begin(), x.end(), 0.0);
    Figure figure;
    figure.name = "rope_decay";
    figure.caption = fmt::format(
        "RoFormer's decay with distance, (2/d) Σ |S(j)|, for three bases, d = {}: a factor of a bound, which falls on "
        "average. Right: the mean |score| of independent normal queries and keys over √d at base {} does not fall.",
        d, format_shortest(run.inputs.real("base")));
    figure.columns = 2;
    figure.height = 0.42;
    Panel trend;
    trend.title = "Trend of the bound";
    trend.x = linear_axis("distance (tokens)");
    trend.y = linear_axis("trend (2/d) Σ |S(j)|");
    trend.legend = Legend::top_right;
    constexpr std::array dashes{Dash::dashed, Dash::solid, Dash::dotted};
    for (std::size_t b = 0; b < bases.size(); ++b)
        trend.marks.emplace_back(make_curve(fmt::format("base {}", bases[b]), x, trends(bases[b], d, x.size()),
                                            b == 0   ? 5
                                            : b == 1 ? 0
                                                     : 6,
                                            dashes[b]));
    Panel score;
    score.title = "Mean |score|";
    score.x = linear_axis("distance (tokens)");
    score.y = linear_axis("mean |q·k| / √d");
    score.y.minimum = 0.0;
    std::vector<double> y = scores.mean_absolute;
    for (double& value : y) value /= std::sqrt(static_cast<double>(d));
    score.marks.emplace_back(make_curve("", x, y, 5));
    figure.panels = {trend, score};
    return figure;
}

ClaimOutcome run(const ClaimRun& run) {
    const std::size_t d = run.inputs.whole("d");
    const std::size_t distances = run.inputs.whole("distances");
    const Scores scores = measure_scores(run);
    double fall = 0.0;
    double rises = static_cast<double>(distances);
    for (const double base : bases) {
        const std::vector<double> trend = trends(base, d, distances);
        const std::size_t quarter = distances / 4;
        fall = std::max(fall, mean(std::span(trend).last(quarter)) / mean(std::span(trend).first(quarter)));
        double count = 0.0;
        for (std::size_t m = 1; m < distances; ++m) count += trend[m] > trend[m - 1] ? 1.0 : 0.0;
        rises = std::min(rises, count);
    }
    const double difference = scores.far.mean() - scores.near.mean();
    const double error = std::hypot(scores.far.standard_error(), scores.near.standard_error());
    const double quantile = normal_quantile(run.false_alarm);
    return {{{Role::statement, "every |score| is below the full bound", Relation::at_most, scores.against_bound, 1.0,
              unit_roundoff * (2.0 * static_cast<double>(d) + 4.0 * static_cast<double>(distances)),
              "summation by parts; 2du for the sums, 4u times the distance for the angles"},
             {Role::statement, "the trend falls: mean of the last over the first quarter of the distances",
              Relation::at_most, fall, 1.0, 0.0, "below 1 for each of the bases 100, 10,000 and 500,000"},
             {Role::statement, "not monotonically: steps at which the trend rises", Relation::at_least, rises, 1.0, 0.0,
              "at least one for each base"},
             {Role::statement, "the mean |score| of independent normal q, k does not fall with distance",
              Relation::equal, difference, 0.0, quantile * error,
              fmt::format("R k is as k, so the means are equal; {:.3g} standard errors of the difference of {} and {} "
                          "independent scores",
                          quantile, scores.far.count(), scores.near.count())},
             {Role::control, "every |score| is below the trend alone", Relation::at_most, scores.against_trend, 1.0,
              0.0, "the trend lacks the factor max |h_{i+1} − h_i| and d/2"}},
            {"the bound decays with distance; the score of independent queries and keys does not"},
            {},
            {draw(run, scores)}};
}

}  // namespace

Claim rope_decay() {
    return {"rope.decay",
            "RoFormer 3.4.3",
            "A bound of RoPE's score falls with distance on average, but not monotonically, and the score need not",
            "",
            Verdict::holds,
            "summation by parts bounds each score; rotations do not change the law of a random key",
            true,
            inputs,
            run,
            "rope_decay"};
}

}  // namespace rotoscope
