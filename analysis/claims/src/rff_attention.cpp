#include "claim_figures.hpp"
#include "claim_rows.hpp"
#include "significance.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "rotoscope/numerics/regression.hpp"
#include "rotoscope/numerics/summary.hpp"
#include "rotoscope/theory/attention_errors.hpp"
#include "rotoscope/theory/attention_inputs.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"L", "tokens", ClaimInput::Kind::whole, 64, 128, 2, 4096},
    {"d", "dimension of queries and keys", ClaimInput::Kind::whole, 16, 16, 2, 512},
    {"radius", "norm of q/d^(1/4) and k/d^(1/4)", ClaimInput::Kind::real, 1, 1, 0.1, 1.5},
    {"large_radius", "the norm at which it breaks down", ClaimInput::Kind::real, 4, 4, 3, 8},
    {"smallest_m", "frequencies, the smallest number; the largest is 64 times it", ClaimInput::Kind::whole, 256, 512,
     64, 65536},
    {"seeds", "independent inputs and frequencies", ClaimInput::Kind::whole, 24, 64, 12, 4096},
};

AttentionInputs<float> make_inputs(const ClaimRun& run, double radius, std::uint64_t seed) {
    const auto d = static_cast<Index>(run.inputs.whole("d"));
    return scale_scores(sphere_inputs<float>({static_cast<Index>(run.inputs.whole("L")), d, d},
                                             radius * std::pow(static_cast<double>(d), 0.25), seed));
}

ErrorStudy study(const ClaimRun& run, const std::vector<Index>& counts, double radius, double temperature) {
    ErrorStudyOptions options;
    options.series = {{}};
    options.counts = counts;
    options.first_seed = run.seed;
    options.seeds = static_cast<Index>(run.inputs.whole("seeds"));
    options.temperature = {temperature};
    return study_attention_errors(
        options, [&](std::uint64_t seed) { return make_inputs(run, radius, seed); }, run.pool);
}

/// Of each seed, the slope of log output error against log m.
Summary slopes(const ErrorStudy& errors, const std::vector<Index>& counts, std::size_t seeds) {
    Summary summary;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
        std::vector<double> x, y;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            x.push_back(std::log(static_cast<double>(counts[i])));
            y.push_back(std::log(errors.at(0, i)[seed].output));
        }
        summary.add(fit_line(x, y).slope);
    }
    return summary;
}

std::vector<double> mean_errors(const ErrorStudy& errors, std::size_t counts) {
    std::vector<double> means;
    for (std::size_t i = 0; i < counts; ++i) {
        Summary summary;
        for (const AttentionErrors& each : errors.at(0, i)) summary.add(each.output);
        means.push_back(summary.mean());
    }
    return means;
}

/// The largest difference between exp(q·k/√d)/Σ, written out, and the library's weights of scaled inputs.
double scaled_softmax_difference(const ClaimRun& run) {
    const auto d = static_cast<Index>(run.inputs.whole("d"));
    const auto inputs_now = gaussian_inputs<double>({static_cast<Index>(run.inputs.whole("L")), d, d}, 1.0, run.seed);
    const RowMatrix<double> weights = softmax_weights(scale_scores(inputs_now), Mask::causal, run.pool);
    double largest = 0.0;
    for (Index t = 0; t < weights.rows(); ++t) {
        Eigen::VectorXd e =
            (inputs_now.keys.topRows(t + 1) * inputs_now.queries.row(t).transpose() / std::sqrt(static_cast<double>(d)))
                .array()
                .exp();
        largest = std::max(largest, (weights.row(t).head(t + 1).transpose() - e / e.sum()).cwiseAbs().maxCoeff());
    }
    return largest;
}

Figure draw(const std::vector<Index>& counts, const std::vector<double>& small, const std::vector<double>& large,
            const ClaimRun& run) {
    std::vector<double> m(counts.begin(), counts.end());
    std::vector<double> line;
    for (const double each : m) line.push_back(small.back() * std::sqrt(m.back() / each));
    Figure figure;
    figure.name = "rff_attention";
    figure.caption = fmt::format(
        "Relative output error of softmax attention with trigonometric features, L = {}, d = {}, mean over {} seeds: "
        "slope −1/2 where the scaled norms are {}, none where they are {}.",
        run.inputs.whole("L"), run.inputs.whole("d"), run.inputs.whole("seeds"), run.inputs.real("radius"),
        run.inputs.real("large_radius"));
    Panel panel;
    panel.x = logarithmic_axis("frequencies m");
    panel.y = logarithmic_axis("relative output error");
    panel.legend = Legend::outside_right;
    panel.marks.emplace_back(make_curve("slope −1/2", m, line, 0, Dash::dashed));
    panel.marks.emplace_back(
        make_points(fmt::format("norm {}", run.inputs.real("radius")), m, small, 5, Marker::circle));
    panel.marks.emplace_back(
        make_points(fmt::format("norm {}", run.inputs.real("large_radius")), m, large, 6, Marker::triangle));
    figure.panels = {panel};
    return figure;
}

ClaimOutcome run(const ClaimRun& run) {
    const auto smallest = static_cast<Index>(run.inputs.whole("smallest_m"));
    const std::vector<Index> counts{smallest, 4 * smallest, 16 * smallest, 64 * smallest};
    const std::size_t seeds = run.inputs.whole("seeds");
    const double radius = run.inputs.real("radius");
    const ErrorStudy errors = study(run, counts, radius, 1.0);
    const ErrorStudy large = study(run, counts, run.inputs.real("large_radius"), 1.0);
    const Summary slope = slopes(errors, counts, seeds);
    const Summary wrong = slopes(study(run, counts, radius, 1.5), counts, seeds);

    const double n = static_cast<double>(seeds);
    const boost::math::students_t student(n - 1.0);
    const double quantile = boost::math::quantile(boost::math::complement(student, run.false_alarm / 4.0));
    // The next order in 1/m is four times the relative variance of the normaliser, below exp(2 radius²)/2m on average.
    const double next = 4.0 * std::exp(2.0 * radius * radius) / (2.0 * static_cast<double>(smallest)) / std::log(64.0);
    const auto tolerance = [&](const Summary& each) { return quantile * each.standard_error() + next; };
    const std::string derivation = fmt::format(
        "Student's t with {} degrees of freedom, {:.3g} standard errors of the mean slope of {} seeds, and {:.2g} for "
        "the "
        "next order in 1/m",
        seeds - 1, quantile, seeds, next);
    const std::vector<double> broken = mean_errors(large, counts.size());
    double unreliable = 0.0;
    for (const AttentionErrors& each : errors.at(0, counts.size() - 1))
        unreliable += static_cast<double>(each.unreliable_rows);
    return {{{Role::statement, "slope of log output error against log m", Relation::equal, slope.mean(), -0.5,
              tolerance(slope), derivation},
             {Role::statement, "rows with a normaliser below a tenth, at the largest m", Relation::at_most, unreliable,
              0.5, 0.0, "none"},
             {Role::statement, "large norms, smallest m: the output error", Relation::at_least, broken.front(), 1.0,
              0.0, "1 is what the output 0 has: worse than no estimate"},
             {Role::statement, "softmax of scaled inputs is exp(q·k/√d)/Σ", Relation::equal,
              scaled_softmax_difference(run), 0.0,
              unit_roundoff * 64.0 *
                  (4.0 * static_cast<double>(run.inputs.whole("d")) + static_cast<double>(run.inputs.whole("L"))),
              "scores below 16 err by 4du times their size, doubled in the quotient; sums of L: 64u(4d + L)"},
             {Role::control, "with σ = 1.5 the error falls with slope −1/2, too", Relation::equal, wrong.mean(), -0.5,
              tolerance(wrong), derivation}},
            {"large norms: features of unit variance need m of the order exp(2|q|² + 2|k|²)/(exp(q·k))²"},
            {},
            {draw(counts, mean_errors(errors, counts.size()), broken, run)}};
}

}  // namespace

Claim rff_attention() {
    return {"rff.attention",
            "eq. 8, 9",
            "Normalised attention with random features converges to softmax attention, its error falling as m^(-1/2)",
            "",
            Verdict::holds,
            "a ratio of averages; it breaks down where norms are large and m is small",
            true,
            inputs,
            run,
            "rff_attention"};
}

}  // namespace rotoscope
