#include "rotoscope/numerics/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"

namespace rotoscope {

void Summary::add(double value) noexcept {
    if (!std::isfinite(value)) {
        ++non_finite_;
        return;
    }
    if (++count_ == 1) {
        mean_ = minimum_ = maximum_ = value;
        return;
    }
    const double deviation = value - mean_;
    mean_ += deviation / static_cast<double>(count_);
    squares_ += deviation * (value - mean_);
    minimum_ = std::min(minimum_, value);
    maximum_ = std::max(maximum_, value);
}

double Summary::variance() const noexcept { return count_ > 1 ? squares_ / static_cast<double>(count_ - 1) : nan; }

double Summary::standard_deviation() const noexcept { return std::sqrt(variance()); }

double Summary::standard_error() const noexcept { return std::sqrt(variance() / static_cast<double>(count_)); }

Summary summarise(std::span<const double> values) {
    Summary summary;
    for (const double value : values) summary.add(value);
    return summary;
}

std::vector<double> quantiles(std::vector<double> values, std::span<const double> probabilities) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const bool defined =
        !values.empty() && std::none_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
    if (defined) std::sort(values.begin(), values.end());
    std::vector<double> results;
    for (const double probability : probabilities) {
        if (!(probability >= 0.0 && probability <= 1.0))
            throw internal_error(fmt::format("probability {} is not in [0, 1]", probability));
        if (!defined) {
            results.push_back(nan);
            continue;
        }
        const double position = static_cast<double>(values.size() - 1) * probability;
        const auto below = static_cast<std::size_t>(position);
        const std::size_t above = std::min(below + 1, values.size() - 1);
        const double weight = position - std::floor(position);
        // Between equal neighbours, infinite ones too, there is nothing to interpolate.
        results.push_back(weight == 0.0 || values[below] == values[above]
                              ? values[below]
                              : values[below] + weight * (values[above] - values[below]));
    }
    return results;
}

}  // namespace rotoscope
