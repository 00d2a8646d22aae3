#include "claim_figures.hpp"
#include "claim_rows.hpp"
#include "significance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "rotoscope/theory/feature_temperature.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"P", "temperatures of a head", ClaimInput::Kind::whole, 32, 32, 4, 4096},
    {"epsilon", "ε of the comparison", ClaimInput::Kind::real, 1.0 / 500000.0, 1.0 / 500000.0, 1e-9, 1e-3},
    {"code_theta", "θ of the public code, in units of π", ClaimInput::Kind::real, 0.995, 0.995, 0.9, 0.9999},
};

/// RoPE's temperatures ε^{2n/d} and "rfa"'s tan((1 − ε)πn/(2(P − 1))), normalised.
struct Spectra {
    std::vector<double> rope, rfa;
};

Spectra spectra(double epsilon, std::size_t pairs) {
    return {rope_temperatures(1.0, 1.0 / epsilon, 2 * pairs), rfa_temperatures(1.0, 1.0 - epsilon, pairs)};
}

/// Between a RoPE spectrum and rfa's at ε.
double distance(const std::vector<double>& rope, double epsilon) {
    return spectrum_distance(rope, rfa_temperatures(1.0, 1.0 - epsilon, rope.size())).root_mean_square;
}

double second_largest(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() - 2];
}

/// ε from 1e−7 to 0.9, 16 a decade.
std::vector<double> epsilons() {
    std::vector<double> values;
    for (int i = -112; i <= -1; ++i) values.push_back(std::pow(10.0, i / 16.0));
    return values;
}

Figure draw(const ClaimRun& run, const std::vector<double>& epsilon, const std::vector<double>& distances) {
    const std::size_t pairs = run.inputs.whole("P");
    const Spectra paper = spectra(run.inputs.real("epsilon"), pairs);
    const std::vector<double> code = rfa_temperatures(1.0, run.inputs.real("code_theta"), pairs);
    std::vector<double> index(pairs), ordered = paper.rfa, ordered_code = code;
    for (std::size_t n = 0; n < pairs; ++n) index[n] = static_cast<double>(n);
    std::ranges::sort(ordered, std::greater{});
    std::ranges::sort(ordered_code, std::greater{});
    Figure figure;
    figure.name = "temperature_figure2";
    figure.caption = fmt::format(
        "Temperatures in falling order, P = {}: RoPE's and rfa's at ε = {:.3g}, and rfa's with θ = {}π. Right: "
        "root mean square distance of rfa's spectrum from RoPE's of base {:.6g} against rfa's ε.",
        pairs, run.inputs.real("epsilon"), run.inputs.real("code_theta"), 1.0 / run.inputs.real("epsilon"));
    figure.columns = 2;
    figure.height = 0.45;
    Panel spectrum;
    spectrum.x = linear_axis("pair n");
    spectrum.y = logarithmic_axis("temperature");
    spectrum.y.minimum = 1e-8;
    spectrum.legend = Legend::bottom_left;
    // A zero temperature has no place on a logarithmic axis.
    for (std::vector<double>* values : {&ordered, &ordered_code})
        for (double& value : *values)
            if (value == 0.0) value = std::nan("");
    spectrum.marks.emplace_back(make_curve("RoPE", index, paper.rope, 0));
    spectrum.marks.emplace_back(make_curve("rfa, same ε", index, ordered, 6, Dash::dashed));
    spectrum.marks.emplace_back(
        make_curve(fmt::format("rfa, θ = {}π", run.inputs.real("code_theta")), index, ordered_code, 5, Dash::dash_dot));
    Panel away;
    away.x = logarithmic_axis("ε of rfa");
    away.y = linear_axis("r.m.s. distance");
    away.y.minimum = 0.0;
    away.marks.emplace_back(make_curve("", epsilon, distances, 0));
    figure.panels = {spectrum, away};
    return figure;
}

ClaimOutcome run(const ClaimRun& run) {
    const std::size_t pairs = run.inputs.whole("P");
    const double p = static_cast<double>(pairs);
    const double epsilon = run.inputs.real("epsilon");
    const std::vector<double> grid = epsilons();
    std::vector<double> distances;
    const Spectra paper = spectra(epsilon, pairs);
    for (const double each : grid) distances.push_back(distance(paper.rope, each));
    const auto nearest = std::ranges::min_element(distances);
    const double nearest_epsilon = grid[static_cast<std::size_t>(nearest - distances.begin())];

    const double here = distance(paper.rope, epsilon);
    const double code = run.inputs.real("code_theta");
    const double predicted_code =
        std::tan(0.5 * std::numbers::pi * code * (p - 2.0) / (p - 1.0)) / std::tan(0.5 * std::numbers::pi * code);
    // tan(x(P − 2)/(P − 1))/tan x for x = (1 − ε)π/2: cot y ≈ 1/y with y = π/(2(P − 1)) + O(ε), short by y²/3.
    const double y = 0.5 * std::numbers::pi / (p - 1.0);
    const double second = second_largest(paper.rfa);
    const double second_tolerance = epsilon * (p - 1.0) * (y * y / 2.0 + 2.0 * p * epsilon);
    ClaimOutcome outcome;
    outcome.checks = {
        {Role::statement, "second largest rfa temperature", Relation::equal, second, epsilon * (p - 1.0),
         second_tolerance, "ε(P − 1) up to a relative (π/2(P − 1))²/3 and 2Pε"},
        {Role::statement, "second largest rfa temperature of the public code's θ", Relation::equal,
         second_largest(rfa_temperatures(1.0, code, pairs)), predicted_code,
         predicted_code * 16.0 * unit_roundoff * std::tan(0.5 * std::numbers::pi * code),
         "tan(θ/2 (P − 2)/(P − 1))/tan(θ/2); 16u conditioned by tan(θ/2)"},
        {Role::statement, "second largest RoPE temperature", Relation::equal, second_largest(paper.rope),
         std::pow(epsilon, 1.0 / p), 8.0 * unit_roundoff, "ε^{2/d}; 8u for the power"},
        {Role::statement, "distance from RoPE's spectrum at this ε over the smallest at any ε of rfa's",
         Relation::at_least, here / *nearest, 2.0, 0.0, "at least twice as far: the likeness depends on ε"},
        {Role::control, "the second largest rfa temperature is RoPE's", Relation::equal, second,
         std::pow(epsilon, 1.0 / p), second_tolerance, "as above"},
        {Role::control, "the same ratio of distances between RoPE and itself, ε off by 1 %", Relation::at_least,
         spectrum_distance(paper.rope, spectra(1.01 * epsilon, pairs).rope).root_mean_square / *nearest, 2.0, 0.0,
         "spectra that do resemble each other"},
    };
    outcome.notes = {
        fmt::format("r.m.s. distance from RoPE's spectrum of base {:.6g}: {:.3g} for rfa's at the same ε, {:.3g} for "
                    "the public code's "
                    "θ = {}π, at best {:.3g}, for ε = {:.2g}",
                    1.0 / epsilon, here, distance(paper.rope, 1.0 - code), code, *nearest, nearest_epsilon)};
    outcome.figures = {draw(run, grid, distances)};
    return outcome;
}

}  // namespace

Claim temperature_figure2() {
    return {"temperature.figure2",
            "Figure 2, A.3.1",
            "Whether RoPE's and the random features' temperatures resemble each other depends on ε",
            "",
            Verdict::holds,
            "at ε = 1/500000 all but the largest rfa temperature are below ε(P − 1), RoPE's are not",
            false,
            inputs,
            run,
            "temperature_figure2"};
}

}  // namespace rotoscope
