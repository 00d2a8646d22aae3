// Bias, variance and mean squared error of one kernel estimate against the angle between two vectors of equal length.
#pragma once

#include <optional>
#include <vector>

#include "rotoscope/rff/rff.hpp"
#include "rotoscope/theory/kernel_moments.hpp"
#include "rotoscope/theory/kernel_simulation.hpp"

namespace rotoscope {

struct KernelPoint {
    double angle = 0.0;   ///< radians
    double kernel = 0.0;  ///< e^{x·y}
    /// Independent draws; orthogonal draws of trig at one temperature. Nothing elsewhere.
    std::optional<KernelMoments> expected;
    KernelErrors simulated;
};

struct KernelResults {
    Index dimension = 0;
    Index count = 0;                               ///< frequencies of an estimate
    double norm = 1.0;                             ///< of both vectors
    std::vector<Index> estimates;                  ///< simulated, of each series
    std::vector<std::vector<KernelPoint>> points;  ///< [series][angle]
    /// Variance in closed form every 3 degrees, [series][angle]; empty where there is none.
    std::vector<std::vector<double>> variances;
};

/// Whether so few of the estimates make the variance that a simulation misses it: exponentials of normal numbers. Their
/// closed form is the truth, not the simulation.
[[nodiscard]] bool heavy_tailed(FeatureKind kind);

/// Mean and variance in closed form of the estimate from m frequencies with the temperatures, or nothing. `ratio` as in
/// kernel_moments.
[[nodiscard]] std::optional<KernelMoments> expected_moments(const FeatureSeries& series, const VectorPair& pair,
                                                            Index count, const std::vector<double>& temperature,
                                                            double ratio);

/// At 0, 15, … 180 degrees, from 2,000 estimates of the smallest count each (400 of oprf with dependent draws); vectors
/// of length `norm` of the options, or
/// 1. ρ of oprf is the best one of each angle.
[[nodiscard]] KernelResults study_kernel(const RffOptions& options, Index dimension, Context& context);

}  // namespace rotoscope
