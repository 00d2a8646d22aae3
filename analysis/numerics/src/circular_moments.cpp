#include "rotoscope/numerics/circular_moments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/elementary.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Tokens summed plainly before they go to the exact totals: makes the exact additions cheap, costs 64 ε.
constexpr std::uint64_t block_tokens = 64;

/// The same angle modulo 2π in [−π, π], for the rare one that sine_versine does not reduce.
double wrap_large(double angle) { return std::atan2(std::sin(angle), std::cos(angle)); }

/// first, deviations = angles − first (0 where not finite), Σ |angle| and the non-finite counts, for n channels.
/// Returns whether a deviation is too large for sine_versine.
bool take_deviations(std::size_t n, const double* __restrict angles, double* __restrict first,
                     double* __restrict deviations, double* __restrict absolute, double* __restrict non_finite) {
    std::uint64_t large = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double angle = angles[i];
        // 0·x is NaN for a non-finite x: the first finite angle becomes the origin of its channel.
        const double origin = first[i] == first[i] ? first[i] : angle + 0.0 * angle;
        first[i] = origin;
        const double raw = angle - origin;
        const bool finite = std::abs(raw) <= std::numeric_limits<double>::max();
        const double kept = finite ? raw : 0.0;
        deviations[i] = kept;
        absolute[i] += finite ? std::abs(angle) : 0.0;
        non_finite[i] += finite ? 0.0 : 1.0;
        large |= std::abs(kept) > largest_sine_argument ? 1U : 0U;
    }
    return large != 0;
}

/// Adds d and d² of each channel.
void add_linear(std::size_t n, const double* __restrict deviations, double* __restrict deviation,
                double* __restrict square) {
    for (std::size_t i = 0; i < n; ++i) {
        deviation[i] += deviations[i];
        square[i] += deviations[i] * deviations[i];
    }
}

/// Adds sin d and 1 − cos d of each channel.
void add_circular(std::size_t n, const double* __restrict deviations, double* __restrict sine,
                  double* __restrict versine) {
    for (std::size_t i = 0; i < n; ++i) {
        const SineVersine value = sine_versine(deviations[i]);
        sine[i] += value.sine;
        versine[i] += value.versine;
    }
}

/// total + error += block, without rounding but that of the error's own sum (Knuth's two-sum); block = 0.
void add_exactly(std::size_t n, double* __restrict block, double* __restrict total, double* __restrict error) {
    for (std::size_t i = 0; i < n; ++i) {
        const double sum = total[i] + block[i];
        const double added = sum - total[i];
        error[i] += (total[i] - (sum - added)) + (block[i] - added);
        total[i] = sum;
        block[i] = 0.0;
    }
}

}  // namespace

ChannelCircularMoments::ChannelCircularMoments(std::size_t channels)
    : channels_(channels), first_(channels, nan), non_finite_(channels), deviations_(channels) {
    for (auto* sums_of : {&block_, &total_, &total_error_})
        for (std::vector<double>& sum : *sums_of) sum.resize(channels);
}

void ChannelCircularMoments::add(std::span<const double> angles) {
    if (angles.size() != channels_)
        throw internal_error(fmt::format("{} angles for {} channels", angles.size(), channels_));
    const bool large = take_deviations(channels_, angles.data(), first_.data(), deviations_.data(),
                                       block_[absolute].data(), non_finite_.data());
    add_linear(channels_, deviations_.data(), block_[deviation].data(), block_[square].data());
    if (large) {
        for (double& angle : deviations_)
            if (std::abs(angle) > largest_sine_argument) angle = wrap_large(angle);
    }
    add_circular(channels_, deviations_.data(), block_[sine].data(), block_[versine].data());
    if (++tokens_ % block_tokens == 0) flush();
}

void ChannelCircularMoments::flush() {
    for (std::size_t s = 0; s < sums; ++s)
        add_exactly(channels_, block_[s].data(), total_[s].data(), total_error_[s].data());
}

// In extended precision, so that differences of means lose nothing that the sums still have.
long double ChannelCircularMoments::mean(Sum sum, std::size_t channel, std::uint64_t count) const {
    const long double parts = static_cast<long double>(total_error_[sum][channel]) + block_[sum][channel];
    return (total_[sum][channel] + parts) / static_cast<long double>(count);
}

CircularSummary ChannelCircularMoments::summary(std::size_t channel) const {
    if (channel >= channels_) throw internal_error(fmt::format("channel {} of {}", channel, channels_));
    const auto non_finite = static_cast<std::uint64_t>(non_finite_[channel]);
    const std::uint64_t count = tokens_ - non_finite;
    if (count == 0) return {0, non_finite, nan, nan, nan, nan, nan, nan, nan};

    const long double s = mean(sine, channel, count);
    const long double v = mean(versine, channel, count);
    const long double c = 1.0L - v;
    const long double resultant = std::min(1.0L, std::sqrt(c * c + s * s));
    const long double dispersion = std::clamp(v * (2.0L - v) - s * s, 0.0L, 1.0L);  // 1 − R̄²
    const long double minus_log = resultant < 0.5L ? -2.0L * std::log(resultant) : -std::log1p(-dispersion);
    const double direction = first_[channel] + static_cast<double>(std::atan2(s, c));
    const long double shift = mean(deviation, channel, count);
    const long double variance = std::max(0.0L, mean(square, channel, count) - shift * shift);

    CircularSummary summary{};
    summary.count = count;
    summary.non_finite = non_finite;
    summary.mean_direction = std::abs(direction) <= std::numbers::pi ? direction : wrap_large(direction);
    summary.resultant_length = static_cast<double>(resultant);
    summary.circular_variance = static_cast<double>(dispersion / (1.0L + resultant));
    summary.circular_standard_deviation = static_cast<double>(std::sqrt(minus_log));
    summary.mean = static_cast<double>(static_cast<long double>(first_[channel]) + shift);
    summary.mean_absolute = static_cast<double>(mean(absolute, channel, count));
    summary.standard_deviation = static_cast<double>(std::sqrt(variance));
    return summary;
}

}  // namespace rotoscope
