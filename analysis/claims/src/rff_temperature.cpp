#include "claim_figures.hpp"
#include "claim_rows.hpp"
#include "kernel_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/feature_temperature.hpp"
#include "rotoscope/theory/kernel_simulation.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"d", "dimension of query and key", ClaimInput::Kind::whole, 16, 16, 2, 1024},
    {"m", "frequencies of a simulated estimate", ClaimInput::Kind::whole, 16, 16, 4, 1e6},
    {"repeats", "simulated estimates", ClaimInput::Kind::whole, 32768, 524288, 1024, 1e7},
};
constexpr double many_draws = 1e12;  // stands for D → ∞: what is left is of the order 1/D
constexpr std::array degrees{15.0, 30.0, 60.0, 90.0, 120.0, 150.0, 165.0};

/// The largest |minimiser − wanted(θ)| over the angles.
template <class Wanted>
double largest_deviation(double draws, FeatureProduct product, const Wanted& wanted) {
    double largest = 0.0;
    for (const double degree : degrees) {
        const double angle = radians(degree);
        largest = std::max(largest, std::abs(optimal_temperature(angle, draws, product) - wanted(angle)));
    }
    return largest;
}

/// The minimum of temperature_error by golden sections, in log σ: where it is, not how the library finds it.
double search_minimum(double angle, double draws, FeatureProduct product) {
    const auto error = [&](double log) { return temperature_error(std::exp(log), angle, draws, product); };
    constexpr double ratio = 0.6180339887498949;
    double low = -4.0;
    double high = 4.0;
    for (int step = 0; step < 80; ++step) {
        const double first = high - ratio * (high - low);
        const double second = low + ratio * (high - low);
        if (error(first) < error(second)) high = second;
        else low = first;
    }
    return std::exp(0.5 * (low + high));
}

double largest_search_difference(double draws) {
    double largest = 0.0;
    for (const FeatureProduct product : {FeatureProduct::conjugated, FeatureProduct::as_printed})
        for (const double degree : degrees) {
            const double found = optimal_temperature(radians(degree), draws, product);
            largest = std::max(largest, std::abs(search_minimum(radians(degree), draws, product) / found - 1.0));
        }
    return largest;
}

Figure draw() {
    std::vector<double> x;
    for (double degree = 2.0; degree <= 160.0; degree += 2.0) x.push_back(degree);
    const auto curve = [&](double draws, FeatureProduct product) {
        std::vector<double> y;
        for (const double degree : x) y.push_back(optimal_temperature(radians(degree), draws, product));
        return y;
    };
    Figure figure;
    figure.name = "optimal_temperature";
    figure.caption =
        "The temperature with the smallest mean squared error for unit vectors at an angle, D frequencies. As printed, "
        "without the conjugate, it tends to tan(θ/2), Theorem 1; with the conjugate, which eq. 8 needs, to 1.";
    figure.columns = 2;
    figure.height = 0.46;
    constexpr std::array products{FeatureProduct::as_printed, FeatureProduct::conjugated};
    constexpr std::array titles{"As printed", "With the conjugate"};
    for (std::size_t i = 0; i < products.size(); ++i) {
        Panel panel;
        panel.title = titles[i];
        panel.x = linear_axis("angle θ (degrees)");
        panel.y = linear_axis("optimal σ");
        panel.y.minimum = 0.0;
        panel.y.maximum = i == 0 ? 4.0 : 1.2;
        panel.legend = i == 0 ? Legend::top_left : Legend::bottom_right;
        panel.marks.emplace_back(make_curve("D = 1", x, curve(1.0, products[i]), 6, Dash::dashed));
        panel.marks.emplace_back(make_curve("D = 16", x, curve(16.0, products[i]), 5, Dash::dash_dot));
        panel.marks.emplace_back(make_curve(i == 0 ? "D → ∞: tan(θ/2)" : "D → ∞: 1", x, curve(1e12, products[i]), 0));
        figure.panels.push_back(panel);
    }
    return figure;
}

ClaimOutcome run(const ClaimRun& run) {
    const auto d = static_cast<Index>(run.inputs.whole("d"));
    const double m = static_cast<double>(run.inputs.whole("m"));
    const double repeats = static_cast<double>(run.inputs.whole("repeats"));
    const double angle = radians(90.0);
    const auto [q, k] = unit_vectors(d, angle);
    const double sigma = optimal_temperature(angle, m, FeatureProduct::conjugated);
    FeatureOptions features;
    features.count = static_cast<Index>(run.inputs.whole("m"));
    features.seed = run.seed;
    features.temperature = {sigma};
    const double simulated = simulate_kernel(features, q, k, std::exp(std::cos(angle)),
                                             static_cast<Index>(run.inputs.whole("repeats")), run.pool)
                                 .mean_squared_error.value;
    const double predicted = temperature_error(sigma, angle, m, FeatureProduct::conjugated);
    const double z = mean_square_quantile(run.false_alarm / 2.0, repeats);
    // Var (Y − K)² = μ4 − σ⁴ + 4bμ3 + 4b²σ², b the bias.
    const CosineMoments moments = mean_cosine_moments(std::numbers::e, sigma * (q - k).norm(), m);
    const double bias = std::sqrt(std::max(0.0, predicted - moments.variance));
    const double error = std::sqrt((moments.fourth - std::pow(moments.variance, 2) + 4.0 * bias * moments.third +
                                    4.0 * bias * bias * moments.variance) /
                                   repeats);

    const auto tangent = [](double theta) { return std::tan(0.5 * theta); };
    const auto one = [](double) { return 1.0; };
    const double limit_tolerance = 1e-6;
    const std::string limit =
        "D = 1e12: the minimiser is within O(log(D)/D) of its limit for angles of 15 to 165 degrees";
    return {
        {{Role::printed, "with the conjugate, which eq. 8 needs, the minimiser is tan(θ/2)", Relation::equal,
          largest_deviation(many_draws, FeatureProduct::conjugated, tangent), 0.0, limit_tolerance, limit},
         {Role::corrected, "without the conjugate, as printed in eq. 8, it tends to tan(θ/2)", Relation::equal,
          largest_deviation(many_draws, FeatureProduct::as_printed, tangent), 0.0, limit_tolerance, limit},
         {Role::corrected, "with the conjugate it tends to 1 for every θ", Relation::equal,
          largest_deviation(many_draws, FeatureProduct::conjugated, one), 0.0, limit_tolerance, limit},
         {Role::statement, "one draw: 1/√3 with the conjugate", Relation::equal,
          largest_deviation(1.0, FeatureProduct::conjugated, [](double) { return 1.0 / std::sqrt(3.0); }), 0.0,
          64.0 * unit_roundoff, "closed form: exp(−σ²z²/2)³ = exp(−z²/2); 64u for its functions"},
         {Role::statement, "one draw: tan(θ/2)/√3 without", Relation::equal,
          largest_deviation(1.0, FeatureProduct::as_printed, [&](double t) { return tangent(t) / std::sqrt(3.0); }),
          0.0, 512.0 * unit_roundoff, "closed form; tan(θ/2) up to 7.6, conditioned by 1/(1 − θ/π)"},
         {Role::statement, "a search for the smallest error finds the same minimiser", Relation::equal,
          largest_search_difference(m), 0.0, 1e-6,
          "a minimum is flat: its place errs by sqrt(64u f/(σ² f'')) ≈ 1e-7 (12/D … 1)"},
         {Role::statement, "simulated mean squared error at the optimum, 90 degrees", Relation::equal, simulated,
          predicted, z * error, fmt::format("{:.3g} standard errors of a mean of {} squares", z, repeats)},
         {Role::control, "the minimiser as printed is tan²(θ/2), as the text says", Relation::equal,
          largest_deviation(many_draws, FeatureProduct::as_printed, [&](double t) { return tangent(t) * tangent(t); }),
          0.0, limit_tolerance, limit}},
        {"Theorem 1 is about the product without the conjugate; for the unbiased one σ = 1 is best as D grows"},
        {},
        {draw()}};
}

}  // namespace

Claim rff_temperature() {
    return {"rff.temperature",
            "Theorem 1",
            "The temperature with the smallest error for vectors at angle θ is tan(θ/2)",
            "that is the minimiser for the product without the conjugate as D → ∞; with the conjugate it tends to 1",
            Verdict::holds_as_corrected,
            "the theorem's derivation uses |q + k|² = 2 + 2 cos θ, the unbiased product has 2 − 2 cos θ",
            true,
            inputs,
            run,
            "optimal_temperature"};
}

}  // namespace rotoscope
