// Attention matrices as heat maps.
#include "figure_series.hpp"
#include "rff_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

/// The smallest and the largest value; NaN cells are not asked. What few cells reach beyond is not followed: the range
/// holds 99.5 % of them.
std::pair<double, double> bulk_range(const RowMatrix<double>& blocks) {
    std::vector<double> values;
    for (Index i = 0; i < blocks.size(); ++i)
        if (std::isfinite(blocks.data()[i])) values.push_back(blocks.data()[i]);
    if (values.empty()) return {0.0, 1.0};
    std::ranges::sort(values);
    const auto at = [&](double share) {
        return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
    };
    return {at(0.0025), at(0.9975)};
}

Panel matrix_panel(const RowMatrix<double>& blocks, const MatrixResults& results, std::string title, ColorMap map,
                   double low, double high) {
    const Index block = results.block;
    const Index tokens = results.tokens;
    HeatMap heat;
    heat.rows = static_cast<std::size_t>(blocks.rows());
    heat.columns = static_cast<std::size_t>(blocks.cols());
    heat.values.assign(blocks.data(), blocks.data() + blocks.size());
    // Clipped to the colours' range, which would otherwise leave the cells blank.
    for (double& value : heat.values)
        if (!std::isnan(value)) value = std::clamp(value, low, high);
    heat.x_first = 0.5 * static_cast<double>(block - 1);
    heat.x_step = static_cast<double>(block);
    // The first query on top, as a matrix is written: query t is at −t.
    heat.y_first = -heat.x_first;
    heat.y_step = -heat.x_step;
    heat.map = map;
    heat.color = {"", Scale::linear, low, high, {}};
    Panel panel;
    panel.title = std::move(title);
    panel.x.label = "key";
    panel.y.label = "query";
    panel.equal_axes = true;
    for (const Index tick : {Index{0}, tokens / 2, tokens - 1}) {
        panel.x.ticks.emplace_back(static_cast<double>(tick), std::to_string(tick));
        panel.y.ticks.emplace_back(-static_cast<double>(tick), std::to_string(tick));
    }
    panel.marks.emplace_back(std::move(heat));
    return panel;
}

}  // namespace

std::string matrix_figure_name(const FeatureSeries& series) {
    std::string name = "matrix_" + feature_name(series);
    std::ranges::replace(name, ':', '_');
    return name;
}

std::vector<Figure> matrix_figures(const MatrixResults& results, const std::string& note) {
    std::vector<Figure> figures;
    const auto [low, high] = bulk_range(results.exact);
    for (const WeightBlocks& estimate : results.estimates) {
        const std::string name = feature_name(estimate.series);
        const RowMatrix<double> difference = estimate.estimated - results.exact;
        const auto [least, largest] = bulk_range(difference);
        const double reach = std::max({-least, largest, 1e-12});
        Figure figure;
        figure.name = matrix_figure_name(estimate.series);
        figure.caption = fmt::format(
            "Attention weights times the number of keys that the query sees (1: even attention): exact, estimated by "
            "{} "
            "with {} frequencies, and the difference. Means over blocks of {} × {} tokens; colours are clipped at the "
            "range of 99.5 % of the exact blocks, and of the differences.",
            name, results.count, results.block, results.block);
        figure.note = fmt::format("{}; {}, D = {}; weight × visible keys, blocks of {} × {}", note, name, results.count,
                                  results.block, results.block);
        figure.columns = 3;
        figure.height = 0.3;
        figure.panels.push_back(matrix_panel(results.exact, results, "Exact", ColorMap::sequential, low, high));
        figure.panels.push_back(
            matrix_panel(estimate.estimated, results, "Estimated", ColorMap::sequential, low, high));
        figure.panels.push_back(matrix_panel(difference, results, "Difference", ColorMap::diverging, -reach, reach));
        figures.push_back(std::move(figure));
    }
    return figures;
}

}  // namespace rotoscope
