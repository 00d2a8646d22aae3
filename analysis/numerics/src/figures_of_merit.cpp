#include "rotoscope/numerics/figures_of_merit.hpp"

#include "lane_sums.hpp"
#include "lobes.hpp"
#include "power_grid.hpp"
#include "side_lobe_figures.hpp"
#include "spectrum_point.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using namespace detail;

constexpr std::size_t longest_window = std::size_t{1} << 26;

/// Σ_t w_t w_{t+s} / Σ w², s = share · N to the nearest sample.
double correlate_overlap(std::span<const double> w, double share) {
    const auto shift = static_cast<std::size_t>(std::lround(share * static_cast<double>(w.size())));
    const auto later = w.subspan(std::min(shift, w.size()));
    return dot(later, w) / dot(w, w);
}

/// The samples over the power of two above the largest: no square overflows, and no digit is lost.
std::vector<double> normalise(std::span<const double> samples, int& exponent) {
    double largest = 0.0;
    for (const double value : samples) {
        if (!std::isfinite(value)) throw input_error("a window with a sample that is not finite; expected numbers");
        largest = std::max(largest, std::abs(value));
    }
    std::frexp(largest, &exponent);
    std::vector<double> scaled(samples.begin(), samples.end());
    // In two steps, since 2^−exponent itself may not be a number; each product is exact.
    const double half = std::ldexp(1.0, -exponent / 2);
    const double rest = std::ldexp(1.0, -exponent + exponent / 2);
    for (double& value : scaled) value = value * half * rest;
    return scaled;
}

/// Σ w; refuses a sum that is rounding.
double checked_sum(std::span<const double> w) {
    const double sum = sum_lanes(w.size(), [&](std::size_t i) { return w[i]; });
    const double magnitude = sum_lanes(w.size(), [&](std::size_t i) { return std::abs(w[i]); });
    if (!(std::abs(sum) > 1e-13 * magnitude))
        throw input_error(
            fmt::format("a window of {} samples that sum to 0; its levels are relative to that sum, the "
                        "response at f = 0: expected another sum",
                        w.size()));
    return sum;
}

/// Full width at `level` · P(0), or nothing where P never falls to it.
std::optional<double> find_width(std::span<const double> w, const PowerGrid& grid, double level) {
    for (std::ptrdiff_t k = 1; k <= grid.last(); ++k)
        if (grid[k] <= level * grid[0]) {
            const double step = 1.0 / grid.points_per_bin();
            const auto high = static_cast<double>(k) * step;
            const double start = find_crossing(grid, k - 1, level * grid[0]) * step;
            return 2.0 * refine_crossing(w, level * grid[0], high - step, high, start);
        }
    return std::nullopt;
}

/// The figures that are sums over the samples, or values at given frequencies.
void add_sums(FiguresOfMerit& figures, std::span<const double> w, double sum, double half_bin_power) {
    const auto n = static_cast<double>(w.size());
    figures.coherent_gain = sum / n;
    figures.noise_bandwidth = n * dot(w, w) / (sum * sum);
    figures.scallop_loss_db = -10.0 * std::log10(half_bin_power / (sum * sum));
    figures.worst_case_loss_db = figures.scallop_loss_db + 10.0 * std::log10(figures.noise_bandwidth);
    figures.overlap_75 = correlate_overlap(w, 0.25);
    figures.overlap_50 = correlate_overlap(w, 0.5);
}

}  // namespace

struct FigureAnalyser::State {
    std::size_t n;
    FigureOptions options;
    PowerGridMaker make_grid;
};

FigureAnalyser::FigureAnalyser(std::size_t n, FigureOptions options) {
    if (n < 1 || n > longest_window)
        throw usage_error(fmt::format("figures of merit of {} samples; expected 1 to {}", n, longest_window));
    if (options.points_per_bin < 16 || options.points_per_bin > 256 || options.points_per_bin % 2 != 0)
        throw usage_error(
            fmt::format("{} grid points a bin; expected an even number from 16 to 256", options.points_per_bin));
    state_ = std::make_unique<const State>(State{n, options, PowerGridMaker(n, options.points_per_bin)});
}

FigureAnalyser::~FigureAnalyser() = default;
FigureAnalyser::FigureAnalyser(FigureAnalyser&&) noexcept = default;
FigureAnalyser& FigureAnalyser::operator=(FigureAnalyser&&) noexcept = default;

FiguresOfMerit FigureAnalyser::operator()(std::span<const double> samples) const {
    if (samples.size() != state_->n)
        throw internal_error(fmt::format("figures of {} samples; expected {}", samples.size(), state_->n));
    int exponent = 0;
    const std::vector<double> w = normalise(samples, exponent);
    const double sum = checked_sum(w);
    const PowerGrid grid = state_->make_grid(w);

    FiguresOfMerit figures;
    add_sums(figures, w, sum, grid[static_cast<std::ptrdiff_t>(state_->options.points_per_bin / 2)]);
    figures.coherent_gain = std::ldexp(figures.coherent_gain, exponent);
    const bool half = state_->options.width_level == WidthLevel::half;
    figures.width_3db = find_width(w, grid, half ? 0.5 : std::pow(10.0, -0.3));
    figures.width_6db = find_width(w, grid, half ? 0.25 : std::pow(10.0, -0.6));
    const std::optional<double> half_power = half ? figures.width_3db : find_width(w, grid, 0.5);
    if (half_power) add_side_lobes(figures, w, grid, 0.5 * *half_power);
    return figures;
}

FiguresOfMerit figures_of_merit(std::span<const double> samples, const FigureOptions& options) {
    return FigureAnalyser(samples.size(), options)(samples);
}

FiguresOfMerit figures_of_merit(const WindowSpec& spec, std::size_t n, Symmetry symmetry,
                                const FigureOptions& options) {
    FiguresOfMerit figures = figures_of_merit(make_window(spec, n, symmetry), options);
    if (const auto fall_off = closed_form_fall_off(spec)) figures.fall_off = fall_off;
    return figures;
}

std::vector<FiguresOfMerit> figures_of_merit(ThreadPool& pool, std::span<const std::vector<double>> windows,
                                             const FigureOptions& options) {
    std::map<std::size_t, FigureAnalyser> analysers;
    for (const auto& window : windows)
        if (!analysers.contains(window.size()))
            analysers.emplace(window.size(), FigureAnalyser(window.size(), options));
    std::vector<FiguresOfMerit> figures(windows.size());
    pool.for_chunks(windows.size(), 1, [&](std::size_t begin, std::size_t) {
        figures[begin] = analysers.at(windows[begin].size())(windows[begin]);
    });
    return figures;
}

}  // namespace rotoscope
