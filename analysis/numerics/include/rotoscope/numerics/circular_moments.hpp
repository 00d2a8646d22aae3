// Streaming moments of angles, on the circle and on the line, with full relative precision at any spread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rotoscope {

/// What n angles θ_i look like (radians). All NaN where there are none.
///
/// With R̄ e^{iμ} = (1/n) Σ e^{iθ_i}: μ is the mean direction, R̄ the resultant length (Mardia & Jupp, Directional
/// Statistics, 2000, section 2.3). The last three treat the angles as plain numbers, unwrapped.
struct CircularSummary {
    std::uint64_t count = 0;
    std::uint64_t non_finite = 0;        ///< NaN and infinite angles, in no other figure
    double mean_direction;               ///< μ in [−π, π]
    double resultant_length;             ///< R̄ in [0, 1]
    double circular_variance;            ///< 1 − R̄, with full relative precision where R̄ → 1
    double circular_standard_deviation;  ///< sqrt(−2 ln R̄), radians
    double mean;                         ///< (1/n) Σ θ_i, radians
    double mean_absolute;                ///< (1/n) Σ |θ_i|, radians
    double standard_deviation;           ///< sqrt((1/n) Σ (θ_i − mean)²), radians
};

/// Moments of one angle for each of many channels, a token at a time.
///
/// Accumulates Σ sin d, Σ (1 − cos d), Σ d, Σ d² of the deviations d = θ − θ_0 from the channel's first finite angle;
/// R̄² = C² + S² with C = 1 − V gives 1 − R̄² = V(2 − V) − S² without the loss of 1 − R̄. Sums of 64 tokens are added to
/// an unevaluated pair of doubles (Knuth's two-sum), so a sum errs by at most 70 ε Σ|term|, ε = 2^−53, for any
/// number of tokens below 2^40. With m the mean of d and s its standard deviation, the relative error of the variances
/// is at most 200 ε (1 + m²/s²): about 10^−14 where the first angle is like the others, and never above 200 ε n. Angles
/// for which θ − θ_0 overflows count as non-finite. The result depends on the order of the tokens only.
class ChannelCircularMoments {
public:
    explicit ChannelCircularMoments(std::size_t channels);

    [[nodiscard]] std::size_t channels() const noexcept { return channels_; }

    /// Adds angles[c] to channel c (radians). Throws Error (internal) unless there is one for each channel.
    void add(std::span<const double> angles);

    /// The moments of one channel so far. Throws Error (internal) where there is no such channel.
    [[nodiscard]] CircularSummary summary(std::size_t channel) const;

private:
    enum Sum : std::size_t { sine, versine, deviation, square, absolute, sums };

    void flush();
    [[nodiscard]] long double mean(Sum sum, std::size_t channel, std::uint64_t count) const;

    std::size_t channels_;
    std::uint64_t tokens_ = 0;
    // Arrays over the channels, so that one token's loop vectorises.
    std::vector<double> first_;  // NaN before the first finite angle
    std::vector<double> non_finite_;
    std::vector<double> deviations_;               // of the newest token
    std::array<std::vector<double>, sums> block_;  // of the tokens since the last flush
    std::array<std::vector<double>, sums> total_;
    std::array<std::vector<double>, sums> total_error_;  // block + total + total_error is the sum
};

/// The same for one angle at a time.
class CircularMoments {
public:
    CircularMoments() : channel_(1) {}

    /// Adds an angle (radians).
    void add(double angle) { channel_.add(std::span<const double>(&angle, 1)); }

    [[nodiscard]] CircularSummary summary() const { return channel_.summary(0); }

private:
    ChannelCircularMoments channel_;
};

}  // namespace rotoscope
