#include "plot_parts.hpp"
#include "signal_study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t most_windows = 3;

Table spectra_table(const SignalStudy& study) {
    Table table("spectra", "the signal through each window, after its last token",
                {{"window", "", "what weighs the past"},
                 {"frequency", "rad/token", "w of the rotation"},
                 {"level", "dB", "20 log10 |Σ_t w_t v_t e^{−iwt}| over the sum of the window"}});
    for (const WindowedSpectrum& spectrum : study.spectra)
        for (std::size_t k = 0; k < study.frequencies.size(); ++k)
            table.add_row({spectrum.window, study.frequencies[k], spectrum.level_db[k]});
    return table;
}

Table state_table(const SignalStudy& study) {
    Table table("spectrogram", "states of the rotations along the signal, " + study.decay,
                {{"token", "", "tokens heard"},
                 {"rotation", "", "n, of those that are listed"},
                 {"frequency", "rad/token", "w_n"},
                 {"level", "dB", "20 log10 |s_t(n)| over the sum of the window to the end"}});
    for (Index row = 0; row < study.states.rows(); ++row)
        for (Index n = 0; n < study.states.cols(); ++n)
            table.add_row({integer_cell(static_cast<std::size_t>(row + 1) * study.stride), integer_cell(n),
                           study.bank.frequencies[static_cast<std::size_t>(n)], decibels(study.states(row, n))});
    return table;
}

Table found_table(const SignalStudy& study) {
    Table table("tones", "peaks of the spectra: the nearest to each tone of the signal, or the highest",
                {{"window", "", "what weighs the past"},
                 {"tone", "rad/token", "true frequency"},
                 {"found", "rad/token", "where the spectrum peaks"},
                 {"error", "bins", "found − tone, in bins of 1/T cycles a token"},
                 {"level", "dB", "of the peak; a unit tone alone has 0"}});
    const double bins = static_cast<double>(study.signal.values.size()) / (2.0 * std::numbers::pi);
    for (const FoundTone& found : study.found)
        table.add_row({found.window, found.truth ? Cell(*found.truth) : Cell(), found.frequency,
                       found.truth ? Cell((found.frequency - *found.truth) * bins) : Cell(), found.level_db});
    return table;
}

Panel time_panel(const SignalStudy& study, const WindowedSpectrum& spectrum) {
    Panel panel;
    panel.title = spectrum.window == "boxcar" ? "rectangular" : curve_label(spectrum.window);
    panel.x.label = "token t";
    panel.y = {"Re w(t) v(t)", Scale::linear, {}, {}, {}};
    Curve signal{"", {}, {}, 1, Dash::solid, Marker::none, true, 0.8};
    Curve window{"", {}, {}, 0, Dash::dashed, Marker::none, true, 0.7};
    for (std::size_t t = 0; t < study.signal.values.size(); ++t) {
        signal.x.push_back(static_cast<double>(t));
        signal.y.push_back(spectrum.weights[t] * study.signal.values[t].real());
    }
    window.x = signal.x;
    window.y = spectrum.weights;
    panel.marks = {std::move(signal), std::move(window)};
    return panel;
}

Panel spectrum_panel(const SignalStudy& study, const WindowedSpectrum& spectrum) {
    Panel panel;
    panel.x = {"rotation w (rad/token)", Scale::linear, study.frequencies.front(), study.frequencies.back(), {}};
    panel.y = {"response (dB)", Scale::linear, -80.0, 5.0, {}};
    panel.legend = Legend::above;
    panel.marks.emplace_back(Curve{"", study.frequencies, spectrum.level_db, 1, Dash::solid, Marker::none, true, 0.8});
    Curve peaks{"found", {}, {}, 2, Dash::solid, Marker::circle, false, 1.0};
    for (const FoundTone& found : study.found) {
        if (found.window != spectrum.window) continue;
        peaks.x.push_back(found.frequency);
        peaks.y.push_back(found.level_db);
        if (found.truth)
            panel.marks.emplace_back(
                Rule{Rule::Direction::vertical, *found.truth, 0, Dash::dotted, peaks.x.size() == 1 ? "tone" : ""});
    }
    panel.marks.emplace_back(std::move(peaks));
    return panel;
}

}  // namespace

void add_signal_tables(const SignalStudy& study, Result& result) {
    Table signal("signal", study.signal.description,
                 {{"token", "", "t"}, {"real", "", "Re v_t"}, {"imaginary", "", "Im v_t"}});
    for (std::size_t t = 0; t < study.signal.values.size(); ++t)
        signal.add_row({integer_cell(t), study.signal.values[t].real(), study.signal.values[t].imag()});
    result.tables.push_back(std::move(signal));
    result.tables.push_back(spectra_table(study));
    result.tables.push_back(state_table(study));
    result.tables.push_back(found_table(study));
    result.terminal.push_back(result.tables.back());
}

Figure spectrogram_figure(const SignalStudy& study) {
    HeatMap map;
    map.rows = static_cast<std::size_t>(study.states.cols());
    map.columns = static_cast<std::size_t>(study.states.rows());
    for (Index n = 0; n < study.states.cols(); ++n)
        for (Index row = 0; row < study.states.rows(); ++row)
            map.values.push_back(std::max(decibels(study.states(row, n)), -60.0));
    map.x_first = static_cast<double>(study.stride);
    map.x_step = static_cast<double>(study.stride);
    map.color = {"response (dB)", Scale::linear, -60.0, 0.0, {}};
    Panel panel;
    panel.x.label = "tokens heard";
    const auto& frequencies = study.bank.frequencies;
    const auto [least, most] = std::ranges::minmax(frequencies);
    if (study.bank.spacing != Spacing::arbitrary && frequencies.size() > 1) {
        panel.y.label = "rotation (rad/token)";
        map.y_first = frequencies.front();
        map.y_step = (frequencies.back() - frequencies.front()) / static_cast<double>(frequencies.size() - 1);
    } else {
        panel.y.label = "rotation (rad/token)";
        for (const std::size_t n : spread_indices(frequencies.size(), 6))
            panel.y.ticks.emplace_back(static_cast<double>(n), format_significant(frequencies[n], 2));
    }
    panel.marks.emplace_back(std::move(map));
    Figure figure;
    figure.name = "spectrogram";
    figure.caption =
        "States of a bank of rotations along a signal, over the largest state that a unit tone reaches at "
        "the end; levels below −60 dB are drawn as −60 dB.";
    figure.note = fmt::format("{}; {}; {} rotations from {} to {} rad/token", study.signal.description, study.decay,
                              frequencies.size(), format_significant(least, 3), format_significant(most, 3));
    figure.panels.push_back(std::move(panel));
    return figure;
}

Figure finite_tone_figure(const SignalStudy& study) {
    Figure figure;
    figure.name = "finite_tone";
    figure.caption =
        "A finite signal in each window (top, with the window dashed) and what rotations make of it (bottom): true "
        "tones dotted, the peaks nearest to them marked.";
    figure.note = study.signal.description;
    const std::size_t columns = std::min(study.spectra.size(), most_windows);
    figure.columns = columns;
    figure.height = columns == 1 ? 0.9 : 0.7;
    for (std::size_t i = 0; i < columns; ++i) figure.panels.push_back(time_panel(study, study.spectra[i]));
    for (std::size_t i = 0; i < columns; ++i) figure.panels.push_back(spectrum_panel(study, study.spectra[i]));
    return figure;
}

}  // namespace rotoscope
