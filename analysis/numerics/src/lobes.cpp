#include "lobes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace rotoscope::detail {
namespace {

/// The zero near `start` of derivative m by Newton's method; stays within 1.2 grid points of the middle.
double find_zero(const GridPolynomial& polynomial, std::size_t m, double start) {
    constexpr int steps = 12;
    double s = start;
    for (int step = 0; step < steps; ++step) {
        const double slope = polynomial.derivative(m + 1, s);
        if (slope == 0.0) break;
        const double next = std::clamp(s - polynomial.derivative(m, s) / slope, -1.2, 1.2);
        if (std::abs(next - s) < 1e-12) return next;
        s = next;
    }
    return s;
}

/// The vertex of the parabola through P at k − 1, k, k + 1.
Turn parabola_turn(const PowerGrid& grid, std::ptrdiff_t k, bool is_peak) {
    const double before = grid[k] - grid[k - 1];
    const double after = grid[k + 1] - grid[k];
    const double curvature = after - before;
    const double offset = curvature == 0.0 ? 0.0 : -0.5 * (before + after) / curvature;
    const double power = grid[k] - 0.125 * (before + after) * (before + after) / (curvature == 0.0 ? 1.0 : curvature);
    // Near a null the parabola may end below 0.
    return {static_cast<double>(k) + offset, std::max(0.0, power), is_peak};
}

/// The largest P′ between the points k and k + 1, roughly, of P falling at k − 1, k, k + 1 with the smallest drop in
/// the middle: whether it is near enough to 0 for a polynomial to be asked.
bool may_hide_turns(double before, double middle, double after) {
    const double bend = 2.0 * middle - before - after;  // > 0
    const double vertex = middle + 0.125 * (after - before) * (after - before) / bend;
    return vertex + bend / 24.0 > -0.1 * bend;
}

/// A minimum and a maximum of P between k and k + 1 although P falls (sign = 1) or rises (−1) at all points around.
std::optional<std::pair<Turn, Turn>> find_hidden_turns(const PowerGrid& grid, std::ptrdiff_t k, double sign) {
    const GridPolynomial polynomial(grid, k);
    const double middle = find_zero(polynomial, 2, 0.0);
    const double steepest = sign * polynomial.derivative(1, middle);
    const double bend = -sign * polynomial.derivative(3, middle);
    if (!(steepest > 0.0) || !(bend > 0.0) || std::abs(middle) > 1.0) return std::nullopt;
    const double distance = std::sqrt(2.0 * steepest / bend);
    const auto turn = [&](double start, bool is_peak) {
        const double s = find_zero(polynomial, 1, start);
        return Turn{static_cast<double>(k) + 0.5 + s, polynomial.derivative(0, s), is_peak};
    };
    return std::pair{turn(middle - distance, sign < 0.0), turn(middle + distance, sign > 0.0)};
}

/// Removes each pair of minimum and maximum that differ by less than rounding, and a leading maximum.
std::vector<Turn> drop_noise(const std::vector<Turn>& turns, const NoiseFloor& floor) {
    std::vector<Turn> kept;
    for (const Turn& turn : turns) {
        if (kept.empty() ? turn.is_peak : kept.back().is_peak == turn.is_peak) {
            // After a removed pair two turns of a kind meet: the more extreme one stays.
            if (!kept.empty() && (turn.power > kept.back().power) == turn.is_peak) kept.back() = turn;
            continue;
        }
        kept.push_back(turn);
        if (turn.is_peak && turn.power - kept[kept.size() - 2].power <= floor.resolution(turn.power)) kept.pop_back();
    }
    return kept;
}

/// Whether P rises from a last minimum, which no maximum confirms, by more than rounding within a bin.
bool rises_after(const PowerGrid& grid, const Turn& minimum, const NoiseFloor& floor) {
    const auto begin = static_cast<std::ptrdiff_t>(std::ceil(minimum.position));
    const auto end = std::min(begin + static_cast<std::ptrdiff_t>(grid.points_per_bin()), grid.last());
    for (std::ptrdiff_t k = begin; k <= end; ++k)
        if (grid[k] - minimum.power > floor.resolution(grid[k])) return true;
    return false;
}

std::size_t at(std::ptrdiff_t i) { return static_cast<std::size_t>(i); }

/// Whether P turns at k or comes close to it between k and k + 1, given the rises of P to k, k + 1 and k + 2. No
/// branches.
std::uint8_t may_turn(const double* rise) {
    const double before = rise[0];
    const double middle = rise[1];
    const double after = rise[2];
    const int turns = static_cast<int>(before * middle <= 0.0);
    const int is_level =
        static_cast<int>(std::abs(middle) < std::abs(before)) & static_cast<int>(std::abs(middle) <= std::abs(after));
    return static_cast<std::uint8_t>(turns | is_level);
}

/// Adds the turn at k, and those hidden between k and k + 1.
void add_turns(std::vector<Turn>& turns, const PowerGrid& grid, std::ptrdiff_t k, const double* rise) {
    const double before = rise[0];
    const double middle = rise[1];
    const double after = rise[2];
    if (before < 0.0 && middle >= 0.0) turns.push_back(parabola_turn(grid, k, false));
    else if (before > 0.0 && middle <= 0.0) turns.push_back(parabola_turn(grid, k, true));
    const double sign = middle < 0.0 ? 1.0 : -1.0;
    if (sign * before < 0.0 && sign * after < 0.0 && sign * middle > sign * before && sign * middle >= sign * after &&
        may_hide_turns(sign * before, sign * middle, sign * after)) {
        if (const auto hidden = find_hidden_turns(grid, k, sign)) {
            turns.push_back(hidden->first);
            turns.push_back(hidden->second);
        }
    }
}

}  // namespace

double NoiseFloor::resolution(double power) const { return 4.0 * amplitude * (std::sqrt(power) + amplitude); }

std::vector<Turn> find_turns(const PowerGrid& grid, std::ptrdiff_t begin, std::ptrdiff_t end, const NoiseFloor& floor) {
    constexpr std::ptrdiff_t run = 256;  // points whose differences are looked at together, in vectors
    std::vector<Turn> turns;
    std::array<double, run + 2> rise;
    std::array<std::uint8_t, run> is_close;
    for (std::ptrdiff_t first = begin; first <= end; first += run) {
        const std::ptrdiff_t count = std::min(run, end + 1 - first);
        for (std::ptrdiff_t i = 0; i < count + 2; ++i) rise[at(i)] = grid[first + i] - grid[first + i - 1];
        for (std::ptrdiff_t i = 0; i < count; ++i) is_close[at(i)] = may_turn(&rise[at(i)]);
        for (std::ptrdiff_t i = 0; i < count; ++i)
            if (is_close[at(i)] != 0) add_turns(turns, grid, first + i, &rise[at(i)]);
    }
    turns = drop_noise(turns, floor);
    if (!turns.empty() && !turns.back().is_peak && !rises_after(grid, turns.back(), floor)) turns.pop_back();
    return turns;
}

double find_crossing(const PowerGrid& grid, std::ptrdiff_t k, double level) {
    constexpr int steps = 4;
    const GridPolynomial polynomial(grid, k);
    double s = (grid[k] - level) / (grid[k] - grid[k + 1]) - 0.5;
    for (int step = 0; step < steps; ++step)
        s = std::clamp(s - (polynomial.derivative(0, s) - level) / polynomial.derivative(1, s), -0.5, 0.5);
    return static_cast<double>(k) + 0.5 + s;
}

std::vector<Turn> find_close_turns(const PowerGrid& grid, double position) {
    constexpr int steps = 64;
    const auto k = static_cast<std::ptrdiff_t>(std::floor(position));
    const double center = static_cast<double>(k) + 0.5;
    const GridPolynomial polynomial(grid, k);
    const auto at = [&](int i) { return position - center - 1.0 + 2.0 * i / steps; };
    std::vector<Turn> turns;
    for (int i = 0; i < steps; ++i) {
        const double before = polynomial.derivative(1, at(i));
        const double after = polynomial.derivative(1, at(i + 1));
        if (before == 0.0 || (before < 0.0) == (after < 0.0)) continue;
        const double s = at(i) + (at(i + 1) - at(i)) * before / (before - after);
        turns.push_back({center + s, polynomial.derivative(0, s), before > 0.0});
    }
    return turns;
}

Turn refine_on_grid(const PowerGrid& grid, const Turn& turn) {
    const auto k = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(std::floor(turn.position)), 0, grid.last());
    const double center = static_cast<double>(k) + 0.5;
    const GridPolynomial polynomial(grid, k);
    const double start = turn.position - center;
    const double s = find_zero(polynomial, 1, start);
    if (std::abs(s - start) > 0.5) return turn;  // Newton has left for another turn
    return {center + s, std::max(0.0, polynomial.derivative(0, s)), turn.is_peak};
}

}  // namespace rotoscope::detail
