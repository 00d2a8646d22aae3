#include "quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/circular_distance.hpp"

namespace rotoscope {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

constexpr Quantity generator_quantities[] = {
    {"increment_mean", ChangeKind::difference, ""},
    {"increment_mean_abs", ChangeKind::difference, "mean |d| (rad/token)"},
    {"mean_direction", ChangeKind::turn, ""},
    {"resultant_length", ChangeKind::difference, ""},
    {"increment_circular_std", ChangeKind::log_ratio, "circular deviation of d (rad)", Scale::logarithmic},
    {"von_mises_kappa", ChangeKind::log_ratio, ""},
    {"token_range", ChangeKind::difference, ""},
    {"diffusion", ChangeKind::log_ratio, ""},
    {"temperature", ChangeKind::difference, ""},
    {"bias_frequency", ChangeKind::difference, "bias frequency (rad/token)"},
    {"increment_bound", ChangeKind::log_ratio, ""},
    {"projection_norm", ChangeKind::log_ratio, "norm of the projection", Scale::logarithmic},
    {"tap_norm", ChangeKind::log_ratio, "norm of the taps"},
    {"tap_sum", ChangeKind::difference, ""},
    {"gate_mean", ChangeKind::difference, "mean phase gate"},
    {"forget_half_life", ChangeKind::log_ratio, "half-life (tokens)", Scale::logarithmic},
};

constexpr Quantity frequency_quantities[] = {
    {"rotation_frequency", ChangeKind::log_ratio, ""},
    {"query_norm", ChangeKind::log_ratio, "query norm ‖u‖"},
    {"key_norm", ChangeKind::log_ratio, "key norm ‖g‖"},
    {"coupling", ChangeKind::log_ratio, "coupling |c|", Scale::logarithmic},
    {"phase_offset", ChangeKind::turn, ""},
    {"alignment", ChangeKind::difference, "alignment |c|/(‖u‖·‖g‖)"},
};

/// Of two positive numbers, whose quotient may leave the range of double.
double log_ratio(double from, double to) {
    const double ratio = to / from;
    return std::isnormal(ratio) ? std::log(ratio) : std::log(to) - std::log(from);
}

}  // namespace

std::span<const Quantity> quantities(PhaseKind kind) {
    if (kind == PhaseKind::fixed) return frequency_quantities;
    return generator_quantities;
}

std::size_t quantity_index(PhaseKind kind, std::string_view name) {
    const auto all = quantities(kind);
    const auto found = std::ranges::find(all, name, &Quantity::name);
    if (found == all.end()) throw internal_error(fmt::format("there is no quantity {}", name));
    return static_cast<std::size_t>(found - all.begin());
}

double change_of(ChangeKind kind, double from, double to) {
    if (from == to) return 0.0;
    switch (kind) {
        case ChangeKind::difference:
            return to - from;
        case ChangeKind::log_ratio:
            return from > 0.0 && to > 0.0 ? log_ratio(from, to) : nan;
        case ChangeKind::turn:
            return circular_difference(from, to);
    }
    throw internal_error("an unknown kind of change");
}

Column change_column(const Quantity& quantity, std::string_view unit) {
    switch (quantity.change) {
        case ChangeKind::difference:
            return {fmt::format("{}_change", quantity.name), std::string(unit),
                    fmt::format("{} of `to` less that of `from`", quantity.name)};
        case ChangeKind::log_ratio:
            return {fmt::format("{}_log_ratio", quantity.name), "",
                    fmt::format("ln({} of `to` / that of `from`); missing unless both are above 0", quantity.name)};
        case ChangeKind::turn:
            return {
                fmt::format("{}_turn", quantity.name), std::string(unit),
                fmt::format("{} of `to` less that of `from`, the shorter way round, from -pi to pi", quantity.name)};
    }
    throw internal_error("an unknown kind of change");
}

std::string_view name_prefix(PhaseKind kind) { return kind == PhaseKind::fixed ? "frequency_" : ""; }

std::string_view channel_word(PhaseKind kind) { return kind == PhaseKind::fixed ? "pair" : "channel"; }

Column distance_column(PhaseKind kind) {
    if (kind == PhaseKind::fixed)
        return {"distance", "", "|c' - c| of the couplings c: no score of the pair changes by more, times its scale"};
    return {"distance", "rad/token",
            "circular Wasserstein-1 distance of the increments: how far they are moved on average, the shorter way "
            "round; missing where the layer has no inputs"};
}

}  // namespace rotoscope
