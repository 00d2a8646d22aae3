#include "model_study.hpp"
#include "plot_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

Cell cell(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

Table channel_table(const ModelStudy& study) {
    Table table("channels", "each channel after the last token: its window and what it hears",
                {{"layer", "", "layer number"},
                 {"head", "", "head number"},
                 {"channel", "", "pair of the head"},
                 {"drift", "rad/token", "mean increment of the rotation angle, (Φ_{T−1} − Φ_0)/(T − 1)"},
                 {"peak", "rad/token", "tone heard best"},
                 {"peak_level", "dB", "its response over the sum of the window: 0 for rotations that do not vary"},
                 {"window_sum", "tokens", "Σ w_l, the largest response there can be"},
                 {"oldest_weight", "", "w_{T−1}, what is left of the first token"},
                 {"window_noise_bandwidth", "bins", "T Σ w²/(Σ w)², of the window alone"},
                 {"noise_bandwidth", "bins", "T Σ w²/max |H|², of the window and the varying rotations"},
                 {"width_3db", "bins", "full width of the window's main lobe"},
                 {"leakage_factor", "", "share of the window's energy outside its main lobe"},
                 {"leakage_bound", "", "what bounds the main lobe"}});
    for (const LearnedHead& head : study.heads)
        for (std::size_t c = 0; c < head.channels.size(); ++c) {
            const LearnedChannel& channel = head.channels[c];
            table.add_row({study.layer ? integer_cell(*study.layer) : Cell(), integer_cell(head.head), integer_cell(c),
                           channel.drift, channel.peak, channel.peak_db, channel.window_sum, channel.window.back(),
                           channel.figures.noise_bandwidth, channel.noise_bandwidth, cell(channel.figures.width_3db),
                           cell(channel.figures.leakage_factor), std::string(describe(channel.figures.leakage_bound))});
        }
    return table;
}

Table spectra_table(const ModelStudy& study) {
    Table table("learned_spectra", "what each channel hears after the last token",
                {{"head", "", "head number"},
                 {"channel", "", "pair of the head"},
                 {"tone", "rad/token", "w'"},
                 {"level", "dB", "response over the sum of the window"}});
    // Every fourth tone: a table that can be read back, not the figure's resolution.
    for (const LearnedHead& head : study.heads)
        for (std::size_t c = 0; c < head.channels.size(); ++c)
            for (std::size_t k = 0; k < study.tones.size(); k += 4)
                table.add_row({integer_cell(head.head), integer_cell(c), study.tones[k], head.channels[c].level_db[k]});
    return table;
}

template <class Value>
double median_over(const LearnedHead& head, const Value& value) {
    std::vector<double> values;
    for (const LearnedChannel& channel : head.channels) values.push_back(value(channel));
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

Table terminal_table(const ModelStudy& study) {
    Table table("heads", "medians over the channels, after the last token",
                {{"head", "", ""},
                 {"|drift|", "rad/token", ""},
                 {"window", "tokens", ""},
                 {"its ENBW", "bins", ""},
                 {"ENBW heard", "bins", ""},
                 {"peak", "dB", ""}});
    for (const LearnedHead& head : study.heads)
        table.add_row(
            {integer_cell(head.head), median_over(head, [](const LearnedChannel& c) { return std::abs(c.drift); }),
             median_over(head, [](const LearnedChannel& c) { return c.window_sum; }),
             median_over(head, [](const LearnedChannel& c) { return c.figures.noise_bandwidth; }),
             median_over(head, [](const LearnedChannel& c) { return c.noise_bandwidth; }),
             std::round(1e4 * median_over(head, [](const LearnedChannel& c) { return c.peak_db; })) / 1e4 + 0.0});
    return table;
}

std::string figure_note(const ModelStudy& study) {
    return fmt::format("{}{}: {}, T = {}", study.name, study.layer ? fmt::format(", layer {}", *study.layer) : "",
                       study.inputs, format_count(study.tokens));
}

constexpr std::size_t drawn_heads = 4;
constexpr std::size_t drawn_channels = 4;

/// The channels with the shortest and the longest window, and two between: evenly spread in the order of Σw.
std::vector<std::size_t> typical_channels(const LearnedHead& head) {
    std::vector<std::size_t> order(head.channels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t c) { return head.channels[c].window_sum; });
    std::vector<std::size_t> chosen;
    for (const std::size_t i : spread_indices(order.size(), drawn_channels)) chosen.push_back(order[i]);
    return chosen;
}

/// The lag beyond which no channel's weight reaches 1 %, and somewhat more.
double drawn_lag(const LearnedHead& head) {
    std::size_t last = 0;
    for (const LearnedChannel& channel : head.channels)
        for (std::size_t l = channel.window.size(); l-- > last + 1;)
            if (channel.window[l] > 0.01) last = l;
    const double tokens = static_cast<double>(head.channels.front().window.size() - 1);
    return std::max(std::min(std::max(1.15 * static_cast<double>(last), 8.0), tokens), 1.0);
}

Panel window_panel(const LearnedHead& head) {
    Panel panel;
    panel.title = fmt::format("head {}: windows", head.head);
    panel.x = {"lag l (tokens)", Scale::linear, 0.0, drawn_lag(head), {}};
    panel.y = {"weight", Scale::linear, 0.0, 1.02, {}};
    panel.legend = Legend::above;
    Color color = 1;
    for (const std::size_t c : typical_channels(head)) {
        Curve curve{fmt::format("channel {}", c),
                    {},
                    head.channels[c].window,
                    color,
                    dash_of(color - 1),
                    Marker::none,
                    true,
                    0.9};
        curve.x.resize(curve.y.size());
        std::iota(curve.x.begin(), curve.x.end(), 0.0);
        const auto drawn = static_cast<std::size_t>(drawn_lag(head)) + 2;
        if (drawn < curve.x.size()) {
            curve.x.resize(drawn);
            curve.y.resize(drawn);
        }
        panel.marks.emplace_back(std::move(curve));
        ++color;
    }
    return panel;
}

Panel spectrum_panel(const ModelStudy& study, const LearnedHead& head) {
    Panel panel;
    panel.title = fmt::format("head {}: spectra", head.head);
    panel.x = {"tone (rad/token)", Scale::linear, study.tones.front(), study.tones.back(), {}};
    double lowest = 0.0;
    for (const std::size_t c : typical_channels(head))
        lowest = std::min(lowest, *std::ranges::min_element(head.channels[c].level_db));
    panel.y = {"response (dB)", Scale::linear, std::max(-40.0, 5.0 * std::floor(lowest / 5.0)), 1.0, {}};
    panel.legend = Legend::above;
    Color color = 1;
    for (const std::size_t c : typical_channels(head)) {
        panel.marks.emplace_back(Curve{fmt::format("channel {}", c), study.tones, head.channels[c].level_db, color,
                                       dash_of(color - 1), Marker::none, true, 0.9});
        ++color;
    }
    return panel;
}

}  // namespace

void add_model_tables(const ModelStudy& study, Result& result) {
    result.tables.push_back(channel_table(study));
    result.tables.push_back(spectra_table(study));
    result.terminal.push_back(terminal_table(study));
}

Figure learned_figure(const ModelStudy& study) {
    Figure figure;
    figure.name = "learned_windows";
    figure.caption =
        "Effective windows that learned forget gates make of the past, seen from the last token, and the response of "
        "the "
        "same channels, with the angles they turned by, to tones, over the sum of the window; the channels with the "
        "longest and the shortest window, and two between.";
    figure.note = figure_note(study);
    figure.columns = 2;
    const std::size_t heads = std::min(study.heads.size(), drawn_heads);
    figure.height = 0.46 * static_cast<double>(heads);
    for (std::size_t h = 0; h < heads; ++h) {
        figure.panels.push_back(window_panel(study.heads[h]));
        figure.panels.push_back(spectrum_panel(study, study.heads[h]));
    }
    return figure;
}

Figure learned_map_figure(const ModelStudy& study) {
    const LearnedHead& head = study.heads.front();
    HeatMap windows;
    windows.rows = head.channels.size();
    const std::size_t lags = std::min(study.tokens, static_cast<std::size_t>(drawn_lag(head)) + 1);
    const auto drawn = spread_indices(lags, 512);
    windows.columns = drawn.size();
    windows.x_step = drawn.size() > 1 ? static_cast<double>(lags - 1) / static_cast<double>(drawn.size() - 1) : 1.0;
    windows.color = {"weight", Scale::linear, 0.0, 1.0, {}};
    HeatMap spectra;
    spectra.rows = head.channels.size();
    spectra.color = {"response (dB)", Scale::linear, -40.0, 0.0, {}};
    constexpr std::size_t step = 4;
    spectra.columns = (study.tones.size() + step - 1) / step;
    spectra.x_first = study.tones.front();
    spectra.x_step = static_cast<double>(step) * (study.tones[1] - study.tones[0]);
    for (const LearnedChannel& channel : head.channels) {
        for (const std::size_t l : drawn) windows.values.push_back(channel.window[l]);
        for (std::size_t k = 0; k < study.tones.size(); k += step)
            spectra.values.push_back(std::max(channel.level_db[k], -40.0));
    }
    Figure figure;
    figure.name = "learned_spectra";
    figure.caption =
        "Effective windows of all channels of a head, seen from the last token, and their response to "
        "tones, over the sum of the window; levels below −40 dB are drawn as −40 dB.";
    figure.note = figure_note(study);
    figure.columns = 2;
    figure.height = 0.46;
    figure.panels.resize(2);
    figure.panels[0].title = fmt::format("head {}: windows", head.head);
    figure.panels[0].x.label = "lag l (tokens)";
    figure.panels[0].y.label = "channel";
    figure.panels[0].marks.emplace_back(std::move(windows));
    figure.panels[1].title = fmt::format("head {}: spectra", head.head);
    figure.panels[1].x.label = "tone (rad/token)";
    figure.panels[1].y.label = "channel";
    figure.panels[1].marks.emplace_back(std::move(spectra));
    return figure;
}

}  // namespace rotoscope
