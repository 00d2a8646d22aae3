#include <array>
#include <cmath>
#include <limits>

#include "rotoscope/numerics/figures_of_merit.hpp"

namespace rotoscope {
namespace {

using F = FiguresOfMerit;
using Value = std::optional<double>;

constexpr std::array columns{
    FigureColumn{
        "highest_side_lobe", "dB", "level of the highest local maximum beyond the main lobe, up to N/4",
        [](const F& f) -> Value { return f.highest_side_lobe ? Value(f.highest_side_lobe->level_db) : Value(); }},
    FigureColumn{"highest_side_lobe_bin", "bins", "where the highest side lobe is",
                 [](const F& f) -> Value { return f.highest_side_lobe ? Value(f.highest_side_lobe->bin) : Value(); }},
    FigureColumn{"first_side_lobe", "dB", "level of the side lobe nearest to the main lobe",
                 [](const F& f) -> Value { return f.first_side_lobe ? Value(f.first_side_lobe->level_db) : Value(); }},
    FigureColumn{"first_side_lobe_bin", "bins", "where the first side lobe is",
                 [](const F& f) -> Value { return f.first_side_lobe ? Value(f.first_side_lobe->bin) : Value(); }},
    FigureColumn{"fall_off", "dB/octave", "slope of the upper envelope of the side lobes",
                 [](const F& f) -> Value { return f.fall_off ? Value(f.fall_off->db_per_octave) : Value(); }},
    FigureColumn{"coherent_gain", "", "mean of the samples", [](const F& f) -> Value { return f.coherent_gain; }},
    FigureColumn{"noise_bandwidth", "bins", "equivalent noise bandwidth N sum w^2 / (sum w)^2",
                 [](const F& f) -> Value { return f.noise_bandwidth; }},
    FigureColumn{"width_3db", "bins", "full width of the main lobe at half power, or at -3 dB if asked for",
                 [](const F& f) -> Value { return f.width_3db; }},
    FigureColumn{"scallop_loss", "dB", "loss of a tone halfway between two bins",
                 [](const F& f) -> Value { return f.scallop_loss_db; }},
    FigureColumn{"worst_case_loss", "dB", "scallop loss and noise bandwidth together",
                 [](const F& f) -> Value { return f.worst_case_loss_db; }},
    FigureColumn{"width_6db", "bins", "full width of the main lobe at half amplitude, or at -6 dB if asked for",
                 [](const F& f) -> Value { return f.width_6db; }},
    FigureColumn{"overlap_75", "", "correlation of segments that overlap by 75 %",
                 [](const F& f) -> Value { return f.overlap_75; }},
    FigureColumn{"overlap_50", "", "correlation of segments that overlap by 50 %",
                 [](const F& f) -> Value { return f.overlap_50; }},
    FigureColumn{"ripple", "", "amplitude ratio of the upper to the lower envelope of the side lobes",
                 [](const F& f) -> Value { return f.ripple; }},
    FigureColumn{"main_lobe_edge", "bins", "first local minimum beyond half power",
                 [](const F& f) -> Value { return f.main_lobe_edge; }},
    FigureColumn{"leakage_factor", "", "share of the energy outside the main lobe",
                 [](const F& f) -> Value { return f.leakage_factor; }},
    FigureColumn{"main_lobe_energy", "", "share of the energy inside the main lobe",
                 [](const F& f) -> Value { return f.main_lobe_energy; }},
};

std::vector<Value> differences(const F& a, const F& b) {
    std::vector<Value> result;
    for (const FigureColumn& column : columns) {
        const Value x = column.value(a);
        const Value y = column.value(b);
        if (!x && !y) result.emplace_back();
        else if (!x || !y) result.emplace_back(std::numeric_limits<double>::infinity());
        else result.emplace_back(*x == *y ? 0.0 : std::abs(*x - *y));  // both may be infinite
    }
    return result;
}

}  // namespace

std::string_view describe(MainLobeBound bound) {
    return bound == MainLobeBound::first_minimum ? "first minimum" : "half-power width";
}

std::span<const FigureColumn> figure_columns() { return columns; }

std::vector<std::optional<double>> estimate_convergence(const WindowSpec& spec, std::size_t n, Symmetry symmetry,
                                                        const FigureOptions& options) {
    return differences(figures_of_merit(spec, n, symmetry, options), figures_of_merit(spec, 2 * n, symmetry, options));
}

std::vector<std::optional<double>> estimate_convergence(std::span<const double> samples, const FigureOptions& options) {
    FigureOptions finer = options;
    finer.points_per_bin *= 2;
    return differences(figures_of_merit(samples, options), figures_of_merit(samples, finer));
}

}  // namespace rotoscope
