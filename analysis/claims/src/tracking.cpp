#include "tracking.hpp"

#include "claim_figures.hpp"
#include "claim_rows.hpp"
#include "draws.hpp"
#include "significance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numbers>

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"T", "tokens", ClaimInput::Kind::whole, 65536, 262144, 64, 1048576},
    {"decay", "decay a of a token", ClaimInput::Kind::real, 0.9999, 0.9999, 0.5, 1},
    {"marked", "share of marked tokens", ClaimInput::Kind::real, 0.5, 0.5, 0.05, 0.95},
};
constexpr std::array formats{float64_format, float32_format, bfloat16_format, float16_format};
constexpr std::array trackers{Tracker::rotation, Tracker::rotation_decay, Tracker::decay, Tracker::rope};
constexpr std::array tracker_names{"rotation", "rotation, decay", "decay alone", "fixed RoPE"};

double turn_of(int classes) { return 2.0 * std::numbers::pi / classes; }

/// Score of class `right` less the best other.
double margin_of(double amplitude, double phase, int classes, int right) {
    double best_other = -std::numeric_limits<double>::infinity();
    for (int j = 0; j < classes; ++j)
        if (j != right) best_other = std::max(best_other, amplitude * std::cos(phase - turn_of(classes) * j));
    return amplitude * std::cos(phase - turn_of(classes) * right) - best_other;
}

/// Exactly what a rotation has: 1 − cos(2π/M).
double exact_margin(int classes) { return 1.0 - std::cos(turn_of(classes)); }

/// The first token with a wrong class, counted from 1; T + 1 where there is none.
double first_wrong(const TrackedClasses& tracked) {
    const auto wrong = std::ranges::find_if(tracked.margin, [](double margin) { return !(margin > 0.0); });
    return static_cast<double>(wrong - tracked.margin.begin()) + 1.0;
}

/// The first token at which the bound of the phase reaches π/M, half a class; T + 1 where it never does.
double first_unsafe(const TrackedClasses& tracked, int classes) {
    const auto unsafe =
        std::ranges::find_if(tracked.phase_bound, [&](double bound) { return bound >= std::numbers::pi / classes; });
    return static_cast<double>(unsafe - tracked.phase_bound.begin()) + 1.0;
}

using Tracked = std::array<std::array<TrackedClasses, trackers.size()>, formats.size()>;

Tracked track_all(const ClaimRun& run, int classes) {
    Draws draws(run.seed);
    std::vector<bool> marked(run.inputs.whole("T"));
    for (std::size_t t = 0; t < marked.size(); ++t) marked[t] = draws.uniform(0.0, 1.0) < run.inputs.real("marked");
    Tracked tracked;
    run.pool.for_chunks(formats.size() * trackers.size(), 1, [&](std::size_t i, std::size_t) {
        tracked[i / trackers.size()][i % trackers.size()] = track(
            trackers[i % trackers.size()], formats[i / trackers.size()], classes, run.inputs.real("decay"), marked);
    });
    return tracked;
}

Table make_table(const Tracked& tracked, int classes) {
    Table table(fmt::format("tracking_{}", classes == 2 ? "parity" : "a3"), "Class margins along the sequence",
                {{"format", "", "Number format of angle and amplitude"},
                 {"tracker", "", "What happens to the state"},
                 {"least_margin", "", "Score of the right class less the best other, smallest over the tokens"},
                 {"right", "", "Share of the tokens with a positive margin"},
                 {"first_wrong", "tokens", "The first token with a wrong class; T + 1: none"},
                 {"safe_until", "tokens", "The first token at which the bound of the phase reaches half a class"}});
    for (std::size_t f = 0; f < formats.size(); ++f)
        for (std::size_t k = 0; k < trackers.size(); ++k) {
            const TrackedClasses& each = tracked[f][k];
            table.add_row({std::string(formats[f].name), std::string(tracker_names[k]),
                           *std::ranges::min_element(each.margin), each.right, first_wrong(each),
                           k < 2 ? Cell(first_unsafe(each, classes)) : Cell()});
        }
    return table;
}

/// The least margin between one grid length and the next, eight an octave at most.
Curve margin_curve(const TrackedClasses& tracked, std::size_t which, bool labelled) {
    std::vector<double> x, y;
    double least = std::numeric_limits<double>::infinity();
    double next = 8.0;
    for (std::size_t t = 0; t < tracked.margin.size(); ++t) {
        least = std::min(least, tracked.margin[t]);
        if (static_cast<double>(t + 1) < next) continue;
        x.push_back(static_cast<double>(t + 1));
        y.push_back(least);
        least = std::numeric_limits<double>::infinity();
        next *= std::exp2(0.5);
    }
    constexpr std::array<Color, 4> colors{0, 5, 6, 3};
    constexpr std::array dashes{Dash::solid, Dash::dashed, Dash::dash_dot, Dash::dotted};
    return make_curve(labelled ? tracker_names[which] : "", x, y, colors[which], dashes[which]);
}

Figure draw(const Tracked& tracked, int classes) {
    Figure figure;
    figure.name = fmt::format("tracking_{}", classes == 2 ? "parity" : "a3");
    figure.caption = fmt::format(
        "Margin of the right class of {}, the least since the previous point, against the length: the angle and the "
        "amplitude accumulate in each format. Below 0 the class is wrong.",
        classes == 2 ? "parity (S2)" : "three states (Z3)");
    figure.columns = 2;
    figure.height = 0.72;
    for (std::size_t f = 0; f < formats.size(); ++f) {
        Panel panel;
        panel.title = formats[f].name;
        panel.x = logarithmic_axis(f >= 2 ? "T (tokens)" : "");
        panel.y = linear_axis(f % 2 == 0 ? "margin" : "");
        panel.y.minimum = classes == 2 ? -2.2 : -2.0;
        panel.y.maximum = classes == 2 ? 2.2 : 2.0;
        const bool labelled = &formats[f] == &formats[2];  // bfloat16, where the curves soon lie low
        panel.legend = labelled ? Legend::top_right : Legend::none;
        for (std::size_t k = 0; k < trackers.size(); ++k)
            panel.marks.emplace_back(margin_curve(tracked[f][k], k, labelled));
        panel.marks.emplace_back(Rule{});
        figure.panels.push_back(panel);
    }
    return figure;
}

/// The largest |margin/(exact a^t) − 1| of a rotation that decays.
double largest_decay_difference(const TrackedClasses& tracked, int classes, double decay) {
    double largest = 0.0;
    for (std::size_t t = 0; t < tracked.margin.size(); ++t) {
        const double expected = exact_margin(classes) * std::pow(decay, static_cast<double>(t + 1));
        if (expected < 1e-300) break;
        largest = std::max(largest, std::abs(tracked.margin[t] / expected - 1.0));
    }
    return largest;
}

ClaimOutcome measure(const ClaimRun& run, int classes) {
    const Tracked tracked = track_all(run, classes);
    const double length = static_cast<double>(run.inputs.whole("T"));
    const double exact = exact_margin(classes);
    const TrackedClasses& rotation = tracked[0][0];
    double least = exact;
    for (const double margin : rotation.margin)
        if (std::abs(margin - exact) > std::abs(least - exact)) least = margin;
    const double phase_bound = rotation.phase_bound.back();
    double against_bound = 0.0, until_wrong = 1e300;
    for (const auto& format : tracked) {
        for (std::size_t t = 0; t < format[0].phase_error.size(); ++t)
            if (format[0].phase_bound[t] > 0.0 && std::isfinite(format[0].phase_error[t]))
                against_bound = std::max(against_bound, format[0].phase_error[t] / format[0].phase_bound[t]);
        if (first_unsafe(format[0], classes) <= length)
            until_wrong = std::min(until_wrong, first_wrong(format[0]) / first_unsafe(format[0], classes));
    }
    const double slope_tolerance = 2.0 * phase_bound + 16.0 * unit_roundoff;
    ClaimOutcome outcome;
    outcome.checks = {
        {Role::statement, "float64, rotation: the margin farthest from exact", Relation::equal, least, exact,
         slope_tolerance,
         "a margin moves by at most twice the phase's bound, n|fl(2π/M) − 2π/M| + u Σ|Φ|; 16u for cosines"},
        {Role::statement, "float64, rotation: share of right classes", Relation::equal, rotation.right, 1.0,
         0.5 / length, "all, while the bound of the phase is below π/M: half a token"},
        {Role::statement, "float64, rotation with decay: margin over exact a^t, minus 1", Relation::equal,
         largest_decay_difference(tracked[0][1], classes, run.inputs.real("decay")), 0.0,
         2.0 * slope_tolerance / exact + 2.0 * unit_roundoff * length, "as before, and T products"},
        {Role::statement, "four formats: phase error over its bound", Relation::at_most, against_bound, 1.0, 1e-9,
         "n|fl(2π/M) − 2π/M| + u Σ|Φ̂| for the angle as it is summed"},
        {Role::control, "decay alone, positive gates: share of right classes", Relation::at_least, tracked[0][2].right,
         0.9, 0.0, "0.9; a state that never turns always says class 0"},
        {Role::control, "fixed RoPE: share of right classes", Relation::at_least, tracked[0][3].right, 0.9, 0.0,
         "0.9; an angle that ignores the tokens"},
    };
    if (until_wrong < 1e300)
        outcome.checks.push_back(
            {Role::statement, "formats that may err: first wrong class over the length that is safe",
             Relation::at_least, until_wrong, 1.0, 0.0, "no class is wrong before the bound of the phase reaches π/M"});
    outcome.tables = {make_table(tracked, classes)};
    outcome.figures = {draw(tracked, classes)};
    std::string wrong;
    for (std::size_t f = 1; f < formats.size(); ++f)
        wrong += fmt::format("{}{} {:.0f}", f == 1 ? "" : ", ", formats[f].name, first_wrong(tracked[f][0]));
    outcome.notes = {
        fmt::format("first wrong token of a rotation whose angle is summed in: {} ({:.0f}: none)", wrong, length + 1.0),
        "the readout is one channel's; that no readout of positive gates tracks the group is a theorem, not shown "
        "here"};
    return outcome;
}

}  // namespace

TrackedClasses track(Tracker tracker, const NumberFormat& format, int classes, double decay,
                     const std::vector<bool>& marked) {
    const bool turns = tracker == Tracker::rotation || tracker == Tracker::rotation_decay;
    const double step = format.round(turn_of(classes));
    const double fixed_step = format.round(0.5 * turn_of(classes));
    const double factor = format.round(decay);
    const double step_error = std::abs(step - turn_of(classes)) + unit_roundoff * turn_of(classes);
    TrackedClasses tracked;
    double phase = 0.0, amplitude = 1.0, travelled = 0.0;
    std::uint64_t count = 0, right = 0;
    for (const bool mark : marked) {
        count += mark ? 1U : 0U;
        if (turns && mark) phase = format.add(phase, step);
        if (tracker == Tracker::rope) phase = format.add(phase, fixed_step);
        if (tracker == Tracker::rotation_decay || (tracker == Tracker::decay && mark))
            amplitude = format.multiply(amplitude, factor);
        if (mark) travelled += std::abs(phase);
        const int state = static_cast<int>(count % static_cast<std::uint64_t>(classes));
        tracked.margin.push_back(margin_of(amplitude, phase, classes, state));
        right += tracked.margin.back() > 0.0 ? 1U : 0U;
        const long double exact = 2.0L * std::numbers::pi_v<long double> / classes * static_cast<long double>(count);
        tracked.phase_error.push_back(turns ? static_cast<double>(std::abs(phase - exact)) : 0.0);
        tracked.phase_bound.push_back(static_cast<double>(count) * step_error + format.unit_roundoff() * travelled);
    }
    tracked.right = static_cast<double>(right) / static_cast<double>(marked.size());
    return tracked;
}

Claim tracking_parity() {
    return {"tracking.parity",
            "state tracking",
            "A rotation by π on marked tokens tracks parity with margin 2",
            "",
            Verdict::holds,
            "e^{iπn} is 1 or −1; neither positive gates nor fixed angles depend on the count's parity",
            false,
            inputs,
            [](const ClaimRun& run) { return measure(run, 2); },
            "tracking_parity"};
}

Claim tracking_a3() {
    return {"tracking.a3",
            "state tracking",
            "A rotation by 2π/3 on marked tokens tracks Z3 with margin 3/2",
            "",
            Verdict::holds,
            "e^{2πin/3} has three values; two real readouts of it tell them apart",
            false,
            inputs,
            [](const ClaimRun& run) { return measure(run, 3); },
            "tracking_a3"};
}

}  // namespace rotoscope
