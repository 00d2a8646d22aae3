#include "decay_sweep.hpp"
#include "plot_parts.hpp"
#include "window_study.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

template <class Value>
Curve curve_over(const std::vector<SweptDecay>& decays, std::string label, Color color, const Value& value) {
    Curve curve{std::move(label), {}, {}, color, dash_of(color), Marker::none, true, 1.0};
    for (const SweptDecay& decay : decays) {
        curve.x.push_back(decay.alpha);
        const std::optional<double> y = value(decay);
        curve.y.push_back(y && std::isfinite(*y) ? *y : gap_in_curve);
    }
    return curve;
}

/// Leakage factor against width where there are side lobes, α marked at even numbers.
Panel leakage_panel(const DecaySweep& sweep, const LeakageOptions& options, Context& context) {
    Panel panel;
    panel.x.label = options.width_level == WidthLevel::half ? "half-power width (bins)" : "3 dB width (bins)";
    panel.y = {"leakage factor (%)", Scale::logarithmic, {}, {}, {}};
    panel.legend = Legend::above;
    Curve decays{"causal decay", {}, {}, 1, Dash::solid, Marker::none, true, 1.0};
    std::vector<Mark> labels;
    for (const SweptDecay& decay : sweep.decays) {
        if (!decay.figures.width_3db || !decay.figures.leakage_factor || *decay.figures.width_3db > 4.0) continue;
        decays.x.push_back(*decay.figures.width_3db);
        const bool lobes = decay.figures.leakage_bound == MainLobeBound::first_minimum;
        decays.y.push_back(lobes ? 100.0 * *decay.figures.leakage_factor : gap_in_curve);
        if (lobes && decay.alpha > 0.0 && std::abs(std::remainder(decay.alpha, 2.0)) < 1e-9)
            labels.emplace_back(Label{decays.x.back() + 0.05, decays.y.back() * 1.5,
                                      fmt::format("α = {}", format_significant(decay.alpha, 3)), Label::Anchor::left});
    }
    panel.marks.emplace_back(std::move(decays));
    const auto points = [&](const std::string& legend, const std::string& names, Color color, Marker marker) {
        LeakageOptions windows = options;
        windows.windows = names;
        windows.decay.reset();
        windows.estimates = false;
        Curve curve{legend, {}, {}, color, Dash::dashed, marker, true, 0.8};
        for (const StudiedWindow& studied :
             study_windows(collect_windows(windows, sweep.length, "").windows, sweep.length, windows, context)) {
            curve.x.push_back(studied.figures.width_3db.value_or(gap_in_curve));
            curve.y.push_back(100.0 * studied.figures.leakage_factor.value_or(gap_in_curve));
        }
        panel.marks.emplace_back(std::move(curve));
    };
    points("Poisson, 0 to 4", "poisson:0,poisson:1,poisson:2,poisson:3,poisson:4", 2, Marker::square);
    points("Kaiser, 0 to 3", "kaiser:0,kaiser:0.5,kaiser:1,kaiser:1.5,kaiser:2,kaiser:2.5,kaiser:3", 3, Marker::circle);
    for (Mark& label : labels) panel.marks.push_back(std::move(label));
    return panel;
}

Panel ripple_panel(const DecaySweep& sweep) {
    Panel panel;
    panel.x.label = "α";
    panel.y = {"dB", Scale::linear, -45.0, 25.0, {}};
    panel.legend = Legend::above;
    panel.marks.emplace_back(curve_over(sweep.decays, "ripple", 1, [](const SweptDecay& d) {
        return d.figures.ripple ? std::optional(20.0 * std::log10(*d.figures.ripple)) : std::nullopt;
    }));
    panel.marks.emplace_back(curve_over(sweep.decays, "highest side lobe", 2, [](const SweptDecay& d) {
        return d.figures.highest_side_lobe ? std::optional(d.figures.highest_side_lobe->level_db) : std::nullopt;
    }));
    panel.marks.emplace_back(
        curve_over(sweep.decays, "SNR loss", 3, [](const SweptDecay& d) { return std::optional(d.noise_loss_db); }));
    return panel;
}

Panel resolution_panel(const DecaySweep& sweep) {
    Panel panel;
    panel.x.label = "α";
    panel.y = {"resolved separation (bins)", Scale::logarithmic, {}, {}, {}};
    panel.legend = Legend::above;
    for (std::size_t i = 0; i < std::size(resolved_levels); ++i)
        panel.marks.emplace_back(
            curve_over(sweep.decays,
                       resolved_levels[i] > 0.0 ? fmt::format("{} dB lower", resolved_levels[i]) : std::string("equal"),
                       i + 1, [i](const SweptDecay& d) { return d.resolution[i]; }));
    return panel;
}

Panel weak_panel(const DecaySweep& sweep) {
    Panel panel;
    panel.x.label = "α";
    panel.y.label = "weakest tone heard (dB)";
    panel.legend = Legend::above;
    for (std::size_t i = 0; i < std::size(weak_separations); ++i)
        panel.marks.emplace_back(curve_over(sweep.decays, fmt::format("{} bins away", weak_separations[i]), i + 1,
                                            [i](const SweptDecay& d) { return std::optional(d.weakest_db[i]); }));
    return panel;
}

}  // namespace

Figure trade_off_figure(const DecaySweep& sweep, const LeakageOptions& options, Context& context) {
    Figure figure;
    figure.name = "trade_off";
    figure.caption =
        "What the causal decay e^{−αt/T} buys and costs. Leakage factor (energy outside the main lobe) against its "
        "width, beside families of symmetric windows; ripple, highest side lobe and loss of signal-to-noise against α; "
        "separation at which two tones are both visible, the second lower by the level given; level above which a weak "
        "tone stands out beside a strong one. Side lobes are sought up to T/4: where the first one merges into the "
        "main "
        "lobe, leakage factor and side lobe jump; where there is none, they are not drawn.";
    figure.note = fmt::format("T = {} tokens", format_count(sweep.length));
    figure.columns = 2;
    figure.height = 0.95;
    figure.panels = {leakage_panel(sweep, options, context), ripple_panel(sweep), resolution_panel(sweep),
                     weak_panel(sweep)};
    return figure;
}

Figure equal_mean_figure(const DecaySweep& sweep) {
    const auto panel = [&](std::string label, Scale scale, const auto& value) {
        Panel result;
        result.x.label = "mean α";
        result.y = {std::move(label), scale, {}, {}, {}};
        result.legend = Legend::above;
        Curve shared{"one decay", {}, {}, 1, Dash::solid, Marker::circle, true, 1.0};
        Curve own{"one each, mean", {}, {}, 2, Dash::dashed, Marker::square, true, 1.0};
        Band range{"one each, range", {}, {}, {}, 2};
        for (std::size_t i = 0; i < sweep.means.size(); ++i) {
            const SweptDecay* const row = sweep.spread.data() + i * (sweep.channels + 1);
            double sum = 0.0, least = value(row[1]), most = least;
            for (std::size_t n = 1; n <= sweep.channels; ++n) {
                sum += value(row[n]);
                least = std::min(least, value(row[n]));
                most = std::max(most, value(row[n]));
            }
            for (std::vector<double>* x : {&shared.x, &own.x, &range.x}) x->push_back(sweep.means[i]);
            shared.y.push_back(value(row[0]));
            own.y.push_back(sum / static_cast<double>(sweep.channels));
            range.lower.push_back(least);
            range.upper.push_back(most);
        }
        result.marks = {std::move(range), std::move(shared), std::move(own)};
        return result;
    };
    Figure figure;
    figure.name = "equal_mean";
    figure.caption = fmt::format(
        "One decay for all channels of a bank against one for each at equal mean, α_n = 2ᾱ(n + ½)/{0} for {0} "
        "channels: "
        "equivalent noise bandwidth, and level above which a weak tone 10 bins beside a strong one stands out.",
        sweep.channels);
    figure.note = fmt::format("T = {} tokens", format_count(sweep.length));
    figure.columns = 2;
    figure.height = 0.48;
    figure.panels.push_back(
        panel("noise bandwidth (bins)", Scale::linear, [](const SweptDecay& d) { return d.figures.noise_bandwidth; }));
    figure.panels.push_back(
        panel("weakest tone, 10 bins (dB)", Scale::linear, [](const SweptDecay& d) { return d.weakest_db[2]; }));
    return figure;
}

}  // namespace rotoscope
