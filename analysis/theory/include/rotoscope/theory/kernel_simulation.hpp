// Random-feature estimates of e^{x·y} by simulation: bias, variance and mean squared error over seeds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/theory/feature_map.hpp"

namespace rotoscope {

/// A number estimated by simulation, with its standard error.
struct Estimate {
    double value = 0.0;
    double standard_error = 0.0;
};

struct KernelErrors {
    Estimate bias;                ///< mean − target
    Estimate variance;            ///< unbiased; standard error from the fourth moment
    Estimate mean_squared_error;  ///< mean of (estimate − target)²
};

/// Of `repeats` ≥ 2 kernel estimates of x, y [d], those of the seeds options.seed, options.seed + 1, …. The target is
/// e^{x·y}, or anything else: the product without the conjugate is the estimate of (x, −y) with the target e^{x·y}.
[[nodiscard]] KernelErrors simulate_kernel(const FeatureOptions& options, const Eigen::RowVectorXd& x,
                                           const Eigen::RowVectorXd& y, double target, Index repeats, ThreadPool& pool);

/// One pair of vectors [d] and what its estimate is compared with.
struct KernelPair {
    Eigen::RowVectorXd x;
    Eigen::RowVectorXd y;
    double target = 0.0;
};

/// The same for many pairs, all with the frequencies of the same seeds: drawn once, so that the errors of different
/// pairs are not independent. Throws usage_error for no pairs and for vectors of different lengths.
[[nodiscard]] std::vector<KernelErrors> simulate_kernels(const FeatureOptions& options,
                                                         std::span<const KernelPair> pairs, Index repeats,
                                                         ThreadPool& pool);

/// Whether w·(q − k) comes from a frequency w in R^d, or from the one normal number that it is ‖q − k‖ times of.
enum class FrequencySpace { full, projected };

/// Mean and variance of e cos w·(q − k), one trigonometric estimate from one frequency, for unit vectors at each angle.
struct AngleMoments {
    std::vector<double> mean;
    std::vector<double> variance;
};

/// Over `draws` ≥ 2 frequencies, the same for all angles (radians). Single precision with double sums over blocks of
/// 512: the cosines have errors of 1.5e-7 and those of their arguments, about 1e-7·√d. Throws usage_error for fewer
/// draws or d < 2.
[[nodiscard]] AngleMoments sample_trigonometric_kernel(std::span<const double> angles, Index dimension,
                                                       std::uint64_t draws, std::uint64_t seed, FrequencySpace space,
                                                       ThreadPool& pool);

}  // namespace rotoscope
