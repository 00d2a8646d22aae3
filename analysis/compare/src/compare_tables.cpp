#include "compare_tables.hpp"

#include "quantities.hpp"
#include "terminal_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/text.hpp"
#include "rotoscope/numerics/summary.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t most_moved = 1000;

const Column checkpoint_column{"checkpoint", "", "row of the table checkpoints, from 0"};
const Column step_column{"step", "", "its training step; missing where the checkpoints have none"};
const Column from_column{"from", "", "checkpoint that is compared with: its row of the table checkpoints"};
const Column to_column{"to", "", "checkpoint that is compared"};
const Column layer_column{"layer", "", "layer, from 0"};
const Column head_column{"head", "", "head, from 0"};

Column number_column(PhaseKind kind) {
    if (kind == PhaseKind::fixed) return {"pair", "", "pair n of the head, from 0"};
    return {"channel", "", "channel of the head: pair n rotates elements n and n + P"};
}

Cell step_cell(const Snapshot& snapshot) { return snapshot.step ? integer_cell(*snapshot.step) : Cell(); }

void append_key(const ChannelKey& key, std::vector<Cell>& row) {
    for (const std::size_t number : {key.layer, key.head, key.channel}) row.push_back(integer_cell(number));
}

std::string table_name(PhaseKind kind, std::string_view name) { return fmt::format("{}{}", name_prefix(kind), name); }

Table checkpoint_table(const CompareAnalysis& analysis) {
    Table table("checkpoints", "What is compared, in order.",
                {{"checkpoint", "", "number that the other tables use, from 0"},
                 {"label", "", "name of its folder or file"},
                 {"path", "", "as given"},
                 step_column,
                 {"model", "", "family"},
                 {"position", "", "position embedding"},
                 {"layers", "", "layers of the model"},
                 {"heads", "", "heads of a layer"},
                 {"pairs", "", "pairs of a head, P"},
                 {"model_dim", "", "model dimension"},
                 {"vocabulary", "", "entries of its embedding; missing where it has none"},
                 {"generator", "", "stages of its phase generator"},
                 {"inputs", "", "what its layers were fed"},
                 {"comparisons", "", "in how many it takes part"}});
    const auto count_or_missing = [](std::size_t count) { return count == 0 ? Cell() : integer_cell(count); };
    for (std::size_t i = 0; i < analysis.snapshots.size(); ++i) {
        const Snapshot& snapshot = analysis.snapshots[i];
        const Model& model = snapshot.model;
        const auto compared = std::ranges::count_if(
            analysis.comparisons, [&](const Comparison& each) { return each.from == i || each.to == i; });
        table.add_row({integer_cell(i), snapshot.label, snapshot.path.string(), step_cell(snapshot), model.family,
                       std::string(position_name(model.position)), count_or_missing(model.layers),
                       count_or_missing(model.heads), count_or_missing(model.pairs), count_or_missing(model.model_dim),
                       count_or_missing(model.vocabulary), model.variant ? Cell(describe(*model.variant)) : Cell(),
                       snapshot.inputs.empty() ? Cell() : Cell(snapshot.inputs), integer_cell(compared)});
    }
    return table;
}

/// Median, 90 % quantile and largest of what is a number; missing where nothing is.
std::vector<Cell> spread_cells(const std::vector<double>& distances) {
    std::vector<double> known;
    for (const double distance : distances)
        if (!std::isnan(distance)) known.push_back(distance);
    if (known.empty()) return {Cell(), Cell(), Cell()};
    constexpr double probabilities[] = {0.5, 0.9, 1.0};
    std::vector<Cell> cells;
    for (const double quantile : quantiles(std::move(known), probabilities)) cells.emplace_back(quantile);
    return cells;
}

Table comparison_table(const CompareAnalysis& analysis) {
    Table table(
        "comparisons",
        "Every comparison, its channels together. Distances are of the table changes (rad/token, of increments) "
        "or frequency_changes (of couplings).",
        {from_column,
         {"from_step", "", "its training step; missing where the checkpoints have none"},
         to_column,
         {"to_step", "", "its training step; missing where the checkpoints have none"},
         {"of", "", "increments (phase generators) or couplings (fixed RoPE)"},
         {"channels", "", "channels or pairs compared"},
         {"distance_median", "", "median of the distances that are known"},
         {"distance_90", "", "their 90 % quantile"},
         {"distance_max", "", "the largest of them"}});
    for (const Comparison& comparison : analysis.comparisons) {
        std::vector<double> distances;
        for (const ChannelChange& change : comparison.channels) distances.push_back(change.distance);
        std::vector<Cell> row{integer_cell(comparison.from),
                              step_cell(analysis.snapshots[comparison.from]),
                              integer_cell(comparison.to),
                              step_cell(analysis.snapshots[comparison.to]),
                              std::string(comparison.kind == PhaseKind::fixed ? "couplings" : "increments"),
                              integer_cell(comparison.channels.size())};
        for (Cell& cell : spread_cells(distances)) row.push_back(std::move(cell));
        table.add_row(std::move(row));
    }
    return table;
}

Table not_compared_table(const CompareAnalysis& analysis) {
    Table table("not_compared", "What of a pair of checkpoints was not compared, and why.",
                {from_column, to_column, {"layer", "", "missing: the whole model"}, {"reason", "", "from against to"}});
    for (const NotCompared& pair : analysis.not_compared)
        table.add_row({integer_cell(pair.from), integer_cell(pair.to), pair.layer ? integer_cell(*pair.layer) : Cell(),
                       pair.reason});
    return table;
}

Table trajectory_table(const CompareAnalysis& analysis, PhaseKind kind) {
    std::vector<Column> columns{checkpoint_column, step_column, layer_column, head_column, number_column(kind)};
    columns.insert(columns.end(), analysis.columns(kind).begin(), analysis.columns(kind).end());
    Table table(table_name(kind, "trajectory"),
                kind == PhaseKind::fixed ? "The columns of the table frequencies of `phases`, checkpoint by checkpoint."
                                         : "The columns of the table channels of `phases`, checkpoint by checkpoint.",
                std::move(columns));
    for (const auto& measured : analysis.measured) {
        if (!measured || measured->kind != kind) continue;
        for (std::size_t row = 0; row < measured->keys.size(); ++row) {
            std::vector<Cell> cells{integer_cell(measured->snapshot),
                                    step_cell(analysis.snapshots[measured->snapshot])};
            append_key(measured->keys[row], cells);
            for (std::size_t q = 0; q < quantities(kind).size(); ++q)
                cells.push_back(cell_or_missing(measured->value(row, q)));
            table.add_row(std::move(cells));
        }
    }
    return table;
}

Table change_table(const CompareAnalysis& analysis, PhaseKind kind) {
    std::vector<Column> columns{from_column, to_column,           layer_column,
                                head_column, number_column(kind), distance_column(kind)};
    for (std::size_t q = 0; q < quantities(kind).size(); ++q)
        columns.push_back(change_column(quantities(kind)[q], analysis.columns(kind)[q].unit));
    Table table(table_name(kind, "changes"), "What changed in each channel, for each comparison.", std::move(columns));
    for (const Comparison& comparison : analysis.comparisons) {
        if (comparison.kind != kind) continue;
        const MeasuredChannels& from = analysis.of(comparison.from);
        const MeasuredChannels& to = analysis.of(comparison.to);
        for (const ChannelChange& change : comparison.channels) {
            std::vector<Cell> cells{integer_cell(comparison.from), integer_cell(comparison.to)};
            append_key(from.keys[change.from_row], cells);
            cells.push_back(cell_or_missing(change.distance));
            for (std::size_t q = 0; q < quantities(kind).size(); ++q)
                cells.push_back(cell_or_missing(
                    change_of(quantities(kind)[q].change, from.value(change.from_row, q), to.value(change.to_row, q))));
            table.add_row(std::move(cells));
        }
    }
    return table;
}

Table head_table(const CompareAnalysis& analysis, PhaseKind kind) {
    const std::string unit = distance_column(kind).unit;
    Table table(table_name(kind, "heads"), "The distances of the changes by layer and head, for each comparison.",
                {from_column,
                 to_column,
                 layer_column,
                 head_column,
                 {"channels", "", fmt::format("{}s compared", channel_word(kind))},
                 {"distance_median", unit, "median of the distances that are known"},
                 {"distance_90", unit, "their 90 % quantile"},
                 {"distance_max", unit, "the largest of them"}});
    for (const Comparison& comparison : analysis.comparisons) {
        if (comparison.kind != kind) continue;
        const MeasuredChannels& from = analysis.of(comparison.from);
        for (std::size_t first = 0; first < comparison.channels.size();) {
            const ChannelKey& key = from.keys[comparison.channels[first].from_row];
            std::vector<double> distances;
            for (; first < comparison.channels.size(); ++first) {
                const ChannelKey& next = from.keys[comparison.channels[first].from_row];
                if (next.layer != key.layer || next.head != key.head) break;
                distances.push_back(comparison.channels[first].distance);
            }
            std::vector<Cell> row{integer_cell(comparison.from), integer_cell(comparison.to), integer_cell(key.layer),
                                  integer_cell(key.head), integer_cell(distances.size())};
            for (Cell& cell : spread_cells(distances)) row.push_back(std::move(cell));
            table.add_row(std::move(row));
        }
    }
    return table;
}

/// What the table of what moved shows of a channel in both checkpoints.
std::span<const std::string_view> moved_quantities(PhaseKind kind) {
    static constexpr std::string_view generator[] = {"increment_mean", "resultant_length", "forget_half_life"};
    static constexpr std::string_view frequency[] = {"coupling", "phase_offset"};
    if (kind == PhaseKind::fixed) return frequency;
    return generator;
}

Table moved_table(const CompareAnalysis& analysis, PhaseKind kind, const std::vector<MovedChannel>& ranked) {
    std::vector<Column> columns{{"rank", "", "from 1, by distance"},
                                layer_column,
                                head_column,
                                number_column(kind),
                                from_column,
                                {"to", "", "checkpoint in which the channel is farthest from that"},
                                distance_column(kind)};
    for (const std::string_view name : moved_quantities(kind))
        for (const char* end : {"from", "to"}) {
            const Column& column = analysis.columns(kind)[quantity_index(kind, name)];
            columns.push_back({fmt::format("{}_{}", name, end), column.unit, fmt::format("{} of `{}`", name, end)});
        }
    Table table(
        table_name(kind, "moved"),
        "What moved most: every channel that moved, at the comparison in which it is farthest; the first 1,000.",
        std::move(columns));
    for (std::size_t i = 0; i < std::min(ranked.size(), most_moved); ++i) {
        const auto& [comparison, change, key] = ranked[i];
        std::vector<Cell> row{integer_cell(i + 1)};
        append_key(key, row);
        for (const std::size_t end : {comparison->from, comparison->to}) row.push_back(integer_cell(end));
        row.emplace_back(change->distance);
        for (const std::string_view name : moved_quantities(kind)) {
            const std::size_t q = quantity_index(kind, name);
            row.push_back(cell_or_missing(analysis.of(comparison->from).value(change->from_row, q)));
            row.push_back(cell_or_missing(analysis.of(comparison->to).value(change->to_row, q)));
        }
        table.add_row(std::move(row));
    }
    return table;
}

Table token_angle_table(const CompareAnalysis& analysis) {
    Table table("token_angles", "What each vocabulary entry adds to each channel of layer 0, checkpoint by checkpoint.",
                {checkpoint_column,
                 step_column,
                 layer_column,
                 head_column,
                 number_column(PhaseKind::selective),
                 {"token", "", "vocabulary entry"},
                 {"total_angle", "rad",
                  "temperature·(sum of taps)·z(token): the angle the token adds in all, once three more have followed, "
                  "besides the bias"}});
    for (const auto& measured : analysis.measured) {
        if (!measured) continue;
        for (std::size_t i = 0; i < measured->token_angles.size(); ++i) {
            std::vector<Cell> row{integer_cell(measured->snapshot), step_cell(analysis.snapshots[measured->snapshot])};
            append_key(measured->keys[i / measured->vocabulary], row);
            row.push_back(integer_cell(i % measured->vocabulary));
            row.emplace_back(measured->token_angles[i]);
            table.add_row(std::move(row));
        }
    }
    return table;
}

void add_or_note(std::size_t rows, std::string_view name, const auto& make, Result& result) {
    if (rows <= most_rows) result.tables.push_back(make());
    else
        result.notes.push_back(fmt::format("no table {}: {} rows, listed are up to {}; --layers and --heads select",
                                           name, format_count(rows), format_count(most_rows)));
}

void add_kind(const CompareAnalysis& analysis, PhaseKind kind, Result& result) {
    if (analysis.columns(kind).empty()) return;
    std::size_t rows = 0, changes = 0;
    for (const auto& measured : analysis.measured)
        if (measured && measured->kind == kind) rows += measured->keys.size();
    for (const Comparison& comparison : analysis.comparisons)
        if (comparison.kind == kind) changes += comparison.channels.size();
    add_or_note(rows, table_name(kind, "trajectory"), [&] { return trajectory_table(analysis, kind); }, result);
    if (changes == 0) return;
    add_or_note(changes, table_name(kind, "changes"), [&] { return change_table(analysis, kind); }, result);
    add_or_note(changes, table_name(kind, "heads"), [&] { return head_table(analysis, kind); }, result);
    const std::vector<MovedChannel> ranked = rank_moved(analysis, kind);
    result.tables.push_back(moved_table(analysis, kind, ranked));
    add_terminal_tables(analysis, kind, ranked, result);
}

void note_not_compared(const CompareAnalysis& analysis, Result& result) {
    constexpr std::size_t most_notes = 8;
    for (std::size_t i = 0; i < std::min(analysis.not_compared.size(), most_notes); ++i) {
        const NotCompared& pair = analysis.not_compared[i];
        result.notes.push_back(fmt::format("{} against {}: {}{}: not compared",
                                           quote(analysis.snapshots[pair.from].label),
                                           quote(analysis.snapshots[pair.to].label),
                                           pair.layer ? fmt::format("layer {}: ", *pair.layer) : "", pair.reason));
    }
    if (analysis.not_compared.size() > most_notes)
        result.notes.push_back(fmt::format("{} more are in the table not_compared",
                                           format_count(analysis.not_compared.size() - most_notes)));
}

}  // namespace

std::string key_label(const ChannelKey& key, bool layers) {
    return layers ? fmt::format("{}·{}·{}", key.layer, key.head, key.channel)
                  : fmt::format("{}·{}", key.head, key.channel);
}

bool has_layers(const CompareAnalysis& analysis, PhaseKind kind) {
    return std::ranges::any_of(analysis.comparisons, [&](const Comparison& comparison) {
        if (comparison.kind != kind) return false;
        const MeasuredChannels& from = analysis.of(comparison.from);
        return from.keys[comparison.channels.front().from_row].layer !=
               from.keys[comparison.channels.back().from_row].layer;
    });
}

std::string snapshot_label(const Snapshot& snapshot) {
    return snapshot.step ? fmt::format("step {}", format_count(*snapshot.step)) : snapshot.label;
}

void add_compare_tables(const CompareAnalysis& analysis, Result& result) {
    result.tables.push_back(checkpoint_table(analysis));
    result.tables.push_back(comparison_table(analysis));
    result.tables.push_back(not_compared_table(analysis));
    add_terminal_checkpoints(analysis, result);
    for (const PhaseKind kind : {PhaseKind::selective, PhaseKind::fixed}) add_kind(analysis, kind, result);
    if (std::ranges::any_of(analysis.measured, [](const auto& each) { return each && !each->token_angles.empty(); }))
        result.tables.push_back(token_angle_table(analysis));
    note_not_compared(analysis, result);
}

}  // namespace rotoscope
