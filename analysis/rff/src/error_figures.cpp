// Figures of attention errors.
#include "figure_series.hpp"
#include "rff_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

/// Curve and band of one statistic over positions; what a logarithmic axis cannot show is left out.
struct BandedCurve {
    Curve curve;
    Band band;

    BandedCurve(std::string label, std::size_t index)
        : curve{std::move(label), {}, {}, series_color(index), series_dash(index), series_marker(index), true, 1.0},
          band{"", {}, {}, {}, series_color(index)} {}

    void add(double x, const ConfidenceBand& errors) {
        curve.x.push_back(x);
        curve.y.push_back(positive_or_gap(errors.mean));
        const bool drawn = std::isfinite(errors.low) && std::isfinite(errors.high) && errors.mean > 0.0;
        band.x.push_back(x);
        // An interval that reaches below 0 is drawn to a thousandth of the mean.
        band.lower.push_back(drawn ? std::max(errors.low, 1e-3 * errors.mean) : not_drawn);
        band.upper.push_back(drawn ? errors.high : not_drawn);
    }

    void draw(Panel& panel) && {
        if (std::ranges::any_of(band.lower, [](double value) { return std::isfinite(value); }))
            panel.marks.emplace_back(std::move(band));
        panel.marks.emplace_back(std::move(curve));
    }
};

std::string slope_label(const RffOptions& options, const ErrorResults& results, std::size_t series,
                        double AttentionErrors::* member) {
    const auto slope = fit_slope(results, series, member);
    const std::string name = feature_name(options.features[series]);
    if (!slope) return name;
    return fmt::format("{}, slope {}", name, with_minus_signs(fmt::format("{:.2f}", slope->mean)));
}

Panel error_panel(const RffOptions& options, const ErrorResults& results, std::string title,
                  double AttentionErrors::* member, double FirstOrderErrors::* predicted) {
    Panel panel;
    panel.title = std::move(title);
    panel.x = {"frequencies D", Scale::logarithmic, {}, {}, {}};
    panel.y = {"relative error", Scale::logarithmic, {}, {}, {}};
    panel.legend = Legend::above;
    const std::size_t shown = std::min(options.features.size(), most_series);
    bool labelled = false;
    for (std::size_t series = 0; series < shown; ++series) {
        if (!results.predicted[series]) continue;
        Curve line{labelled ? "" : "closed form, D → ∞", {}, {}, 0, Dash::dotted, series_marker(series), true, 0.9};
        for (const Index count : results.counts) {
            line.x.push_back(static_cast<double>(count));
            line.y.push_back(
                positive_or_gap(*results.predicted[series].*predicted / std::sqrt(static_cast<double>(count))));
        }
        panel.marks.emplace_back(std::move(line));
        labelled = true;
    }
    for (std::size_t series = 0; series < shown; ++series) {
        BandedCurve banded(slope_label(options, results, series, member), series);
        for (std::size_t c = 0; c < results.counts.size(); ++c)
            banded.add(static_cast<double>(results.counts[c]), band_of(results.study.at(series, c), member));
        std::move(banded).draw(panel);
    }
    return panel;
}

}  // namespace

Figure error_figure(const RffOptions& options, const ErrorResults& results, const std::string& note) {
    Figure figure;
    figure.name = "errors";
    figure.caption = fmt::format(
        "Relative error (Frobenius) of attention estimated with D random frequencies: mean over {} seeds with the "
        "95 % confidence band of the mean, slopes of a least-squares fit, and the closed form of the error to first "
        "order in 1/D (dotted, with the marker of the features it is of).",
        results.seeds);
    figure.note = note;
    figure.columns = 2;
    figure.height = 0.62;
    figure.panels.push_back(
        error_panel(options, results, "Output", &AttentionErrors::output, &FirstOrderErrors::output));
    figure.panels.push_back(error_panel(options, results, "Attention matrix", &AttentionErrors::weights_frobenius,
                                        &FirstOrderErrors::weights_frobenius));
    return figure;
}

Figure norm_figure(const RffOptions& options, const std::vector<ErrorResults>& results, const std::string& note) {
    Figure figure;
    figure.name = "norms";
    figure.caption = fmt::format(
        "Where the estimates break: relative error of the output, and share of rows whose estimated normaliser is "
        "below "
        "a tenth of the exact one, negative or not finite, against the mean squared norm of queries and keys. D = {}, "
        "mean over {} seeds with its 95 % confidence band.",
        results.front().counts.front(), results.front().seeds);
    figure.note = note + fmt::format("; D = {}", results.front().counts.front());
    figure.columns = 2;
    figure.height = 0.58;
    Panel errors;
    errors.title = "Output";
    errors.x = {"‖q‖², ‖k‖² (mean)", Scale::logarithmic, {}, {}, {}};
    errors.y = {"relative error", Scale::logarithmic, {}, {}, {}};
    errors.legend = Legend::above;
    Panel rows;
    rows.title = "Unreliable normalisers";
    rows.x = errors.x;
    rows.y = {"rows (%)", Scale::linear, 0.0, {}, {}};
    double largest = 0.0;
    for (std::size_t series = 0; series < std::min(options.features.size(), most_series); ++series) {
        BandedCurve banded(feature_name(options.features[series]), series);
        Curve share = banded.curve;
        for (const ErrorResults& at_norm : results) {
            const SeedErrors seeds = at_norm.study.at(series, 0);
            banded.add(at_norm.squared_norm, band_of(seeds, &AttentionErrors::output));
            share.x.push_back(at_norm.squared_norm);
            share.y.push_back(100.0 * static_cast<double>(unreliable_rows(seeds)) /
                              static_cast<double>(at_norm.tokens * at_norm.seeds));
            largest = std::max(largest, share.y.back());
        }
        std::move(banded).draw(errors);
        rows.marks.emplace_back(std::move(share));
    }
    rows.legend = Legend::above;
    rows.y.maximum = std::max(1.0, 1.05 * largest);
    errors.marks.emplace_back(Rule{Rule::Direction::horizontal, 1.0, 0, Dash::dotted, ""});
    figure.panels.push_back(std::move(errors));
    figure.panels.push_back(std::move(rows));
    return figure;
}

}  // namespace rotoscope
