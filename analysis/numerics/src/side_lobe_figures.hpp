// The figures that need the side lobes: levels, fall-off, ripple, leakage.
#pragma once

#include "power_grid.hpp"

#include <span>

#include "rotoscope/numerics/figures_of_merit.hpp"

namespace rotoscope::detail {

/// Adds them, given P of the samples on a grid and the frequency of half power in bins. Expects max |w| of about 1.
void add_side_lobes(FiguresOfMerit& figures, std::span<const double> samples, const PowerGrid& grid, double half_power);

/// One value of an envelope.
struct EnvelopePoint {
    double bin;
    double level_db;
};
/// The slope of level_db against log2 bin, by least squares.
[[nodiscard]] double fit_slope(std::span<const EnvelopePoint> points);

}  // namespace rotoscope::detail
