// Drift and diffusion of accumulated phases, streaming in memory that does not grow with the number of tokens.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rotoscope {

/// What one channel's accumulated phase does (radians, tokens).
struct ChannelDiffusion {
    double drift;                   ///< mean increment Φ_N/N, rad/token
    double diffusion;               ///< half the slope of the variances against the lags, rad²/token
    std::vector<double> variances;  ///< of the phase difference at each lag, rad²
};

/// Sequences from here on have a diffusion: a slope needs two lags, 16 and 272/16 = 17.
inline constexpr std::uint64_t least_diffusion_tokens = 272;

/// The lags l at which differences of N tokens are taken: 24 values from 16 to ⌊N/16⌋ in geometric progression, each
/// rounded to a multiple of its stride s(l) = 2^⌊log2(l/16)⌋, duplicates dropped. None below N = 256.
[[nodiscard]] std::vector<std::uint64_t> diffusion_lags(std::uint64_t tokens);

/// The stride s(l) = 2^⌊log2(l/16)⌋ between the starts of differences at lag l ≥ 16: between l/32 and l/16.
[[nodiscard]] std::uint64_t diffusion_stride(std::uint64_t lag);

/// Accumulates Φ_0 = 0, Φ_t = Σ_{κ=1}^{t} z_κ over the increments z_1 … z_N of each channel (compensated, so that Φ_t
/// is the rounded exact sum but for N ε² Σ|z|) and, at each lag l, the variance of the differences Δ = Φ_{t+l} − Φ_t
/// over all starts t = 0, s(l), 2 s(l), … ≤ N − l: (1/n) Σ Δ² − ((1/n) Σ Δ)². Starts closer than l/16 would add next to
/// nothing: such differences overlap by 15/16. diffusion = ½ the ordinary least-squares slope of the variances in l.
///
/// Increments that are independent with variance σ² have diffusion σ²/2. The expected variance at lag l is then
/// lσ²(1 − x + x²/3), x = l/(N − l), since the sample mean is subtracted: up to 6.5 % low. Its relative standard error
/// is about sqrt(4l/3N): the slope, ruled by the long lags, is good to a quarter or so in a single channel. NaN where
/// there are fewer than two lags (N < 272), or for a channel with an increment that is not finite.
///
/// Strides are powers of two and a lag is below 32 strides: the last 32 phases of each power suffice. Memory: 256 bytes
/// for each channel and octave of lags. The result depends on the order of the tokens only.
class PhaseDiffusion {
public:
    PhaseDiffusion(std::size_t channels, std::uint64_t tokens);

    [[nodiscard]] const std::vector<std::uint64_t>& lags() const noexcept { return lags_; }

    /// Adds the next token's increment of each channel (radians). Throws Error (internal) unless there is one for each
    /// channel, or after the last token.
    void add(std::span<const double> increments);

    /// The figures of one channel. Throws Error (internal) before the last token or where there is no such channel.
    [[nodiscard]] ChannelDiffusion channel(std::size_t channel) const;

private:
    static constexpr std::size_t ring_points = 32;

    struct LagSums {
        std::uint64_t lag;
        std::uint64_t differences = 0;
        std::vector<double> first;    // the channel's first difference, an origin for the sums
        std::vector<double> sum;      // of Δ − first
        std::vector<double> squares;  // of (Δ − first)²
    };
    struct Octave {
        std::uint64_t stride;
        std::array<std::vector<double>, ring_points> ring;  // Φ at the last multiples of the stride
        std::vector<LagSums> lags;
    };

    void record_phases();

    std::size_t channels_;
    std::uint64_t tokens_;
    std::uint64_t added_ = 0;
    std::vector<std::uint64_t> lags_;
    std::vector<double> phases_;
    std::vector<double> phase_errors_;  // phases_ + phase_errors_ is the sum
    std::vector<Octave> octaves_;
};

}  // namespace rotoscope
