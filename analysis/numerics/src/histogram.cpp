#include "rotoscope/numerics/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/summary.hpp"

namespace rotoscope {

Histogram::Histogram(double low, double high, std::size_t bins) : counts_(bins), bins_per_unit_(0.0) {
    if (!(std::isfinite(low) && std::isfinite(high) && low < high) || bins == 0)
        throw internal_error(fmt::format("a histogram of {} bins over [{}, {}]", bins, low, high));
    edges_.reserve(bins + 1);
    const auto count = static_cast<double>(bins);
    // Halves, because high − low may overflow.
    const double half_width = 0.5 * high - 0.5 * low;
    for (std::size_t b = 0; b < bins; ++b) edges_.push_back(low + 2.0 * (static_cast<double>(b) / count * half_width));
    edges_.push_back(high);
    bins_per_unit_ = 0.5 * count / half_width;
}

void Histogram::add(double value) noexcept {
    if (!std::isfinite(value)) {
        ++non_finite_;
    } else if (value < edges_.front()) {
        ++underflow_;
    } else if (value > edges_.back()) {
        ++overflow_;
    } else {
        const double guess = (value - edges_.front()) * bins_per_unit_;
        const std::size_t last = counts_.size() - 1;
        std::size_t bin = guess < static_cast<double>(last) ? static_cast<std::size_t>(guess) : last;
        while (value < edges_[bin]) --bin;
        while (bin < last && value >= edges_[bin + 1]) ++bin;
        ++counts_[bin];
    }
}

void Histogram::add(std::span<const double> values) noexcept {
    for (const double value : values) add(value);
}

std::uint64_t Histogram::total() const noexcept {
    return std::accumulate(counts_.begin(), counts_.end(), underflow_ + overflow_ + non_finite_);
}

Histogram histogram_of(std::span<const double> values, std::size_t bins) {
    const Summary summary = summarise(values);
    double low = summary.count() == 0 ? 0.0 : summary.minimum();
    double high = summary.count() == 0 ? 1.0 : summary.maximum();
    if (low == high) {
        const double margin = std::max(0.5, 0x1p-20 * std::abs(low));
        low -= margin;
        high += margin;
    }
    Histogram histogram(low, high, bins);
    histogram.add(values);
    return histogram;
}

double wrap_angle(double angle) noexcept {
    constexpr double pi = std::numbers::pi;
    constexpr double two_pi = 2.0 * pi;
    if (angle >= -pi && angle < pi) return angle;
    // The remainder is a double, so that the fused product gives it exactly where the count of turns is right; where it
    // is off by one, near ±π, the result is outside and the slow division decides. Counts must be exact: below 2^52.
    if (std::abs(angle) < 0x1p50) {
        const double turns = std::nearbyint(angle * (0.5 * std::numbers::inv_pi));
        const double wrapped = std::fma(-turns, two_pi, angle);
        if (std::abs(wrapped) < pi) return wrapped;
    }
    const double wrapped = std::remainder(angle, two_pi);
    return wrapped < pi ? wrapped : wrapped - two_pi;
}

WrappedHistogram::WrappedHistogram(std::size_t bins) : histogram_(-std::numbers::pi, std::numbers::pi, bins) {}

void WrappedHistogram::add(std::span<const double> angles) noexcept {
    for (const double angle : angles) add(angle);
}

}  // namespace rotoscope
