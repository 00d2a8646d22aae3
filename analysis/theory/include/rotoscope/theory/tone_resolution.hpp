// What a window's main and side lobes mean for tones: which of two can be told apart, which weak one is heard.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace rotoscope {

/// 10 log10 of the equivalent noise bandwidth, dB: by how much less a window improves the signal-to-noise ratio of a
/// tone in white noise than the rectangle of the same length, T Σ w² / (Σ w)². A decay e^{−αt/T} loses 10 log10((α/2)
/// coth(α/2)). Harris 1978, 10.1109/PROC.1978.10837, section IV.B.
[[nodiscard]] double noise_loss_db(double noise_bandwidth);

/// The lobes R(f) = |W(f)|²/|W(0)|² of a real window of T samples, f in bins of 1/T, even in f, on a grid from 0 to
/// T/2.
class LobeProfile {
public:
    static constexpr std::size_t points_per_bin = 16;

    /// By one FFT of about 16 T points. Throws Error (input) where the samples sum to 0 or are not finite, Error
    /// (usage) for none or more than 2^24.
    explicit LobeProfile(std::span<const double> window);

    /// The highest frequency of the grid, T/2 bins.
    [[nodiscard]] double last_bin() const;

    /// R(f), 0 ≤ f ≤ last_bin(), between grid points by a polynomial of degree 5: to 2e-5 of R(0) at worst.
    [[nodiscard]] double power(double bin) const;

    /// U(Δ) = 10 log10 max_{f ≥ Δ} R(f), dB: how loud the tone's leakage still is Δ bins away and beyond. A weaker tone
    /// there stands out if it is louder than that.
    [[nodiscard]] double masking_level_db(double separation) const;

    /// The smallest separation Δ ≥ 1/16 bins of two tones, the second lower by `level_difference_db` ≥ 0, at which both
    /// are visible. Their powers add, P(f) = R(f) + g² R(f − Δ), g² = 10^{−level/10} (the mean over the relative
    /// phase), and both are visible where
    ///     the second is louder than the first's leakage:  U(Δ) ≤ 10 log10 g², and
    ///     P dips by 3 dB before it:                       min_{0<f<Δ} P(f) ≤ ½ P(Δ).
    /// For equal tones far from each other's lobes this is the 6 dB width, Harris's criterion. Good to 1e-3 bins; empty
    /// where no separation up to T/4 will do.
    [[nodiscard]] std::optional<double> resolution(double level_difference_db) const;

private:
    [[nodiscard]] bool dips(double separation, double weaker) const;
    [[nodiscard]] double louder_than_leakage(double weaker) const;

    std::vector<double> power_;   // R on the grid
    std::vector<double> beyond_;  // max of R over this grid point and all later ones, peaks between points included
};

}  // namespace rotoscope
