#include "rotoscope/numerics/turns.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"

namespace rotoscope {

void detail::refuse_angle(double radians) {
    throw internal_error(fmt::format("an angle of {} rad; expected less than 2^52 either way", radians));
}

std::vector<Turns> turns_of(std::span<const double> radians) {
    std::vector<Turns> turns(radians.size());
    std::ranges::transform(radians, turns.begin(), Turns::of_radians);
    return turns;
}

}  // namespace rotoscope
