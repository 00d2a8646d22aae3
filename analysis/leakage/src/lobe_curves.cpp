#include "lobe_curves.hpp"

#include "plot_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

constexpr std::size_t points_per_bin = 48;
constexpr std::size_t most_curves = 5;  // of a panel: more cannot be told apart

RotationBank bins_bank(std::size_t length, const std::vector<double>& bins) {
    const double bin = 2.0 * std::numbers::pi / static_cast<double>(length);
    return linear_bank(bins.size(), 0.0, bin * bins.back());
}

std::vector<double> levels(std::span<const Complex> response) {
    std::vector<double> result;
    const double reference = std::abs(response[0]);
    for (const Complex& value : response) result.push_back(decibels(std::abs(value) / reference));
    return result;
}

Panel lobe_panel(const LobeCurves& all, bool causal, const std::string& title) {
    Panel panel;
    panel.title = title;
    panel.x = {"detuning (bins)", Scale::linear, 0.0, all.bins.back(), {}};
    panel.y = {"response (dB)", Scale::linear, -60.0, 3.0, {}};
    panel.legend = Legend::above;
    Color color = 0;
    for (const LobeCurve& curve : all.curves) {
        const bool rectangle = curve.label == "boxcar";
        if ((curve.causal != causal && !rectangle) || color == most_curves) continue;
        const double lowest = causal ? -60.0 : -100.0;
        panel.y.minimum = std::min(*panel.y.minimum, lowest);
        panel.marks.emplace_back(Curve{rectangle ? "no decay" : curve_label(curve.label), all.bins, curve.level_db,
                                       color, dash_of(color), Marker::none, true, 0.9});
        ++color;
    }
    return panel;
}

}  // namespace

LobeCurves lobe_curves(const std::vector<LeakageWindow>& windows, std::size_t length, Symmetry symmetry,
                       double last_bin, Context& context) {
    LobeCurves result;
    const double end = std::max(1.0, std::min(last_bin, 0.5 * static_cast<double>(length)));
    const auto points = static_cast<std::size_t>(end * points_per_bin);
    for (std::size_t i = 0; i <= points; ++i)
        result.bins.push_back(end * static_cast<double>(i) / static_cast<double>(points));
    std::map<std::size_t, ResponsePlan> plans;
    for (const LeakageWindow& window : windows) {
        const std::size_t n = window.size(length);
        const RotationBank bank = bins_bank(n, result.bins);
        LobeCurve curve;
        curve.label = window.label;
        curve.causal = window.decay(n).has_value() || !window.spec;
        if (const auto decay = window.decay(n)) {
            const Response response = decay_responses(std::vector<double>{*decay}, n, bank, 0.0);
            curve.level_db = levels(response.values);
        } else {
            const auto plan = plans.try_emplace(n, bank, n).first;
            const std::vector<double> samples = window.samples(n, symmetry);
            curve.level_db = levels(plan->second(context.pool, std::vector<Complex>(samples.begin(), samples.end())));
            curve.method = plan->second.method();
        }
        result.curves.push_back(std::move(curve));
    }
    return result;
}

Figure lobe_figure(const LobeCurves& curves, const std::string& note) {
    const bool decays = std::ranges::any_of(
        curves.curves, [](const LobeCurve& curve) { return curve.causal && curve.label != "boxcar"; });
    const bool others = std::ranges::any_of(curves.curves, [](const LobeCurve& curve) { return !curve.causal; });
    Figure figure;
    figure.name = "responses";
    figure.caption =
        "Response |W(f)|/|W(0)| of a rotated channel against the detuning f of a tone from the rotation, in bins of "
        "1/T "
        "cycles a token, without decay (rectangular window), under causal decays and under symmetric windows.";
    figure.note = note;
    figure.columns = decays && others ? 2 : 1;
    figure.height = decays && others ? 0.5 : 0.45;
    if (decays || !others) figure.panels.push_back(lobe_panel(curves, true, others ? "Causal decay" : ""));
    if (others) figure.panels.push_back(lobe_panel(curves, false, decays ? "Symmetric windows" : ""));
    return figure;
}

}  // namespace rotoscope
