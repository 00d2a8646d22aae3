// Temperatures of random features as a user names them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

/// σ_j, which multiplies frequency w_j: a set of numbers that is repeated over the frequencies, so that any number of
/// them has all temperatures alike.
struct Temperatures {
    enum class Schedule { listed, rope, rfa };
    Schedule schedule = Schedule::listed;
    std::vector<double> listed = {1.0};
    double parameter = 0.0;  ///< base of rope, ε of rfa

    /// Every frequency is drawn from N(0, I): what the closed forms of the attention error are for.
    [[nodiscard]] bool standard() const { return schedule == Schedule::listed && listed == std::vector<double>{1.0}; }

    /// The set for vectors of d components: RoPE's base^(−n/P) or rfa's tan(φ_n/2) with the largest 1, n = 0 … P − 1, P
    /// = d/2 (schedule.hpp). Throws Error (usage) where d is odd.
    [[nodiscard]] std::vector<double> set(std::size_t dimension) const;

    /// One temperature where all are equal, else `count`.
    [[nodiscard]] std::vector<double> repeated(std::size_t dimension, std::size_t count) const;

    /// As parsed: "1", "rope:10000", "rfa:0.005", "0.5,1".
    [[nodiscard]] std::string describe() const;
};

/// Temperatures from "rope:BASE" (base > 1; 10000 where it is left out), "rfa:EPS" (0 < ε < 1; 0.005 where it is left
/// out) or numbers ≥ 0 separated by commas. Throws Error (usage) for anything else.
[[nodiscard]] Temperatures parse_temperatures(std::string_view text);

/// A finite number that makes up the whole text. Throws Error (usage) that names the option.
[[nodiscard]] double parse_real(std::string_view option, std::string_view text);

/// The same for numbers separated by commas.
[[nodiscard]] std::vector<double> parse_reals(std::string_view option, std::string_view list);

}  // namespace rotoscope
