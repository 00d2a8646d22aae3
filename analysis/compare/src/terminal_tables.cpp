#include "terminal_tables.hpp"

#include "compare_tables.hpp"
#include "quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/text.hpp"
#include "rotoscope/numerics/summary.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t most_checkpoints = 24;
constexpr std::size_t most_moved = 8;

double median(std::vector<double> values) {
    std::erase_if(values, [](double value) { return std::isnan(value); });
    constexpr double half = 0.5;
    return quantiles(std::move(values), std::span(&half, 1)).front();
}

/// What the row of a comparison shows besides its distances: the median over the channels.
struct ShownQuantity {
    std::string_view name;
    std::string_view title;
    std::string_view unit;
};

std::span<const ShownQuantity> shown_quantities(PhaseKind kind) {
    static constexpr ShownQuantity generator[] = {{"increment_mean_abs", "|d|", "rad/token"},
                                                  {"resultant_length", "R", ""},
                                                  {"token_range", "token range", "rad"},
                                                  {"forget_half_life", "half-life", "tokens"}};
    static constexpr ShownQuantity frequency[] = {
        {"query_norm", "|q|", ""}, {"key_norm", "|k|", ""}, {"coupling", "|c|", ""}};
    if (kind == PhaseKind::fixed) return frequency;
    return generator;
}

double median_of(const MeasuredChannels& channels, std::string_view name) {
    const std::size_t quantity = quantity_index(channels.kind, name);
    std::vector<double> values;
    for (std::size_t row = 0; row < channels.keys.size(); ++row) values.push_back(channels.value(row, quantity));
    return median(std::move(values));
}

/// The measured checkpoints of a kind, or a few of them, evenly spaced.
std::vector<const MeasuredChannels*> shown_checkpoints(const CompareAnalysis& analysis, PhaseKind kind) {
    std::vector<const MeasuredChannels*> all;
    for (const auto& measured : analysis.measured)
        if (measured && measured->kind == kind) all.push_back(&*measured);
    if (all.size() <= most_checkpoints) return all;
    std::vector<const MeasuredChannels*> shown;
    for (std::size_t i = 0; i < most_checkpoints; ++i)
        shown.push_back(all[i * (all.size() - 1) / (most_checkpoints - 1)]);
    return shown;
}

/// The distances of the comparison that ends in a checkpoint.
std::vector<double> distances_to(const CompareAnalysis& analysis, std::size_t to) {
    std::vector<double> distances;
    for (const Comparison& comparison : analysis.comparisons)
        if (comparison.to == to)
            for (const ChannelChange& change : comparison.channels) distances.push_back(change.distance);
    return distances;
}

Table median_table(const CompareAnalysis& analysis, PhaseKind kind) {
    std::vector<Column> columns{{analysis.has_steps() ? "step" : "checkpoint", "", ""}};
    for (const ShownQuantity& shown : shown_quantities(kind))
        columns.push_back({std::string(shown.title), std::string(shown.unit), ""});
    columns.push_back({"distance", distance_column(kind).unit, ""});
    columns.push_back({"largest", distance_column(kind).unit, ""});
    Table table(kind == PhaseKind::fixed ? "pairs" : "channels",
                kind == PhaseKind::fixed ? "medians over the pairs; distance |c' - c| of the couplings to the reference"
                                         : "medians over the channels; distance of the increments d to the reference",
                std::move(columns));
    for (const MeasuredChannels* measured : shown_checkpoints(analysis, kind)) {
        const Snapshot& snapshot = analysis.snapshots[measured->snapshot];
        std::vector<Cell> row{snapshot.step ? integer_cell(*snapshot.step) : Cell(snapshot.label)};
        for (const ShownQuantity& shown : shown_quantities(kind))
            row.push_back(cell_or_missing(median_of(*measured, shown.name)));
        std::vector<double> distances = distances_to(analysis, measured->snapshot);
        double largest = std::nan("");
        for (const double distance : distances) largest = std::fmax(largest, distance);
        row.push_back(cell_or_missing(median(std::move(distances))));
        row.push_back(cell_or_missing(largest));
        table.add_row(std::move(row));
    }
    return table;
}

/// Without the columns that are missing everywhere.
Table without_missing(const Table& table) {
    std::vector<Column> columns;
    std::vector<std::size_t> kept;
    for (std::size_t column = 0; column < table.columns().size(); ++column) {
        bool there = false;
        for (std::size_t row = 0; row < table.rows(); ++row)
            there = there || !std::holds_alternative<std::monostate>(table.at(row, column));
        if (!there) continue;
        kept.push_back(column);
        columns.push_back(table.columns()[column]);
    }
    Table shorter(table.name(), table.caption(), std::move(columns));
    for (std::size_t row = 0; row < table.rows(); ++row) {
        std::vector<Cell> cells;
        for (const std::size_t column : kept) cells.push_back(table.at(row, column));
        shorter.add_row(std::move(cells));
    }
    return shorter;
}

Table moved_table(const CompareAnalysis& analysis, PhaseKind kind, const std::vector<MovedChannel>& ranked) {
    const bool layers = has_layers(analysis, kind);
    const std::string_view value = kind == PhaseKind::fixed ? "coupling" : "increment_mean";
    const std::size_t quantity = quantity_index(kind, value);
    const std::string unit = analysis.columns(kind)[quantity].unit;
    const std::string symbol = kind == PhaseKind::fixed ? "|c|" : "mean d";
    std::vector<Column> columns;
    if (layers) columns.push_back({"layer", "", ""});
    for (const Column& column : {Column{"head", "", ""}, Column{std::string(channel_word(kind)), "", ""},
                                 Column{"from", "", ""}, Column{"to", "", ""}, Column{symbol + " from", unit, ""},
                                 Column{symbol + " to", unit, ""}, Column{"distance", distance_column(kind).unit, ""}})
        columns.push_back(column);
    Table table("moved", "what moved most, each where it is farthest", std::move(columns));
    for (std::size_t i = 0; i < std::min(ranked.size(), most_moved); ++i) {
        const auto& [comparison, change, key] = ranked[i];
        std::vector<Cell> row;
        if (layers) row.push_back(integer_cell(key.layer));
        row.push_back(integer_cell(key.head));
        row.push_back(integer_cell(key.channel));
        for (const std::size_t end : {comparison->from, comparison->to}) {
            const Snapshot& snapshot = analysis.snapshots[end];
            row.push_back(snapshot.step ? integer_cell(*snapshot.step) : Cell(snapshot.label));
        }
        row.push_back(cell_or_missing(analysis.of(comparison->from).value(change->from_row, quantity)));
        row.push_back(cell_or_missing(analysis.of(comparison->to).value(change->to_row, quantity)));
        row.emplace_back(change->distance);
        table.add_row(std::move(row));
    }
    return table;
}

}  // namespace

void add_terminal_checkpoints(const CompareAnalysis& analysis, Result& result) {
    const auto like_first = [&](const Snapshot& snapshot) {
        return snapshot.model.family == analysis.snapshots.front().model.family &&
               snapshot.model.position == analysis.snapshots.front().model.position &&
               describe_sizes(snapshot.model) == describe_sizes(analysis.snapshots.front().model);
    };
    result.summary.emplace_back("checkpoints", format_count(analysis.snapshots.size()));
    if (std::ranges::all_of(analysis.snapshots, like_first)) {
        append_model_summary(analysis.snapshots.front().model, result.summary);
    } else {
        Table table("checkpoints", "", {{"checkpoint", "", ""}, {"position", "", ""}, {"sizes", "", ""}});
        for (std::size_t i = 0; i < std::min(analysis.snapshots.size(), most_checkpoints); ++i) {
            const Snapshot& snapshot = analysis.snapshots[i];
            table.add_row(
                {snapshot.label,
                 std::string(snapshot.model.recognised() ? position_name(snapshot.model.position) : "not recognised"),
                 describe_sizes(snapshot.model)});
        }
        result.terminal.push_back(std::move(table));
    }
    for (const Snapshot& snapshot : analysis.snapshots)
        if (!snapshot.inputs.empty()) {
            result.summary.emplace_back("inputs", snapshot.inputs);
            break;
        }
}

void add_terminal_tables(const CompareAnalysis& analysis, PhaseKind kind, const std::vector<MovedChannel>& ranked,
                         Result& result) {
    result.terminal.push_back(without_missing(median_table(analysis, kind)));
    if (!ranked.empty()) result.terminal.push_back(moved_table(analysis, kind, ranked));
}

}  // namespace rotoscope
