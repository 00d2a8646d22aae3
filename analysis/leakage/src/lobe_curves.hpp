// |W(f)|/|W(0)| of windows over a band of bins: what figure (a) draws.
#pragma once

#include "window_source.hpp"

#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/figure.hpp"
#include "rotoscope/theory/frequency_response.hpp"

namespace rotoscope {

struct LobeCurve {
    std::string label;
    bool causal = false;
    Method method = Method::closed_form;
    std::vector<double> level_db;  ///< 20 log10 |W(f)/W(0)|
};

struct LobeCurves {
    std::vector<double> bins;
    std::vector<LobeCurve> curves;
};

/// Levels from 0 to `last_bin` (or T/2): in closed form for exponential windows, otherwise by the cheapest transform,
/// planned once for each length.
[[nodiscard]] LobeCurves lobe_curves(const std::vector<LeakageWindow>& windows, std::size_t length, Symmetry symmetry,
                                     double last_bin, Context& context);

/// Figure `responses`: decays (and no decay) in one panel, other windows in the other.
[[nodiscard]] Figure lobe_figure(const LobeCurves& curves, const std::string& note);

}  // namespace rotoscope
