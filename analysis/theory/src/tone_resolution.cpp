#include "rotoscope/theory/tone_resolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <limits>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/fft.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t longest_window = std::size_t{1} << 24;
constexpr double grid_points = LobeProfile::points_per_bin;

/// The maximum of the parabola through three equally spaced values whose middle one is the largest.
double parabola_peak(double before, double middle, double after) {
    const double bend = before - 2.0 * middle + after;
    const double slope = 0.5 * (after - before);
    return bend < 0.0 ? middle - 0.5 * slope * slope / bend : middle;
}

/// Where `holds` begins to hold between a point where it does not and one where it does.
template <class Holds>
double bisect(double fails_at, double holds_at, const Holds& holds) {
    for (int step = 0; step < 40; ++step) {
        const double middle = 0.5 * (fails_at + holds_at);
        (holds(middle) ? holds_at : fails_at) = middle;
    }
    return holds_at;
}

}  // namespace

double noise_loss_db(double noise_bandwidth) { return 10.0 * std::log10(noise_bandwidth); }

LobeProfile::LobeProfile(std::span<const double> window) {
    if (window.empty() || window.size() > longest_window)
        throw usage_error(fmt::format("lobes of {} samples; expected 1 to {}", window.size(), longest_window));
    // Exactly 16 points a bin: the grid's points are then those of f = k/16.
    const RealFft fft(points_per_bin * window.size());
    std::vector<double> padded(fft.size(), 0.0);
    std::ranges::copy(window, padded.begin());
    std::vector<std::complex<double>> spectrum(fft.bins());
    fft(padded, spectrum);
    const double reference = std::norm(spectrum[0]);
    if (!(reference > 0.0) || !std::isfinite(reference))
        throw input_error("a window whose samples sum to 0 or are not finite; its levels are relative to that sum");
    power_.reserve(spectrum.size());
    for (const auto& value : spectrum) power_.push_back(std::norm(value) / reference);
    beyond_ = power_;
    for (std::size_t k = beyond_.size() - 1; k-- > 0;) {
        double here = power_[k];
        if (k > 0 && power_[k] >= power_[k - 1] && power_[k] >= power_[k + 1])
            here = parabola_peak(power_[k - 1], power_[k], power_[k + 1]);
        beyond_[k] = std::max(here, beyond_[k + 1]);
    }
}

double LobeProfile::last_bin() const { return static_cast<double>(power_.size() - 1) / grid_points; }

double LobeProfile::power(double bin) const {
    const double position = std::min(std::abs(bin), last_bin()) * grid_points;
    const auto last = static_cast<std::ptrdiff_t>(power_.size()) - 1;
    const auto below = static_cast<std::ptrdiff_t>(position);
    const double t = position - static_cast<double>(below);
    // R is even about 0 and about T/2: the grid continues by reflection.
    const auto at = [&](std::ptrdiff_t k) {
        if (last == 0) return power_[0];
        const std::ptrdiff_t folded = std::abs(k) % (2 * last);
        return power_[static_cast<std::size_t>(folded <= last ? folded : 2 * last - folded)];
    };
    // Lagrange's polynomial through the points −2 … 3, in units of the grid; 1/Π_{m≠j} (j − m) of each.
    constexpr std::array<double, 6> scales{-1.0 / 120, 1.0 / 24, -1.0 / 12, 1.0 / 12, -1.0 / 24, 1.0 / 120};
    double value = 0.0;
    for (int j = -2; j <= 3; ++j) {
        double weight = scales[static_cast<std::size_t>(j + 2)];
        for (int m = -2; m <= 3; ++m)
            if (m != j) weight *= t - m;
        value += weight * at(below + j);
    }
    return std::max(value, 0.0);
}

double LobeProfile::masking_level_db(double separation) const {
    const double position = std::clamp(separation, 0.0, last_bin()) * grid_points;
    const auto next = static_cast<std::size_t>(std::ceil(position));
    return 10.0 * std::log10(std::max(power(position / grid_points), beyond_[next]));
}

/// The smallest Δ with U(Δ) ≤ 10 log10 of the weaker tone's power: U falls.
double LobeProfile::louder_than_leakage(double weaker) const {
    const auto first = std::ranges::find_if(beyond_, [&](double level) { return level <= weaker; });
    // The last place where the leakage is louder: a lobe may reach above the level between two points of the grid only.
    constexpr double parts = 64.0;
    const double end = static_cast<double>(first - beyond_.begin()) / grid_points;
    const auto masked = [&](double bin) { return power(bin) > weaker; };
    for (double back = 1.0; back <= 2.0 * parts && back <= end * grid_points * parts; back += 1.0) {
        const double bin = end - back / (grid_points * parts);
        if (masked(bin)) return bisect(bin, bin + 1.0 / (grid_points * parts), [&](double f) { return !masked(f); });
    }
    return end;
}

bool LobeProfile::dips(double separation, double weaker) const {
    const double enough = 0.5 * (weaker + power(separation));
    const auto both = [&](double bin) { return power(bin) + weaker * power(separation - bin); };
    const auto steps = static_cast<std::size_t>(std::ceil(separation * grid_points));
    const double step = separation / static_cast<double>(steps);
    double lowest = enough;
    double valley = 0.5 * separation;
    for (std::size_t k = 1; k < steps; ++k) {
        const double value = both(step * static_cast<double>(k));
        if (value <= enough) return true;
        if (k > 1 && value >= lowest) continue;
        lowest = value;
        valley = step * static_cast<double>(k);
    }
    // Between the points: the valley may be deeper than they show.
    double low = std::max(valley - step, 0.0);
    double high = std::min(valley + step, separation);
    for (int cut = 0; cut < 24; ++cut) {
        const double third = (high - low) / 3.0;
        if (both(low + third) < both(high - third)) high -= third;
        else low += third;
    }
    return both(0.5 * (low + high)) <= enough;
}

std::optional<double> LobeProfile::resolution(double level_difference_db) const {
    if (!(level_difference_db >= 0.0) || !std::isfinite(level_difference_db))
        throw usage_error(fmt::format("a level difference of {} dB; expected 0 or more", level_difference_db));
    const double weaker = std::pow(10.0, -0.1 * level_difference_db);
    constexpr double step = 1.0 / grid_points;
    const double start = std::max(louder_than_leakage(weaker), step);
    const double end = 0.5 * last_bin();
    const auto holds = [&](double separation) { return dips(separation, weaker); };
    if (start <= end && holds(start)) return start;
    for (double separation = start; separation + step <= end; separation += step)
        if (holds(separation + step)) return bisect(separation, separation + step, holds);
    return std::nullopt;
}

}  // namespace rotoscope
