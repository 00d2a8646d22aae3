// The windows that a user names: from the table, or from a file of gates.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/leakage/leakage.hpp"
#include "rotoscope/numerics/windows.hpp"

namespace rotoscope {

/// A window by name with its parameters, or one that gates make of the past.
struct LeakageWindow {
    std::string label;               ///< as it reads back: "kaiser:2.5", "gates.csv"
    std::optional<WindowSpec> spec;  ///< none: from a file
    std::vector<double> from_file;   ///< w_l, l = 0 the newest token
    std::string variant;             ///< "periodic", "symmetric", "causal"

    /// The window of `length` samples; one from a file has its own length.
    [[nodiscard]] std::vector<double> samples(std::size_t length, Symmetry symmetry) const;
    [[nodiscard]] std::size_t size(std::size_t length) const { return spec ? length : from_file.size(); }
    /// The factor a of an exponential window a^l, l = 0 … T − 1: boxcar, decay and geometric.
    [[nodiscard]] std::optional<double> decay(std::size_t length) const;
};

/// A forget gate's decays from `a=…` or `alpha=…` (a = e^{−α/T}), each with its name as a window.
struct DecayList {
    std::vector<double> values;       ///< a, in (0, 1]
    std::vector<std::string> labels;  ///< "geometric:0.99", "decay:2"
};

/// Throws Error (usage) that names --decay: no a= or alpha=, a outside (0, 1], α below 0 or so large that a is 0.
[[nodiscard]] DecayList parse_decays(const std::string& text, std::size_t length);

struct WindowList {
    std::vector<LeakageWindow> windows;
    std::vector<std::filesystem::path> files;  ///< that were read
};

/// The windows of --window, in their order, then those of --decay as windows; `fallback` where neither is given. A file
/// of gates g_0 … g_{T−1} makes the window w_l = Π_{κ=T−l}^{T−1} g_κ, w_0 = 1; a tensor whose name ends in
/// log_forget_gate holds their logarithms. Throws Error (input) for gates that are not in [0, 1].
[[nodiscard]] WindowList collect_windows(const LeakageOptions& options, std::size_t length,
                                         const std::string& fallback);

}  // namespace rotoscope
