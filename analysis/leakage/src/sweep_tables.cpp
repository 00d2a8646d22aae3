#include "decay_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

Cell cell(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

std::vector<Column> sweep_columns() {
    std::vector<Column> columns{{"alpha", "", "α of e^{−αt/T}"}, {"a", "", "e^{−α/T}, the gate of each token"}};
    for (const FigureColumn& column : figure_columns())
        columns.push_back({std::string(column.name), std::string(column.unit), std::string(column.description)});
    columns.push_back({"leakage_bound", "", "what bounds the main lobe in the leakage factor"});
    columns.push_back({"noise_loss", "dB", "signal-to-noise lost against no decay, 10 log10 of the noise bandwidth"});
    for (const double level : resolved_levels)
        columns.push_back({fmt::format("resolution_{}db", level), "bins",
                           fmt::format("smallest separation at which two tones, one {} dB lower, are both visible: the "
                                       "lower one above the other's leakage, with a dip of 3 dB before it",
                                       level)});
    for (const double separation : weak_separations)
        columns.push_back(
            {fmt::format("weakest_{}bins", separation), "dB",
             fmt::format("the level above which a tone {} or more bins beside a strong one stands out", separation)});
    return columns;
}

Table sweep_table(const DecaySweep& sweep) {
    Table table("decay_sweep", "causal decay e^{−αt/T}: what it buys and costs", sweep_columns());
    for (const SweptDecay& decay : sweep.decays) {
        std::vector<Cell> row{decay.alpha, std::exp(-decay.alpha / static_cast<double>(sweep.length))};
        for (const FigureColumn& column : figure_columns()) row.push_back(cell(column.value(decay.figures)));
        row.emplace_back(std::string(describe(decay.figures.leakage_bound)));
        row.emplace_back(decay.noise_loss_db);
        for (const auto& resolution : decay.resolution) row.push_back(cell(resolution));
        for (const double level : decay.weakest_db) row.emplace_back(level);
        table.add_row(std::move(row));
    }
    return table;
}

Table equal_mean_table(const DecaySweep& sweep) {
    Table table("equal_mean",
                fmt::format("one decay for {} channels against one for each, α_n = 2ᾱ(n + ½)/{}: means over the "
                            "channels",
                            sweep.channels, sweep.channels),
                {{"mean_alpha", "", "ᾱ"},
                 {"shared_leakage_factor", "", "of the one decay"},
                 {"own_leakage_factor", "", "mean over the channels' own decays"},
                 {"shared_noise_loss", "dB", "of the one decay"},
                 {"own_noise_loss", "dB", "10 log10 of the mean noise bandwidth over the channels' own decays"},
                 {"shared_width_3db", "bins", "of the one decay"},
                 {"own_width_3db", "bins", "mean over the channels' own decays"},
                 {"shared_weakest", "dB", "level that stands out 10 bins beside a strong tone, of the one decay"},
                 {"own_weakest", "dB", "mean level over the channels' own decays"}});
    for (std::size_t i = 0; i < sweep.means.size(); ++i) {
        const SweptDecay* const shared = sweep.spread.data() + i * (sweep.channels + 1);
        double leakage = 0.0, bandwidth = 0.0, width = 0.0, weakest = 0.0;
        for (std::size_t n = 1; n <= sweep.channels; ++n) {
            const double share = 1.0 / static_cast<double>(sweep.channels);
            constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
            leakage += share * shared[n].figures.leakage_factor.value_or(unknown);
            bandwidth += share * shared[n].figures.noise_bandwidth;
            width += share * shared[n].figures.width_3db.value_or(unknown);
            weakest += share * shared[n].weakest_db[2];
        }
        table.add_row({sweep.means[i], cell(shared->figures.leakage_factor), leakage, shared->noise_loss_db,
                       10.0 * std::log10(bandwidth), cell(shared->figures.width_3db), width, shared->weakest_db[2],
                       weakest});
    }
    return table;
}

/// The rows nearest to round values of α.
std::vector<const SweptDecay*> shown_rows(const DecaySweep& sweep) {
    std::vector<const SweptDecay*> rows;
    for (const double alpha : {0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0}) {
        const auto nearest = std::ranges::min_element(
            sweep.decays, {}, [&](const SweptDecay& decay) { return std::abs(decay.alpha - alpha); });
        if (rows.empty() || rows.back() != &*nearest) rows.push_back(&*nearest);
    }
    return rows;
}

Table terminal_table(const DecaySweep& sweep) {
    Table table("what decay buys", "two tones: separation at which one 20 dB lower is visible; weak: 10 bins away",
                {{"α", "", ""},
                 {"leakage", "%", ""},
                 {"ripple", "dB", ""},
                 {"side lobe", "dB", ""},
                 {"½ power", "bins", ""},
                 {"SNR loss", "dB", ""},
                 {"two tones", "bins", ""},
                 {"weak", "dB", ""}});
    const auto rounded = [](double value, double scale) {
        return std::isfinite(value) ? Cell(std::round(value * scale) / scale) : Cell(value);
    };
    for (const SweptDecay* decay : shown_rows(sweep)) {
        const FiguresOfMerit& f = decay->figures;
        table.add_row({decay->alpha, f.leakage_factor ? rounded(100.0 * *f.leakage_factor, 100.0) : Cell(),
                       f.ripple ? rounded(20.0 * std::log10(*f.ripple), 100.0) : Cell(),
                       f.highest_side_lobe ? rounded(f.highest_side_lobe->level_db, 100.0) : Cell(),
                       f.width_3db ? rounded(*f.width_3db, 1000.0) : Cell(), rounded(decay->noise_loss_db, 100.0),
                       decay->resolution[1] ? rounded(*decay->resolution[1], 100.0) : Cell(),
                       rounded(decay->weakest_db[2], 100.0)});
    }
    return table;
}

}  // namespace

void add_sweep_tables(const DecaySweep& sweep, Result& result) {
    result.tables.push_back(sweep_table(sweep));
    result.tables.push_back(equal_mean_table(sweep));
    result.terminal.push_back(terminal_table(sweep));
    const bool jumps = std::ranges::any_of(
        sweep.decays, [](const SweptDecay& decay) { return decay.figures.leakage_bound == MainLobeBound::half_power; });
    if (jumps)
        result.notes.emplace_back(
            "where a decay has no side lobe up to T/4 its leakage factor is the energy outside "
            "the half-power width");
}

}  // namespace rotoscope
