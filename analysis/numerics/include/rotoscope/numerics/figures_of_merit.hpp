// Figures of merit of a window, after Harris 1978 (10.1109/PROC.1978.10837).
//
// N real samples w_t; W(f) = Σ_{t=0}^{N−1} w_t e^{−2πi ft/N}, f in bins, P(f) = |W(f)|². Levels are 20 log10
// |W(f)/W(0)| dB. |W| is even in f, so widths are twice a positive frequency. The window need not be symmetric or
// positive.
//
// P is found on a grid of 16 points a bin by FFT and lobes are located there, those that hide between two points
// included; then each figure is read off the exact sums, at an extremum or crossing found by Newton's method. The
// figures are those of the samples to about 1e-9, whatever the grid.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/numerics/windows.hpp"

namespace rotoscope {

/// Where widths are read: at half power and half amplitude (−3.0103 and −6.0206 dB), or at exactly −3 and −6 dB.
enum class WidthLevel { half, decibels };

/// What bounds the main lobe in the leakage factor: the first local minimum, or, where there is none up to N/4, the
/// half-power frequency.
enum class MainLobeBound { first_minimum, half_power };

[[nodiscard]] std::string_view describe(MainLobeBound bound);

struct FigureOptions {
    WidthLevel width_level = WidthLevel::half;
    /// Grid points a bin, even and from 16 to 256. It decides which lobes are seen, not how well they are read.
    std::size_t points_per_bin = 16;
};

struct SideLobe {
    double level_db;  ///< 20 log10 |W(bin)/W(0)|
    double bin;
};

/// The slope of the upper envelope of the side lobes against log2 f, by least squares over the range given.
struct FallOff {
    double db_per_octave;
    double first_bin;
    double last_bin;
    bool closed_form;  ///< of the continuous transform; otherwise of the samples' lobes, whose aliases flatten it a
                       ///< little
};

/// A figure that the window does not have is empty.
struct FiguresOfMerit {
    /// Σ w_t / N.
    double coherent_gain = 0.0;
    /// Equivalent noise bandwidth, N Σ w_t² / (Σ w_t)² bins; at least 1 (Cauchy-Schwarz).
    double noise_bandwidth = 0.0;
    /// −20 log10 |W(½)/W(0)| dB: the loss of a tone halfway between two bins.
    double scallop_loss_db = 0.0;
    /// Scallop loss + 10 log10 of the noise bandwidth, dB.
    double worst_case_loss_db = 0.0;
    /// Σ_t w_t w_{t+s} / Σ_t w_t² with s = N/4 (75 % overlap) and N/2 (50 %) rounded to the nearest sample.
    double overlap_75 = 0.0;
    double overlap_50 = 0.0;
    /// Full width between the first frequencies at which |W/W(0)| falls to the width level, bins. Empty where it never
    /// does, as for N = 1.
    std::optional<double> width_3db;
    std::optional<double> width_6db;
    /// The first local minimum of |W| beyond half power and up to N/4, bins. (Before half power, flat-top windows have
    /// minima inside the main lobe.)
    std::optional<double> main_lobe_edge;
    /// Side lobes: the local maxima of |W| beyond the main lobe's edge, up to N/4 (beyond, sampling makes spurious ones
    /// at the level of rounding). The highest, and the one nearest to the main lobe that is no null split by sampling
    /// (100 dB below the next).
    std::optional<SideLobe> highest_side_lobe;
    std::optional<SideLobe> first_side_lobe;
    std::optional<FallOff> fall_off;
    /// The amplitude ratio of the upper to the lower envelope of the side lobes: at each of 33 lobes evenly spread up
    /// to N/4, the maximum over the geometric mean of the minima beside it; the median. Infinite where the minima are
    /// nulls (below 1e-6 of the maximum; ratios above 1e3 are sensitive to the samples' rounding). A causal decay
    /// e^{−αt/T} has coth(α/2).
    std::optional<double> ripple;
    /// Energy outside the main lobe over all energy: 2 ∫_F^{N/2} P df / (N Σ w_t²), F the bound named below.
    std::optional<double> leakage_factor;
    /// 1 − leakage factor.
    std::optional<double> main_lobe_energy;
    MainLobeBound leakage_bound = MainLobeBound::first_minimum;
};

/// One figure as a column of a table.
struct FigureColumn {
    std::string_view name;
    std::string_view unit;
    std::string_view description;
    std::optional<double> (*value)(const FiguresOfMerit&);
};

/// All figures that are numbers, in the order in which they are shown.
[[nodiscard]] std::span<const FigureColumn> figure_columns();

/// Figures of windows of n samples. Holds the FFT plans; const and safe from any number of threads.
class FigureAnalyser {
public:
    /// Throws Error (usage) unless 1 ≤ n ≤ 2²⁶ and the options are in range.
    explicit FigureAnalyser(std::size_t n, FigureOptions options = {});
    ~FigureAnalyser();
    FigureAnalyser(FigureAnalyser&&) noexcept;
    FigureAnalyser& operator=(FigureAnalyser&&) noexcept;

    /// Throws Error (input) where a sample is not finite or the samples sum to 0 (the reference of all levels), and
    /// Error (internal) for another number of samples.
    [[nodiscard]] FiguresOfMerit operator()(std::span<const double> samples) const;

private:
    struct State;
    std::unique_ptr<const State> state_;
};

/// The figures of any samples; the fall-off is that of the samples' lobes, between 10 bins (or four times the
/// main lobe's edge) and N/8, where there are enough of them.
[[nodiscard]] FiguresOfMerit figures_of_merit(std::span<const double> samples, const FigureOptions& options = {});

/// The figures of a window by name, with the closed-form fall-off where there is one.
[[nodiscard]] FiguresOfMerit figures_of_merit(const WindowSpec& spec, std::size_t n,
                                              Symmetry symmetry = Symmetry::periodic,
                                              const FigureOptions& options = {});

/// The figures of many windows, of any lengths, one window a chunk: the same for any number of threads.
[[nodiscard]] std::vector<FiguresOfMerit> figures_of_merit(ThreadPool& pool,
                                                           std::span<const std::vector<double>> windows,
                                                           const FigureOptions& options = {});

/// The fall-off fitted to the upper envelope of the continuous transform over 1,000 to 10,000 bins; empty where the
/// window has no closed form, or a parameter in samples.
[[nodiscard]] std::optional<FallOff> closed_form_fall_off(const WindowSpec& spec);

/// How far each figure, in the order of figure_columns(), is from its limit: |figure(N) − figure(2N)|. Empty where
/// neither has it, infinite where one has.
[[nodiscard]] std::vector<std::optional<double>> estimate_convergence(const WindowSpec& spec, std::size_t n,
                                                                      Symmetry symmetry = Symmetry::periodic,
                                                                      const FigureOptions& options = {});

/// The same for samples, which have no 2N: |figure − figure on a grid twice as fine|.
[[nodiscard]] std::vector<std::optional<double>> estimate_convergence(std::span<const double> samples,
                                                                      const FigureOptions& options = {});

}  // namespace rotoscope
