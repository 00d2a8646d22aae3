#include "rotoscope/theory/kernel_simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

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

std::vector<KernelErrors> simulate_kernels(const FeatureOptions& options, std::span<const KernelPair> pairs,
                                           Index repeats, ThreadPool& pool) {
    if (repeats < 2) throw usage_error(fmt::format("{} repeats; a variance needs at least 2", repeats));
    if (pairs.empty()) throw usage_error("a simulation of no pairs of vectors");
    const Index dimension = pairs.front().x.size();
    for (const KernelPair& pair : pairs)
        if (pair.x.size() != dimension || pair.y.size() != dimension)
            throw usage_error(
                fmt::format("vectors of {} and {} components in one kernel", pair.x.size(), pair.y.size()));
    Eigen::ArrayXXd estimates(repeats, static_cast<Index>(pairs.size()));
    pool.for_chunks(static_cast<std::size_t>(repeats), 16, [&](std::size_t begin, std::size_t end) {
        FeatureOptions repeat = options;
        for (std::size_t r = begin; r < end; ++r) {
            throw_if_stopped();
            repeat.seed = options.seed + r;
            const FeatureMap<double> map(repeat, dimension);
            for (std::size_t p = 0; p < pairs.size(); ++p)
                estimates(static_cast<Index>(r), static_cast<Index>(p)) = estimate_kernel(map, pairs[p].x, pairs[p].y);
        }
    });
    std::vector<KernelErrors> errors;
    for (std::size_t p = 0; p < pairs.size(); ++p) {
        const Eigen::ArrayXd values = estimates.col(static_cast<Index>(p));
        Estimate bias = mean_of(values);
        bias.value -= pairs[p].target;
        errors.push_back({bias, variance_of(values), mean_of((values - pairs[p].target).square())});
    }
    return errors;
}

KernelErrors simulate_kernel(const FeatureOptions& options, const Eigen::RowVectorXd& x, const Eigen::RowVectorXd& y,
                             double target, Index repeats, ThreadPool& pool) {
    const KernelPair pair{x, y, target};
    return simulate_kernels(options, std::span(&pair, 1), repeats, pool).front();
}

}  // namespace rotoscope
