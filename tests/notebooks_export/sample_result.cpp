#include "sample_result.hpp"

#include "demo_figures.hpp"

#include <fmt/format.h>

namespace rotoscope::test {

Result sample_result(std::uint64_t seed) {
    Result result;
    result.tool = "phases";
    result.options = {{"layers", "0,2-5"}};
    result.seed = seed;
    result.inputs = {{"model.safetensors", 1234, "00ff", {}}};
    for (const char* name : {"increments", "gates"}) {
        Table table(name, fmt::format("seed {}", seed), {{"layer", "", ""}, {"x", "rad/token", ""}});
        for (int row = 0; row < 5; ++row) table.add_row({integer_cell(row), 0.1 * static_cast<double>(seed) + row});
        result.tables.push_back(table);
    }
    result.figures = {histogram_figure(), stem_figure()};
    for (Figure& figure : result.figures) figure.note = fmt::format("seed {}", seed);
    return result;
}

}  // namespace rotoscope::test
