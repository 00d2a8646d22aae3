// Local minima and maxima of P on a grid.
#pragma once

#include "power_grid.hpp"

#include <cstddef>
#include <vector>

namespace rotoscope::detail {

/// A local minimum or maximum of P; `position` in grid points.
struct Turn {
    double position;
    double power;
    bool is_peak;
};

/// Rounding of W: `amplitude` bounds its error.
struct NoiseFloor {
    double amplitude;
    /// What two values near `power` must differ by to be told apart.
    [[nodiscard]] double resolution(double power) const;
};

/// The turns between the grid points `begin` and `end`, alternating, a minimum first, by parabolas through three points
/// (about 1e-4 of the local maximum). Where P only falls or only rises, but its differences come close to changing
/// sign, a minimum and a maximum may hide between two points (the first side lobe of a causal decay is only e^{−α/2}
/// bins wide); a polynomial decides. A rise that rounding can explain is no lobe.
[[nodiscard]] std::vector<Turn> find_turns(const PowerGrid& grid, std::ptrdiff_t begin, std::ptrdiff_t end,
                                           const NoiseFloor& floor);

/// The position in grid points between k and k + 1 where the polynomial falls to `level`, given that P does.
[[nodiscard]] double find_crossing(const PowerGrid& grid, std::ptrdiff_t k, double level);

/// All turns of the polynomial within one grid point of `position`, in order.
[[nodiscard]] std::vector<Turn> find_close_turns(const PowerGrid& grid, double position);

/// The same turn on the polynomial of degree 11 through the 12 points around it.
[[nodiscard]] Turn refine_on_grid(const PowerGrid& grid, const Turn& turn);

}  // namespace rotoscope::detail
