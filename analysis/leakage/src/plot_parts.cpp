#include "plot_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rotoscope {

double decibels(double ratio) {
    if (std::isnan(ratio)) return ratio;
    return ratio > 0.0 ? std::max(20.0 * std::log10(ratio), lowest_level_db) : lowest_level_db;
}

std::string curve_label(const std::string& window) {
    const std::size_t colon = window.find(':');
    const std::string name = window.substr(0, colon);
    if (name == "decay" && colon != std::string::npos) return "α = " + window.substr(colon + 1);
    if (name == "geometric" && colon != std::string::npos) return "a = " + window.substr(colon + 1);
    std::string label = window;
    std::ranges::replace(label, ':', ' ');
    std::ranges::replace(label, '_', ' ');
    return label;
}

Dash dash_of(std::size_t index) {
    constexpr Dash dashes[] = {Dash::solid, Dash::dashed, Dash::dash_dot, Dash::dotted};
    return dashes[index % 4];
}

std::vector<std::size_t> spread_indices(std::size_t size, std::size_t count) {
    std::vector<std::size_t> chosen;
    if (size <= count || count < 2)
        for (std::size_t i = 0; i < std::min(size, std::max<std::size_t>(count, 1)); ++i) chosen.push_back(i);
    else
        for (std::size_t i = 0; i < count; ++i) chosen.push_back(i * (size - 1) / (count - 1));
    return chosen;
}

std::vector<std::pair<double, std::string>> decade_ticks(double low, double high) {
    std::vector<std::pair<double, std::string>> ticks;
    for (double power = std::ceil(low); power <= high; power += 1.0) {
        const int exponent = static_cast<int>(power);
        ticks.emplace_back(power, exponent >= -2 && exponent <= 2 ? fmt::format("{}", std::pow(10.0, exponent))
                                                                  : fmt::format("1e{}", exponent));
    }
    return ticks;
}

}  // namespace rotoscope
