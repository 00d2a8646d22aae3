#include "phases_tables.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace rotoscope {

Table terminal_head_table(const PhasesAnalysis& analysis, const Table& heads) {
    const std::vector<Column> short_columns{
        {"layer", "", ""},       {"head", "", ""}, {"mean |d|", "rad/token", ""},   {"bound", "rad/token", ""},
        {"R", "", ""},           {"gate", "", ""}, {"diffusion", "rad²/token", ""}, {"half-life", "tokens", ""},
        {"window", "tokens", ""}};
    // Eighty columns do not hold them all: the layer is named where there are several, the bounds where there is
    // nothing else to say of some layer.
    const bool all_sampled =
        std::ranges::all_of(analysis.layers, [](const LayerPhases& layer) { return layer.along.has_value(); });
    const auto shown = [&](std::size_t column) {
        if (short_columns[column].name == "layer") return analysis.layers.size() > 1;
        if (short_columns[column].name == "bound") return !all_sampled;
        if (short_columns[column].name == "diffusion" && !all_sampled) return false;
        for (std::size_t row = 0; row < heads.rows(); ++row)
            if (!std::holds_alternative<std::monostate>(heads.at(row, column))) return true;
        return false;
    };
    std::vector<std::size_t> kept;
    for (std::size_t column = 0; column < short_columns.size(); ++column)
        if (shown(column)) kept.push_back(column);
    std::vector<Column> columns;
    for (const std::size_t column : kept) columns.push_back(short_columns[column]);
    Table table("heads",
                analysis.layers.size() == 1 ? "phase increments d, means over the channels"
                                            : "phase increments d by layer and head, means over the channels",
                std::move(columns));
    for (std::size_t row = 0; row < heads.rows(); ++row) {
        std::vector<Cell> cells;
        for (const std::size_t column : kept) cells.push_back(heads.at(row, column));
        table.add_row(std::move(cells));
    }
    return table;
}

}  // namespace rotoscope
