// Figures of merit of windows.
#pragma once

#include "window_source.hpp"

#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/numerics/figures_of_merit.hpp"

namespace rotoscope {

struct StudiedWindow {
    LeakageWindow window;
    std::size_t samples = 0;
    FiguresOfMerit figures;
    std::vector<std::optional<double>> estimates;  ///< in the order of figure_columns(); empty unless asked for
};

/// One window a chunk: the same for any number of threads. Holds a window's samples only while it is studied.
[[nodiscard]] std::vector<StudiedWindow> study_windows(const std::vector<LeakageWindow>& windows, std::size_t length,
                                                       const LeakageOptions& options, Context& context);

/// Bytes that study_windows takes at most for the samples and spectra of windows of `length` samples.
[[nodiscard]] std::optional<std::uint64_t> window_study_bytes(std::uint64_t length, std::uint64_t threads,
                                                              bool estimates);

/// Table figures_of_merit, with `convergence` where there are estimates; the short one for the terminal; notes on
/// windows with one variant, without side lobes, without a first minimum.
void add_window_tables(const std::vector<StudiedWindow>& windows, const LeakageOptions& options, Result& result);

}  // namespace rotoscope
