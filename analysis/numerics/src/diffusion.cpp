#include "rotoscope/numerics/diffusion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/regression.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t shortest_lag = 16;
constexpr int lag_count = 24;

/// Knuth's two-sum: total + error += increment.
void accumulate(std::span<const double> increments, double* __restrict total, double* __restrict error) {
    const double* __restrict added = increments.data();
    for (std::size_t c = 0; c < increments.size(); ++c) {
        const double sum = total[c] + added[c];
        const double rounded = sum - total[c];
        error[c] += (total[c] - (sum - rounded)) + (added[c] - rounded);
        total[c] = sum;
    }
}

void add_differences(std::size_t channels, const double* __restrict newest, const double* __restrict start,
                     const double* __restrict first, double* __restrict sum, double* __restrict squares) {
    for (std::size_t c = 0; c < channels; ++c) {
        const double deviation = (newest[c] - start[c]) - first[c];
        sum[c] += deviation;
        squares[c] += deviation * deviation;
    }
}

}  // namespace

std::uint64_t diffusion_stride(std::uint64_t lag) { return std::bit_floor(std::max(lag, shortest_lag) / shortest_lag); }

std::vector<std::uint64_t> diffusion_lags(std::uint64_t tokens) {
    const std::uint64_t longest = tokens / 16;
    std::vector<std::uint64_t> lags;
    if (longest < shortest_lag) return lags;
    const double octaves = std::log2(static_cast<double>(longest) / static_cast<double>(shortest_lag));
    for (int i = 0; i < lag_count; ++i) {
        const double exact = static_cast<double>(shortest_lag) * std::exp2(octaves * i / (lag_count - 1));
        const std::uint64_t stride = diffusion_stride(static_cast<std::uint64_t>(exact));
        const auto multiple = static_cast<std::uint64_t>(std::llround(exact / static_cast<double>(stride)));
        const std::uint64_t lag = multiple * stride;
        lags.push_back(lag <= longest ? lag : lag - stride);
    }
    lags.erase(std::unique(lags.begin(), lags.end()), lags.end());
    return lags;
}

PhaseDiffusion::PhaseDiffusion(std::size_t channels, std::uint64_t tokens)
    : channels_(channels), tokens_(tokens), lags_(diffusion_lags(tokens)), phases_(channels), phase_errors_(channels) {
    for (const std::uint64_t lag : lags_) {
        const std::uint64_t stride = diffusion_stride(lag);
        if (octaves_.empty() || octaves_.back().stride != stride) {
            octaves_.push_back({stride, {}, {}});
            for (std::vector<double>& points : octaves_.back().ring) points.resize(channels);
        }
        const std::vector<double> zeros(channels);
        octaves_.back().lags.push_back({lag, 0, zeros, zeros, zeros});
    }
    record_phases();
}

void PhaseDiffusion::add(std::span<const double> increments) {
    if (increments.size() != channels_)
        throw internal_error(fmt::format("{} increments for {} channels", increments.size(), channels_));
    if (added_ == tokens_) throw internal_error(fmt::format("more increments than the {} tokens announced", tokens_));
    accumulate(increments, phases_.data(), phase_errors_.data());
    ++added_;
    record_phases();
}

void PhaseDiffusion::record_phases() {
    for (Octave& octave : octaves_) {
        if (added_ % octave.stride != 0) return;  // nor is it a multiple of the longer ones
        const std::uint64_t step = added_ / octave.stride;
        std::vector<double>& newest = octave.ring[step % ring_points];
        for (std::size_t c = 0; c < channels_; ++c) newest[c] = phases_[c] + phase_errors_[c];
        for (LagSums& sums : octave.lags) {
            const std::uint64_t lag_steps = sums.lag / octave.stride;
            if (step < lag_steps) continue;
            const std::vector<double>& start = octave.ring[(step - lag_steps) % ring_points];
            if (sums.differences++ == 0)
                for (std::size_t c = 0; c < channels_; ++c) sums.first[c] = newest[c] - start[c];
            add_differences(channels_, newest.data(), start.data(), sums.first.data(), sums.sum.data(),
                            sums.squares.data());
        }
    }
}

ChannelDiffusion PhaseDiffusion::channel(std::size_t channel) const {
    if (channel >= channels_) throw internal_error(fmt::format("channel {} of {}", channel, channels_));
    if (added_ != tokens_) throw internal_error(fmt::format("diffusion after {} of {} tokens", added_, tokens_));
    ChannelDiffusion result{};
    std::vector<double> lags;
    for (const Octave& octave : octaves_) {
        for (const LagSums& sums : octave.lags) {
            const auto n = static_cast<double>(sums.differences);
            const double mean = sums.sum[channel] / n;
            const double variance = sums.squares[channel] / n - mean * mean;
            result.variances.push_back(variance < 0.0 ? 0.0 : variance);  // NaN stays
            lags.push_back(static_cast<double>(sums.lag));
        }
    }
    result.drift = (phases_[channel] + phase_errors_[channel]) / static_cast<double>(tokens_);
    result.diffusion = 0.5 * fit_line(lags, result.variances).slope;
    return result;
}

}  // namespace rotoscope
