#include "side_lobe_figures.hpp"

#include "lane_sums.hpp"
#include "lobes.hpp"
#include "spectrum_point.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

namespace rotoscope::detail {
namespace {

// What three-point parabolas may miss of a lobe's level: (π/16)⁴/24 and its like, with slack.
constexpr double parabola_error = 1e-3;
// What the polynomials of degree 11 may miss.
constexpr double polynomial_error = 1e-8;
// An amplitude ratio above this is taken for a null.
constexpr double largest_ripple = 1e6;

double decibels(double power_ratio) { return 10.0 * std::log10(power_ratio); }

/// One window's samples, grid and turns: what the figures below read.
class SideLobes {
public:
    SideLobes(std::span<const double> samples, const PowerGrid& grid, double half_power)
        : samples_(samples), grid_(grid), floor_(noise_floor(samples)) {
        const auto begin = static_cast<std::ptrdiff_t>(std::floor(half_power * grid.points_per_bin())) + 1;
        turns_ = find_turns(grid, begin, grid.last() / 2, floor_);
        // The parabolas of the last point may end beyond N/4.
        std::erase_if(turns_, [&](const Turn& turn) { return turn.position > 0.5 * static_cast<double>(grid.last()); });
        split_first_minimum();
        drop_split_null();
    }

    [[nodiscard]] std::optional<double> edge() const {
        if (turns_.empty()) return std::nullopt;
        return exact(refine_on_grid(grid_, turns_.front())).bin;
    }

    /// The first of the highest side lobes. Lobes that a parabola cannot tell from the highest are compared on
    /// polynomials, those that polynomials cannot tell apart differ by less than 1e-8.
    [[nodiscard]] std::optional<SideLobe> highest() const {
        double highest = 0.0;
        for (const Turn& turn : turns_)
            if (turn.is_peak) highest = std::max(highest, turn.power);
        std::vector<Turn> candidates;
        for (const Turn& turn : turns_)
            if (turn.is_peak && turn.power >= highest * (1.0 - parabola_error))
                candidates.push_back(refine_on_grid(grid_, turn));
        if (candidates.empty()) return std::nullopt;
        for (const Turn& turn : candidates) highest = std::max(highest, turn.power);
        const auto best = std::max_element(candidates.begin(), candidates.end(),
                                           [](const Turn& a, const Turn& b) { return a.power < b.power; });
        const double threshold = best->power * (1.0 - polynomial_error);
        return describe(*std::find_if(candidates.begin(), candidates.end(),
                                      [&](const Turn& turn) { return turn.power >= threshold; }));
    }

    [[nodiscard]] std::optional<SideLobe> first() const {
        if (turns_.size() < 2) return std::nullopt;
        return describe(refine_on_grid(grid_, turns_[1]));
    }

    /// The upper envelope in steps of half an octave, several lobes wide: the highest lobe of each.
    [[nodiscard]] std::optional<FallOff> fall_off(double edge) const {
        constexpr double steps_per_octave = 2.0;
        const double first_bin = std::max(10.0, 4.0 * edge);
        const double last_bin = static_cast<double>(grid_.last()) / grid_.points_per_bin() / 4.0;
        const double complete = std::floor(steps_per_octave * std::log2(last_bin / first_bin));
        std::map<int, Turn> steps;
        for (const Turn& turn : turns_) {
            const double bin = turn.position / grid_.points_per_bin();
            const double index = std::floor(steps_per_octave * std::log2(bin / first_bin));
            if (!turn.is_peak || index < 0.0 || index >= complete || turn.power < lowest_lobe()) continue;
            Turn& step = steps.try_emplace(static_cast<int>(index), turn).first->second;
            if (turn.power > step.power) step = turn;
        }
        if (steps.size() < 4) return std::nullopt;
        std::vector<EnvelopePoint> envelope;
        for (const auto& [index, turn] : steps) {
            const Turn refined = refine_on_grid(grid_, turn);
            envelope.push_back({refined.position / grid_.points_per_bin(), decibels(refined.power / grid_[0])});
        }
        return FallOff{fit_slope(envelope), envelope.front().bin, envelope.back().bin, false};
    }

    [[nodiscard]] std::optional<double> ripple() const {
        struct Lobe {
            std::size_t turn;
            double ratio;
        };
        constexpr std::size_t most = 33;
        std::vector<Lobe> lobes;
        // Turns alternate, a minimum first: the peaks that have a minimum on either side are 1, 3, 5, …
        const std::size_t peaks = turns_.empty() ? 0 : (turns_.size() - 1) / 2;
        const std::size_t sampled = std::min(peaks, most);
        for (std::size_t i = 0; i < sampled; ++i) {
            const std::size_t turn = 2 * (sampled > 1 ? i * (peaks - 1) / (sampled - 1) : 0) + 1;
            lobes.push_back({turn, ratio(turn, [this](const Turn& t) { return refine_on_grid(grid_, t).power; })});
        }
        if (lobes.empty()) return std::nullopt;
        const auto median = lobes.begin() + static_cast<std::ptrdiff_t>(lobes.size() / 2);
        std::nth_element(lobes.begin(), median, lobes.end(), [](const Lobe& a, const Lobe& b) {
            return std::tie(a.ratio, a.turn) < std::tie(b.ratio, b.turn);
        });
        // A polynomial knows a null to about 1e-5 of the maximum's amplitude; a ratio well below that, exactly.
        constexpr double surely_null = 1e8;
        if (median->ratio > surely_null) return std::numeric_limits<double>::infinity();
        const double exact_ratio =
            ratio(median->turn, [this](const Turn& t) { return exact(refine_on_grid(grid_, t)).power; });
        return exact_ratio < largest_ripple ? exact_ratio : std::numeric_limits<double>::infinity();
    }

    /// 2 ∫_F^{N/2} P df / (N Σ w²), summed from the small end's side: 1 minus the energy inside would cancel.
    [[nodiscard]] double leakage(double bound) const {
        const double start = bound * grid_.points_per_bin();
        const auto k = static_cast<std::ptrdiff_t>(std::floor(start));
        const GridPolynomial polynomial(grid_, k);
        // From the bound to the point k + 1, then the trapezoidal rule with the end corrections of Euler and Maclaurin.
        // At N/2 the symmetry of P makes all corrections 0.
        double area = polynomial.integral(start - static_cast<double>(k) - 0.5, 0.5);
        const double ends = 0.5 * (grid_[k + 1] + grid_[grid_.last()]);
        const auto inside = static_cast<std::size_t>(std::max<std::ptrdiff_t>(grid_.last() - k - 2, 0));
        const double sum =
            ends + sum_lanes(inside, [&](std::size_t i) { return grid_[k + 2 + static_cast<std::ptrdiff_t>(i)]; });
        const auto derivative = [&](std::size_t m) { return polynomial.derivative(m, 0.5); };
        area +=
            sum + derivative(1) / 12.0 - derivative(3) / 720.0 + derivative(5) / 30240.0 - derivative(7) / 1209600.0;
        const double energy = dot(samples_, samples_);
        return 2.0 * area / (grid_.points_per_bin() * static_cast<double>(samples_.size()) * energy);
    }

private:
    /// Two nulls closer together than the grid look like one minimum (Blackman's at 3 and 3.055 bins), and hide the
    /// first side lobe. Elsewhere such a lobe is too low to matter.
    void split_first_minimum() {
        if (turns_.empty()) return;
        std::vector<Turn> parts = find_close_turns(grid_, turns_.front().position);
        if (parts.size() != 3 || parts.front().is_peak) return;
        for (Turn& part : parts) {
            const TurningPoint point = exact(part);
            part = {point.bin * grid_.points_per_bin(), point.power, part.is_peak};
        }
        const double lobe = parts[1].power - std::max(parts[0].power, parts[2].power);
        const bool in_order = parts[0].position < parts[1].position && parts[1].position < parts[2].position;
        if (!in_order || lobe <= floor_.resolution(parts[1].power) || parts[1].power < lowest_lobe()) return;
        turns_.erase(turns_.begin());
        turns_.insert(turns_.begin(), parts.begin(), parts.end());
    }

    /// Sampling splits the multiple nulls of Parzen's window, too, and leaves a lobe 150 dB below its neighbours.
    void drop_split_null() {
        constexpr double too_low = 1e-10;
        while (turns_.size() >= 4 && turns_[1].power < too_low * turns_[3].power)
            turns_.erase(turns_.begin(), turns_.begin() + 2);
    }

    /// eps Σ|w|: errors of the samples and of the transform's factors are not independent (at 2²⁰ samples they add up
    /// to spikes at N/16 and N/8 that a root-mean-square estimate would take for lobes).
    static NoiseFloor noise_floor(std::span<const double> samples) {
        const double magnitude = sum_lanes(samples.size(), [&](std::size_t i) { return std::abs(samples[i]); });
        return {std::numeric_limits<double>::epsilon() * magnitude};
    }

    /// Lobes below ten times the noise say nothing about an envelope.
    [[nodiscard]] double lowest_lobe() const { return 100.0 * floor_.amplitude * floor_.amplitude; }

    [[nodiscard]] TurningPoint exact(const Turn& turn) const {
        const double step = 1.0 / grid_.points_per_bin();
        return refine_turning_point(samples_, turn.position * step, 0.1 * step);
    }

    [[nodiscard]] SideLobe describe(const Turn& turn) const {
        const TurningPoint point = exact(turn);
        return {decibels(point.power / grid_[0]), point.bin};
    }

    /// The amplitude at the peak over the geometric mean of those at the minima beside it, each read by power_of.
    template <class PowerOf>
    [[nodiscard]] double ratio(std::size_t turn, const PowerOf& power_of) const {
        const double below = power_of(turns_[turn - 1]) * power_of(turns_[turn + 1]);
        return std::sqrt(power_of(turns_[turn]) / std::sqrt(std::max(below, std::numeric_limits<double>::min())));
    }

    std::span<const double> samples_;
    const PowerGrid& grid_;
    NoiseFloor floor_;
    std::vector<Turn> turns_;
};

}  // namespace

double fit_slope(std::span<const EnvelopePoint> points) {
    const auto n = static_cast<double>(points.size());
    double x = 0.0;
    double y = 0.0;
    for (const EnvelopePoint& point : points) {
        x += std::log2(point.bin) / n;
        y += point.level_db / n;
    }
    double xx = 0.0;
    double xy = 0.0;
    for (const EnvelopePoint& point : points) {
        const double dx = std::log2(point.bin) - x;
        xx += dx * dx;
        xy += dx * (point.level_db - y);
    }
    return xy / xx;
}

void add_side_lobes(FiguresOfMerit& figures, std::span<const double> samples, const PowerGrid& grid,
                    double half_power) {
    const SideLobes lobes(samples, grid, half_power);
    figures.main_lobe_edge = lobes.edge();
    figures.leakage_bound = figures.main_lobe_edge ? MainLobeBound::first_minimum : MainLobeBound::half_power;
    figures.leakage_factor = lobes.leakage(figures.main_lobe_edge.value_or(half_power));
    figures.main_lobe_energy = 1.0 - *figures.leakage_factor;
    if (!figures.main_lobe_edge) return;
    figures.highest_side_lobe = lobes.highest();
    figures.first_side_lobe = lobes.first();
    figures.fall_off = lobes.fall_off(*figures.main_lobe_edge);
    figures.ripple = lobes.ripple();
}

}  // namespace rotoscope::detail
