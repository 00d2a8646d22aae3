#include "rotoscope/theory/kernel_simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

Estimate mean_of(const Eigen::ArrayXd& values) {
    const auto n = static_cast<double>(values.size());
    const double mean = values.mean();
    const double variance = (values - mean).square().sum() / (n - 1.0);
    return {mean, std::sqrt(variance / n)};
}

/// The unbiased variance; its own is (μ4 − σ⁴)/n to leading order.
Estimate variance_of(const Eigen::ArrayXd& values) {
    const auto n = static_cast<double>(values.size());
    const Eigen::ArrayXd squares = (values - values.mean()).square();
    const double biased = squares.mean();
    const double fourth = squares.square().mean();
    return {biased * n / (n - 1.0), std::sqrt(std::max(0.0, fourth - biased * biased) / n)};
}

}  // namespace

KernelErrors simulate_kernel(const FeatureOptions& options, const Eigen::RowVectorXd& x, const Eigen::RowVectorXd& y,
                             double target, Index repeats, ThreadPool& pool) {
    if (repeats < 2) throw usage_error(fmt::format("{} repeats; a variance needs at least 2", repeats));
    if (x.size() != y.size())
        throw usage_error(fmt::format("vectors of {} and {} components in one kernel", x.size(), y.size()));
    Eigen::ArrayXd estimates(repeats);
    pool.for_chunks(static_cast<std::size_t>(repeats), 16, [&](std::size_t begin, std::size_t end) {
        FeatureOptions repeat = options;
        for (std::size_t r = begin; r < end; ++r) {
            repeat.seed = options.seed + r;
            estimates[static_cast<Index>(r)] = estimate_kernel(FeatureMap<double>(repeat, x.size()), x, y);
        }
    });
    Estimate bias = mean_of(estimates);
    bias.value -= target;
    return {bias, variance_of(estimates), mean_of((estimates - target).square())};
}

}  // namespace rotoscope
