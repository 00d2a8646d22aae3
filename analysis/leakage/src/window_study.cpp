#include "window_study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

Cell cell(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

Table figure_table(const std::vector<StudiedWindow>& windows, const LeakageOptions& options) {
    const bool half = options.width_level == WidthLevel::half;
    std::vector<Column> columns{{"window", "", "name with its parameters"},
                                {"variant", "", "periodic (DFT-even), symmetric, causal, or made by gates"},
                                {"samples", "", "N; bins are 1/N cycles a sample"}};
    for (const FigureColumn& column : figure_columns())
        columns.push_back({std::string(column.name), std::string(column.unit), std::string(column.description)});
    columns.push_back({"leakage_bound", "", "what bounds the main lobe in the leakage factor"});
    columns.push_back({"fall_off_of", "", "what the fall-off was fitted to: the continuous transform or the samples"});
    Table table(
        "figures_of_merit",
        fmt::format("levels re |W(0)|; widths at {}", half ? "half power and half amplitude" : "-3 and -6 dB exactly"),
        std::move(columns));
    for (const StudiedWindow& studied : windows) {
        const FiguresOfMerit& figures = studied.figures;
        std::vector<Cell> row{studied.window.label, studied.window.variant, integer_cell(studied.samples)};
        for (const FigureColumn& column : figure_columns()) row.push_back(cell(column.value(figures)));
        row.emplace_back(std::string(describe(figures.leakage_bound)));
        row.emplace_back(
            !figures.fall_off ? Cell() : Cell(std::string(figures.fall_off->closed_form ? "transform" : "samples")));
        table.add_row(std::move(row));
    }
    return table;
}

Table convergence_table(const std::vector<StudiedWindow>& windows) {
    std::vector<Column> columns{{"window", "", "name with its parameters"}};
    for (const FigureColumn& column : figure_columns())
        columns.push_back({std::string(column.name), std::string(column.unit),
                           "|figure(N) − figure(2N)|; of a window from a file, on a grid twice as fine: " +
                               std::string(column.description)});
    Table table("convergence", "how far each figure of merit is from its limit", std::move(columns));
    for (const StudiedWindow& studied : windows) {
        std::vector<Cell> row{studied.window.label};
        for (const auto& estimate : studied.estimates) row.push_back(cell(estimate));
        table.add_row(std::move(row));
    }
    return table;
}

Table terminal_table(const std::vector<StudiedWindow>& windows, const LeakageOptions& options) {
    const bool half = options.width_level == WidthLevel::half;
    Table table("figures of merit", "",
                {{"window", "", ""},
                 {"side lobe", "dB", ""},
                 {"ENBW", "bins", ""},
                 {half ? "½ power" : "3 dB", "bins", ""},
                 {half ? "½ ampl." : "6 dB", "bins", ""},
                 {"scallop", "dB", ""},
                 {"leakage", "%", ""},
                 {"ripple", "dB", ""}});
    const auto rounded = [](const std::optional<double>& value, int decimals) {
        if (!value) return Cell();
        if (!std::isfinite(*value)) return Cell(*value);
        const double scale = std::pow(10.0, decimals);
        return Cell(std::round(*value * scale) / scale);
    };
    for (const StudiedWindow& studied : windows) {
        const FiguresOfMerit& f = studied.figures;
        table.add_row({studied.window.label, f.highest_side_lobe ? rounded(f.highest_side_lobe->level_db, 2) : Cell(),
                       rounded(f.noise_bandwidth, 3), rounded(f.width_3db, 3), rounded(f.width_6db, 3),
                       rounded(f.scallop_loss_db, 3), f.leakage_factor ? Cell(100.0 * *f.leakage_factor) : Cell(),
                       f.ripple ? rounded(20.0 * std::log10(*f.ripple), 2) : Cell()});
    }
    return table;
}

/// "a, b and 3 more".
std::string list_labels(const std::vector<std::string>& labels) {
    constexpr std::size_t most = 6;
    std::string text;
    for (std::size_t i = 0; i < std::min(labels.size(), most); ++i) text += (i > 0 ? ", " : "") + labels[i];
    return labels.size() > most ? fmt::format("{} and {} more", text, labels.size() - most) : text;
}

void add_notes(const std::vector<StudiedWindow>& windows, const LeakageOptions& options,
               std::vector<std::string>& notes) {
    std::map<std::string, std::vector<std::string>> found;
    for (const StudiedWindow& studied : windows) {
        const std::string& label = studied.window.label;
        const std::string asked = options.symmetry == Symmetry::periodic ? "periodic" : "symmetric";
        if (studied.window.spec && studied.window.variant != asked)
            found[fmt::format("in the {} variant, the only one there is", studied.window.variant)].push_back(label);
        if (!studied.figures.width_3db)
            found["no half-power width: the response never falls that far"].push_back(label);
        else if (!studied.figures.highest_side_lobe)
            found["no side lobes; the leakage factor is the energy outside the half-power width"].push_back(label);
    }
    for (const auto& [note, labels] : found) notes.push_back(fmt::format("{}: {}", list_labels(labels), note));
}

}  // namespace

std::optional<std::uint64_t> window_study_bytes(std::uint64_t length, std::uint64_t threads, bool estimates) {
    // For each sample: the window and a scaled copy (16 bytes), and for each of the 8 grid points the FFT's input and
    // output and the power (measured: 280 bytes a sample); estimates study 2N.
    const auto each = checked_multiply(length, estimates ? 900 : 300);
    return each ? checked_multiply(*each, threads) : std::nullopt;
}

std::vector<StudiedWindow> study_windows(const std::vector<LeakageWindow>& windows, std::size_t length,
                                         const LeakageOptions& options, Context& context) {
    const FigureOptions figure_options{options.width_level, 16};
    std::map<std::size_t, FigureAnalyser> analysers;
    for (const LeakageWindow& window : windows)
        if (!analysers.contains(window.size(length)))
            analysers.emplace(window.size(length), FigureAnalyser(window.size(length), figure_options));
    std::vector<StudiedWindow> studied(windows.size());
    context.pool.for_chunks(windows.size(), 1, [&](std::size_t i, std::size_t) {
        const LeakageWindow& window = windows[i];
        const std::vector<double> samples = window.samples(length, options.symmetry);
        StudiedWindow& result = studied[i];
        result.window = window;
        result.samples = samples.size();
        result.figures = analysers.at(samples.size())(samples);
        if (window.spec)
            if (const auto fall_off = closed_form_fall_off(*window.spec)) result.figures.fall_off = fall_off;
        if (!options.estimates) return;
        result.estimates = window.spec ? estimate_convergence(*window.spec, length, options.symmetry, figure_options)
                                       : estimate_convergence(samples, figure_options);
    });
    return studied;
}

void add_window_tables(const std::vector<StudiedWindow>& windows, const LeakageOptions& options, Result& result) {
    result.tables.push_back(figure_table(windows, options));
    if (options.estimates) result.tables.push_back(convergence_table(windows));
    result.terminal.push_back(terminal_table(windows, options));
    add_notes(windows, options, result.notes);
}

}  // namespace rotoscope
