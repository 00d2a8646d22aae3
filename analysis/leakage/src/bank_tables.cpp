#include "bank_study.hpp"
#include "plot_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr double heard_db = -20.0;

/// What one tone leaves where.
struct ToneSummary {
    std::size_t nearest = 0;  ///< the rotation closest to the tone
    double elsewhere = 0.0;   ///< share of Σ|H|² at the others
    std::size_t heard = 0;    ///< rotations within 20 dB of their largest response
};

ToneSummary summarise(const RotationBank& bank, const ToneResponse& response) {
    ToneSummary summary;
    double total = 0.0;
    const auto distance = [&](std::size_t n) {
        return std::abs(std::remainder(bank.frequencies[n] - response.tone, 2.0 * std::numbers::pi));
    };
    for (std::size_t n = 0; n < bank.size(); ++n) {
        if (distance(n) < distance(summary.nearest)) summary.nearest = n;
        total += response.response[n] * response.response[n];
        summary.heard += response.level_db[n] >= heard_db ? 1U : 0U;
    }
    const double own = response.response[summary.nearest] * response.response[summary.nearest];
    summary.elsewhere = total > 0.0 ? (total - own) / total : 0.0;
    return summary;
}

Table response_table(const BankStudy& study) {
    Table table("responses", "what each rotation answers to a tone e^{iw't} after T tokens",
                {{"window", "", "what weighs the past"},
                 {"tone", "rad/token", "w'"},
                 {"rotation", "", "n"},
                 {"frequency", "rad/token", "w_n"},
                 {"detuning", "bins", "(w' − w_n) T/2π, not reduced modulo T"},
                 {"response", "", "|H_n| = |Σ_l w_l e^{−i(w' − w_n)l}|"},
                 {"level", "dB", "20 log10 of the response over the sum of the window"}});
    const double bins = static_cast<double>(study.length) / (2.0 * std::numbers::pi);
    for (const ToneResponse& response : study.responses)
        for (std::size_t n = 0; n < study.bank.size(); ++n)
            table.add_row({response.window, response.tone, integer_cell(n), study.bank.frequencies[n],
                           (response.tone - study.bank.frequencies[n]) * bins, response.response[n],
                           response.level_db[n]});
    return table;
}

Table summary_table(const BankStudy& study) {
    Table table("bank", "how a tone spreads over the rotations",
                {{"window", "", "what weighs the past"},
                 {"tone", "rad/token", "w'"},
                 {"nearest", "", "the rotation closest to the tone"},
                 {"nearest_level", "dB", "its response over the sum of its window"},
                 {"elsewhere", "", "share of the energy Σ|H_n|² that other rotations hear"},
                 {"heard", "", "rotations that hear the tone within 20 dB"},
                 {"method", "", "how the responses were computed"},
                 {"error", "",
                  "largest difference from the direct sum, over the sum of the window, of up to 8 "
                  "rotations; missing for the direct sum itself, and beyond 2^22 tokens"}});
    for (const ToneResponse& response : study.responses) {
        const ToneSummary summary = summarise(study.bank, response);
        table.add_row({response.window, response.tone, integer_cell(summary.nearest),
                       response.level_db[summary.nearest], summary.elsewhere, integer_cell(summary.heard),
                       std::string(describe(response.method)), response.error ? Cell(*response.error) : Cell()});
    }
    return table;
}

Table terminal_table(const BankStudy& study) {
    Table table("bank", "how a tone spreads over the rotations; error: measured against direct sums",
                {{"window", "", ""},
                 {"tone", "rad/token", ""},
                 {"nearest", "dB", ""},
                 {"elsewhere", "%", ""},
                 {"≥ −20 dB", "", ""},
                 {"method", "", ""},
                 {"error", "", ""}});
    constexpr std::size_t most_rows = 20;
    for (std::size_t i = 0; i < std::min(study.responses.size(), most_rows); ++i) {
        const ToneResponse& response = study.responses[i];
        const ToneSummary summary = summarise(study.bank, response);
        std::string method(describe(response.method));
        if (response.method == Method::fft) method = "FFT";
        if (response.method == Method::nonuniform) method = "non-uniform FFT";
        if (response.method == Method::chirp_z) method = "chirp-z";
        table.add_row({response.window, response.tone, std::round(100.0 * response.level_db[summary.nearest]) / 100.0,
                       100.0 * summary.elsewhere, integer_cell(summary.heard), method,
                       response.error ? Cell(format_significant(*response.error, 1)) : Cell(std::string("-"))});
    }
    return table;
}

}  // namespace

void add_bank_tables(const BankStudy& study, Result& result) {
    result.tables.push_back(response_table(study));
    result.tables.push_back(summary_table(study));
    result.terminal.push_back(terminal_table(study));
}

Figure bank_response_figure(const BankStudy& study) {
    constexpr std::size_t most_curves = 5;
    Panel panel;
    panel.x = {"rotation n", Scale::linear, {}, {}, {}};
    panel.y = {"response (dB)", Scale::linear, -100.0, 3.0, {}};
    panel.legend = Legend::above;
    const double tone = study.responses.front().tone;
    Color color = 0;
    for (const ToneResponse& response : study.responses) {
        if (response.tone != tone || color == most_curves) continue;
        Curve curve{response.window == "boxcar" ? "no decay" : curve_label(response.window),
                    {},
                    {},
                    color,
                    dash_of(color),
                    study.bank.size() <= 128 ? Marker::circle : Marker::none,
                    true,
                    0.8};
        for (std::size_t n = 0; n < study.bank.size(); ++n) {
            curve.x.push_back(static_cast<double>(n));
            curve.y.push_back(response.level_db[n]);
        }
        panel.marks.emplace_back(std::move(curve));
        ++color;
    }
    Figure figure;
    figure.name = "bank_response";
    figure.caption =
        "Response of each rotation of a bank to one tone after T tokens, over its largest possible response, under "
        "several windows.";
    figure.note = fmt::format("rotations {}, tone {} rad/token, T = {} tokens", study.bank.specification,
                              format_significant(tone, 4), format_count(study.length));
    figure.panels.push_back(std::move(panel));
    return figure;
}

Figure bank_map_figure(const RotationBank& bank, const std::vector<BankMap>& maps, std::size_t length) {
    Figure figure;
    figure.name = "bank_map";
    figure.caption =
        "Response of each rotation of a bank to tones of any frequency after T tokens, over its largest possible "
        "response; each cell shows the largest of the tones within.";
    figure.note =
        fmt::format("rotations {}, T = {} tokens; white: below −60 dB", bank.specification, format_count(length));
    figure.columns = std::min<std::size_t>(maps.size(), 2);
    figure.height = maps.size() > 2 ? 0.9 : maps.size() == 2 ? 0.48 : 0.5;
    for (const BankMap& map : maps) {
        HeatMap heat;
        heat.rows = map.rotations.size();
        heat.columns = map.tones.size();
        for (const double level : map.level_db) heat.values.push_back(level < -60.0 ? gap_in_curve : level);
        const auto axis = [&](double tone) { return map.logarithmic ? std::log10(tone) : tone; };
        heat.x_first = axis(map.tones.front());
        heat.x_step = (axis(map.tones.back()) - heat.x_first) / static_cast<double>(map.tones.size() - 1);
        heat.color = {"response (dB)", Scale::linear, -60.0, 0.0, {}};
        Panel panel;
        panel.title = map.window == "boxcar" ? "no decay" : curve_label(map.window);
        panel.x.label = "tone (rad/token)";
        if (map.logarithmic) panel.x.ticks = decade_ticks(axis(map.tones.front()), axis(map.tones.back()));
        panel.y.label = "rotation n";
        for (const std::size_t row : spread_indices(map.rotations.size(), 5))
            panel.y.ticks.emplace_back(static_cast<double>(row), std::to_string(map.rotations[row]));
        panel.marks.emplace_back(std::move(heat));
        figure.panels.push_back(std::move(panel));
    }
    return figure;
}

}  // namespace rotoscope
