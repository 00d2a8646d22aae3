#include "claim_figures.hpp"
#include "leakage_parts.hpp"

#include <fmt/format.h>

#include <array>

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"T", "tokens of the window", ClaimInput::Kind::whole, 8192, 16384, 1024, 262144},
    {"w", "frequency of the rotation, radians per token", ClaimInput::Kind::real, 0.7, 0.7, -3.2, 3.2},
};

/// α of the decay e^{−αl/T} with its highest side lobe in dB, to the digits that the theory states.
struct Row {
    double alpha;
    double side_lobe;
};
constexpr std::array rows{Row{0.5, -13.08}, Row{1.0, -12.57}, Row{2.0, -10.79}, Row{4.0, -23.10}, Row{6.0, -36.54}};

std::vector<double> window_of_gates(double alpha, std::size_t length) {
    const std::vector<double> gates(length, std::exp(-alpha / static_cast<double>(length)));
    return gate_window(gates);
}

double coth(double x) { return 1.0 / std::tanh(x); }

/// Full width at half power of |W(f)|² = (1 − 2q cos 2πf + q²)/(α² + 4π²f²), q = e^{−α}, by bisection: it falls up to
/// f = 1.
double half_power_width(double alpha) {
    const double q = std::exp(-alpha);
    const auto power = [&](double f) {
        const double x = 2.0 * std::numbers::pi * f;
        return (1.0 - 2.0 * q * std::cos(x) + q * q) / (alpha * alpha + x * x);
    };
    double low = 0.0, high = 1.0;
    for (int step = 0; step < 60; ++step) {
        const double middle = 0.5 * (low + high);
        (power(middle) > 0.5 * power(0.0) ? low : high) = middle;
    }
    return low + high;
}

/// The largest relative deviations over the rows.
struct Deviations {
    double side_lobe = 0.0;  // dB, absolute
    double bandwidth = 0.0, ripple = 0.0, gain = 0.0, wrong_ripple = 0.0;
    double width = 0.0;
};

Deviations measure(std::span<const FiguresOfMerit> figures) {
    Deviations largest;
    const auto enlarge = [](double& value, double measured, double predicted) {
        value = std::max(value, std::abs(measured / predicted - 1.0));
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double alpha = rows[i].alpha;
        largest.side_lobe =
            std::max(largest.side_lobe, std::abs(figures[i].highest_side_lobe.value().level_db - rows[i].side_lobe));
        enlarge(largest.bandwidth, figures[i].noise_bandwidth, alpha / 2.0 * coth(alpha / 2.0));
        enlarge(largest.width, figures[i].width_3db.value(), half_power_width(alpha));
        enlarge(largest.gain, figures[i].coherent_gain, -std::expm1(-alpha) / alpha);
        if (alpha > 2.0) continue;  // lobes of a strong decay are too far out for N/4 to hold many
        enlarge(largest.ripple, figures[i].ripple.value(), coth(alpha / 2.0));
        enlarge(largest.wrong_ripple, figures[i].ripple.value(), coth(0.95 * alpha / 2.0));
    }
    return largest;
}

Figure draw(const ClaimRun& run) {
    Figure figure;
    figure.name = "leakage_decay";
    figure.caption =
        "What a constant decay e^{−αl/T} makes of a rotation's response. It fills the nulls (ripple coth(α/2)), but a "
        "mild decay raises the highest side lobe, and all widen the main lobe.";
    Panel panel;
    panel.x = linear_axis("detuning (bins)");
    panel.y = linear_axis("|H(δ)|/|H(0)| (dB)");
    panel.y.minimum = -50.0;
    panel.y.maximum = 0.0;
    panel.legend = Legend::top_right;
    constexpr std::array<double, 4> alphas{0.0, 1.0, 2.0, 4.0};
    constexpr std::array<Color, 4> colors{0, 5, 6, 3};
    constexpr std::array dashes{Dash::solid, Dash::dashed, Dash::dash_dot, Dash::dotted};
    const std::size_t steps = run.inputs.whole("T");
    for (std::size_t i = 0; i < alphas.size(); ++i) {
        const double decay = std::exp(-alphas[i] / static_cast<double>(steps));
        const double peak = std::abs(exponential_response(decay, 0.0, 0.0, steps));
        std::vector<double> x, y;
        for (int j = 0; j <= 600; ++j) {
            x.push_back(j / 75.0);
            const double delta = x.back() * 2.0 * std::numbers::pi / static_cast<double>(steps);
            y.push_back(std::max(
                -60.0, 20.0 * std::log10(std::abs(exponential_response(decay, 0.0, delta, steps)) / peak + 1e-30)));
        }
        panel.marks.emplace_back(make_curve(fmt::format("α = {}", alphas[i]), x, y, colors[i], dashes[i]));
    }
    figure.panels = {panel};
    return figure;
}

ClaimOutcome run(const ClaimRun& run) {
    const std::size_t length = run.inputs.whole("T");
    const double n = static_cast<double>(length);
    std::vector<std::vector<double>> windows;
    for (const Row& row : rows) windows.push_back(window_of_gates(row.alpha, length));
    windows.emplace_back(length, 1.0);
    const std::vector<FiguresOfMerit> figures = figures_of_merit(run.pool, windows);
    const FiguresOfMerit& rectangle = figures.back();
    const Deviations largest = measure(figures);
    const std::size_t steps = std::min<std::size_t>(length, 512);
    const double decay = std::exp(-2.0 / static_cast<double>(steps));
    double raised = 0.0;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i].alpha <= 2.0)
            raised = std::max(raised, std::pow(10.0, (rectangle.highest_side_lobe.value().level_db -
                                                      figures[i].highest_side_lobe.value().level_db) /
                                                         20.0));
    // Trapezoid against rectangle: sampling adds α/2N to the gain, (α/2N)²/3 to the bandwidth; 33 lobes bend the
    // ripple.
    const double sampled = 6.0 / (2.0 * n);
    return {
        {{Role::statement, "the recurrence answers as the closed form", Relation::equal,
          largest_response_difference(decay, run.inputs.real("w"), steps), 0.0, response_tolerance(steps),
          "T terms turned up to T times, 6u each, and angles rounded by 4uT: uT(10T + 64)"},
         {Role::statement, "highest side lobe, largest deviation over α = 0.5 … 6 (dB)", Relation::equal,
          largest.side_lobe, 0.0,
          half_a_centidecibel + 20.0 / std::numbers::ln10 * std::pow(70.0 * 3.2 / n, 2) / 6.0 + 8.7 * sampled,
          "the printed digits, and sampling at lobes up to bin 65: α/2N of the gain and (πf/N)²/6"},
         {Role::statement, "noise bandwidth over (α/2) coth(α/2), minus 1", Relation::equal, largest.bandwidth, 0.0,
          sampled * sampled, "N coth(α/2) tanh(α/2N) of the samples: (α/2N)²/3"},
         {Role::statement, "coherent gain over (1 − e^{−α})/α, minus 1", Relation::equal, largest.gain, 0.0,
          1.1 * sampled, "a sum from the left: α/2N"},
         {Role::statement, "ripple over coth(α/2), α = 0.5 … 2, minus 1", Relation::equal, largest.ripple, 0.0, 0.01,
          "the envelopes bend by (α/2πf)² and (πf/N)² between a maximum and its minima: below 1 % for f > 10 bins"},
         {Role::statement, "a mild decay raises the highest side lobe: the rectangle's over its", Relation::at_most,
          raised, 1.0, 0.0, "amplitudes, the largest ratio for α = 0.5, 1 and 2"},
         {Role::statement, "half-power width over that of the transform, minus 1", Relation::equal, largest.width, 0.0,
          sampled * sampled, "0.899 bins at α = 0.5, 3.28 at 6, the rectangle has 0.886; sampling: (α/2N)²"},
         {Role::control, "ripple over coth(0.95 α/2), minus 1", Relation::equal, largest.wrong_ripple, 0.0, 0.01,
          "a decay that is off by 5 %"}},
        {"decay buys lower ripple and, from α ≈ 2.1, lower side lobes; it costs width, gain and, below, a higher "
         "first side lobe"},
        {},
        {draw(run)}};
}

}  // namespace

Claim leakage_decay() {
    return {"leakage.decay",
            "closed forms",
            "Decay makes the window of a rotation exponential and fills its nulls",
            "",
            Verdict::holds,
            "closed forms of the exponential window",
            false,
            inputs,
            run,
            "leakage_decay"};
}

}  // namespace rotoscope
