#include "rotoscope/theory/schedule.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {

std::vector<double> rope_frequencies(double base, std::size_t head_dim) {
    return rope_temperatures(1.0, base, head_dim);
}

std::vector<double> rope_temperatures(double maximum, double theta, std::size_t head_dim) {
    if (!(theta > 0.0) || !std::isfinite(theta))
        throw usage_error(fmt::format("a RoPE base of {}; expected a positive number", theta));
    if (head_dim == 0 || head_dim % 2 != 0)
        throw usage_error(fmt::format("a head dimension of {}; expected a positive even number", head_dim));
    std::vector<double> temperatures(head_dim / 2);
    for (std::size_t n = 0; n < temperatures.size(); ++n)
        temperatures[n] = maximum * std::pow(theta, -2.0 * static_cast<double>(n) / static_cast<double>(head_dim));
    return temperatures;
}

std::vector<double> rfa_temperatures(double maximum, double theta, std::size_t pairs) {
    if (!(theta > 0.0 && theta < 1.0))
        throw usage_error(fmt::format("an rfa range of {} π; expected more than 0 and less than 1", theta));
    if (pairs == 0) throw usage_error("0 pairs; expected at least 1");
    const auto tangent = [&](std::size_t n) {
        const double steps = static_cast<double>(pairs > 1 ? pairs - 1 : 1);
        return std::tan(0.5 * theta * std::numbers::pi * static_cast<double>(n) / steps);
    };
    const double largest = tangent(pairs - 1);
    std::vector<double> temperatures(pairs, 0.0);
    for (std::size_t n = 1; n < pairs; ++n) temperatures[n] = maximum * tangent(n) / largest;
    return temperatures;
}

}  // namespace rotoscope
