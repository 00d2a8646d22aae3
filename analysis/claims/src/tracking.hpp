// State tracking with rotations: margins of the right class along a sequence, in a number format.
#pragma once

#include <cstdint>
#include <vector>

#include "rotoscope/claims/number_format.hpp"

namespace rotoscope {

enum class Tracker {
    rotation,        ///< turned by 2π/M at a marked token
    rotation_decay,  ///< the same, and shrunk by a at every token
    decay,           ///< shrunk by a at a marked token, never turned: positive gates
    rope,            ///< turned by π/M at every token, the mean of what rotation does
};

/// What a tracker shows after each token.
struct TrackedClasses {
    std::vector<double> margin;       ///< score of the right class less the best other score
    std::vector<double> phase_error;  ///< |Φ̂ − Φ| (radians) of rotation
    std::vector<double> phase_bound;  ///< n|fl(2π/M) − 2π/M| + u Σ|Φ̂|, n marked tokens so far
    double right = 0.0;               ///< share of the tokens with a positive margin
};

/// Class scores A cos(Φ − 2πj/M), j = 0 … M − 1; Φ and A accumulate in the format, 2π/M and a are numbers of it. The
/// right class is the number of marked tokens modulo M.
[[nodiscard]] TrackedClasses track(Tracker tracker, const NumberFormat& format, int classes, double decay,
                                   const std::vector<bool>& marked);

}  // namespace rotoscope
