// What decay buys and costs: figures of the causal decay e^{−αt/T} against α, and one decay for a bank against one for
// each rotation at equal mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/figure.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/leakage/leakage.hpp"
#include "rotoscope/numerics/figures_of_merit.hpp"

namespace rotoscope {

/// Level differences (dB) at which two tones are told apart, and separations (bins) at which a weak tone is sought.
inline constexpr double resolved_levels[] = {0.0, 20.0, 40.0};
inline constexpr double weak_separations[] = {2.0, 5.0, 10.0};

struct SweptDecay {
    double alpha = 0.0;
    FiguresOfMerit figures;
    double noise_loss_db = 0.0;
    std::optional<double> resolution[3];  ///< bins, at resolved_levels; empty: no separation up to T/4
    double weakest_db[3] = {};            ///< the level that stands out at weak_separations
};

struct DecaySweep {
    std::size_t length = 0;
    std::vector<SweptDecay> decays;
    std::vector<SweptDecay> spread;  ///< at the α of `channels` channels of each mean: [mean, channel]
    std::vector<double> means;       ///< mean α of a bank
    std::size_t channels = 0;
};

/// The α of --sweep-range MIN:MAX[:COUNT], 0:10:81 where empty. Throws Error (usage) unless 0 ≤ MIN < MAX ≤ 700 and 2 ≤
/// COUNT ≤ 10,000.
[[nodiscard]] std::vector<double> parse_sweep(const std::string& text);

/// α_n = 2ᾱ(n + ½)/P, n = 0 … P − 1: decays spread evenly between 0 and 2ᾱ, of mean ᾱ.
[[nodiscard]] std::vector<double> spread_decays(double mean, std::size_t channels);

[[nodiscard]] DecaySweep sweep_decays(const std::vector<double>& alphas, std::size_t length,
                                      const LeakageOptions& options, Context& context);

void add_sweep_tables(const DecaySweep& sweep, Result& result);

/// Figure (d), with windows of the literature as points to compare.
[[nodiscard]] Figure trade_off_figure(const DecaySweep& sweep, const LeakageOptions& options, Context& context);
[[nodiscard]] Figure equal_mean_figure(const DecaySweep& sweep);

}  // namespace rotoscope
