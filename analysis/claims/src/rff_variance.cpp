#include "claim_figures.hpp"
#include "claim_rows.hpp"
#include "kernel_setup.hpp"

#include <fmt/format.h>

#include <array>

#include "rotoscope/numerics/regression.hpp"
#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/kernel_simulation.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"d", "dimension of query and key", ClaimInput::Kind::whole, 16, 16, 2, 64},
    {"angle", "between the unit vectors, degrees", ClaimInput::Kind::real, 60, 60, 10, 170},
    {"repeats", "estimates for each variance", ClaimInput::Kind::whole, 8192, 65536, 256, 1e6},
};
constexpr std::array<Index, 4> counts{16, 32, 64, 128};
constexpr double statistical_checks = 6.0;

/// ∫ e^{αg² + βg} φ(g) dg over the standard normal density by the trapezoidal rule, which converges exponentially: step
/// 1/16 out to ±40 leaves less than e^{−700}.
double gaussian_integral(double alpha, double beta) {
    double sum = 0.0;
    for (int i = -640; i <= 640; ++i) {
        const double g = i / 16.0;
        sum += std::exp((alpha - 0.5) * g * g + beta * g);
    }
    return sum / 16.0 / std::sqrt(2.0 * std::numbers::pi);
}

/// Variance of one positive, hyperbolic or optimal positive estimate by quadrature, coordinate by coordinate: the first
/// along x + y, the others orthogonal to it.
double quadrature_variance(FeatureKind kind, const VectorPair& pair, double ratio) {
    const double u = std::sqrt(pair.squared_sum);
    const double scale = std::exp(-0.5 * pair.squared_norms);
    if (kind == FeatureKind::hyperbolic) {  // cosh(g u)
        const double second = 0.5 * (gaussian_integral(0.0, 2.0 * u) + 1.0);
        return scale * scale * (second - std::pow(gaussian_integral(0.0, u), 2));
    }
    const double a = kind == FeatureKind::positive ? 0.0 : (1.0 - 1.0 / ratio) / 8.0;
    const double b = std::sqrt(1.0 - 4.0 * a);
    const double others = static_cast<double>(pair.dimension) - 1.0;
    const double first = gaussian_integral(2.0 * a, b * u) * std::pow(gaussian_integral(2.0 * a, 0.0), others);
    const double second = gaussian_integral(4.0 * a, 2.0 * b * u) * std::pow(gaussian_integral(4.0 * a, 0.0), others);
    const double power = 0.5 * static_cast<double>(pair.dimension) * std::log(1.0 - 4.0 * a);
    return scale * scale * std::exp(2.0 * power) * (second - first * first);
}

/// The largest relative difference between closed form and quadrature over angles and kinds.
double largest_quadrature_difference(Index d) {
    double largest = 0.0;
    for (const double angle : {60.0, 90.0, 120.0}) {
        const VectorPair pair = unit_pair(d, radians(angle));
        const double ratio = optimal_positive_ratio(d, pair.squared_sum);
        for (const FeatureKind kind : {FeatureKind::positive, FeatureKind::hyperbolic, FeatureKind::optimal_positive}) {
            const double closed = kernel_moments(kind, pair, 1, 1.0, ratio).variance;
            largest = std::max(largest, std::abs(quadrature_variance(kind, pair, ratio) / closed - 1.0));
        }
    }
    return largest;
}

struct Simulated {
    double mean = 0.0, variance = 0.0, variance_error = 0.0;
};

/// Of the estimates of exp(x·y) with m frequencies.
Simulated simulate(const ClaimRun& run, DrawKind draws, Index m, double angle, std::uint64_t salt) {
    const auto [x, y] = unit_vectors(static_cast<Index>(run.inputs.whole("d")), angle);
    FeatureOptions features;
    features.draws = draws;
    features.count = m;
    features.seed = run.seed + (salt << 40);
    const KernelErrors errors =
        simulate_kernel(features, x, y, 0.0, static_cast<Index>(run.inputs.whole("repeats")), run.pool);
    return {errors.bias.value, errors.variance.value, errors.variance.standard_error};
}

ClaimOutcome run(const ClaimRun& run) {
    const auto d = static_cast<Index>(run.inputs.whole("d"));
    const double angle = radians(run.inputs.real("angle"));
    const double repeats = static_cast<double>(run.inputs.whole("repeats"));
    const double share = run.false_alarm / statistical_checks;
    const VectorPair pair = unit_pair(d, angle);
    const double z = mean_square_quantile(share, repeats);
    const auto closed = [&](Index m) { return kernel_moments(FeatureKind::trigonometric, pair, m).variance; };

    std::vector<double> m_log, variance_log, m_values, variances, predictions;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const double variance = simulate(run, DrawKind::independent, counts[i], angle, i + 1).variance;
        m_values.push_back(static_cast<double>(counts[i]));
        variances.push_back(variance);
        predictions.push_back(closed(counts[i]));
        m_log.push_back(std::log2(m_values.back()));
        variance_log.push_back(std::log2(variance));
    }
    const double slope = fit_line(m_log, variance_log).slope;
    const double distance = std::sqrt(pair.squared_difference);
    const double scale = std::exp(0.5 * pair.squared_norms);
    const auto relative_error = [&](double m) {
        const CosineMoments moments = mean_cosine_moments(scale, distance, m);
        return std::sqrt((moments.fourth / std::pow(moments.variance, 2) - 1.0 + 2.0 / (repeats - 1.0)) / repeats);
    };
    // log2 m = 4 … 7 has Σ(x − x̄)² = 5.
    const double slope_error = relative_error(static_cast<double>(counts.front())) / std::numbers::ln2 / std::sqrt(5.0);
    const double largest_m = static_cast<double>(counts.back());
    const double variance_tolerance = z * relative_error(largest_m) * closed(counts.back());

    const Simulated orthogonal = simulate(run, DrawKind::orthogonal, d, angle, 9);
    const double orthogonal_expected = orthogonal_variance(d, d, distance) * scale * scale;
    const double orthogonal_tolerance = z * orthogonal.variance_error;
    const double doubled = 2.0 * closed(counts.back());
    ClaimOutcome outcome;
    const std::string derivation = fmt::format("{:.3g} standard deviations of a variance of {} values", z, repeats);
    outcome.checks = {
        {Role::statement, fmt::format("variance of a trigonometric estimate, m = {}", counts.back()), Relation::equal,
         variances.back(), closed(counts.back()), variance_tolerance, "e^n (1 − e^{−z²})²/(2m); " + derivation},
        {Role::statement, "slope of log variance against log m", Relation::equal, slope, -1.0, z * slope_error,
         "each log variance errs by sqrt((μ4/σ⁴ − 1)/R); least squares over log2 m = 4 … 7; " + derivation},
        {Role::statement, "variance of positive, hyperbolic, OPRF features over quadrature, minus 1", Relation::equal,
         largest_quadrature_difference(d), 0.0, 1e-12 * static_cast<double>(d),
         "1281 terms of relative error 4u each and powers up to 2d: 1e-12 d"},
        {Role::statement, "mean of orthogonal features with χ norms", Relation::equal, orthogonal.mean,
         std::exp(std::cos(angle)), bernstein_deviation(orthogonal_expected, 2.0 * scale, repeats, share),
         "Bernstein's inequality for R blocks of known variance"},
        {Role::statement, "variance of one block of orthogonal features", Relation::equal, orthogonal.variance,
         orthogonal_expected, orthogonal_tolerance, derivation + ", from the measured fourth moment"},
        {Role::control, "the variance without the factor 1/2", Relation::equal, variances.back(), doubled,
         2.0 * variance_tolerance, derivation},
        {Role::control, "a block of orthogonal features varies like independent ones", Relation::equal,
         orthogonal.variance, closed(d), orthogonal_tolerance, "as above"},
    };
    Figure figure;
    figure.name = "rff_variance";
    figure.caption = fmt::format(
        "Variance of trigonometric estimates of exp(cos {}°) in d = {} against the number of "
        "frequencies: {} estimates each, and the closed form.",
        run.inputs.real("angle"), d, repeats);
    Panel panel;
    panel.x = logarithmic_axis("frequencies m");
    panel.y = logarithmic_axis("variance");
    panel.legend = Legend::top_right;
    panel.marks.emplace_back(make_curve("closed form, slope −1", m_values, predictions, 0));
    panel.marks.emplace_back(make_points("simulated", m_values, variances, 6, Marker::circle));
    figure.panels = {panel};
    outcome.figures = {figure};
    return outcome;
}

}  // namespace

Claim rff_variance() {
    return {"rff.variance",
            "closed forms",
            "The variance of random-feature estimates has its closed forms and falls as 1/m",
            "",
            Verdict::holds,
            "Gaussian integrals; independent draws average",
            true,
            inputs,
            run,
            "rff_variance"};
}

}  // namespace rotoscope
