// Mean and variance of the random-feature estimates of e^{x·y}, in closed form.
#pragma once

#include "rotoscope/theory/feature_map.hpp"

namespace rotoscope {

/// Two vectors as the kernel estimates see them; ‖x‖² etc. by `pair_of`.
struct VectorPair {
    Index dimension = 0;
    double squared_norms = 0.0;       ///< ‖x‖² + ‖y‖²
    double squared_sum = 0.0;         ///< ‖x + y‖²
    double squared_difference = 0.0;  ///< ‖x − y‖²
};

/// Throws usage_error where the lengths differ.
[[nodiscard]] VectorPair pair_of(const Eigen::RowVectorXd& x, const Eigen::RowVectorXd& y);

/// Unit vectors at `angle` radians in d dimensions.
[[nodiscard]] VectorPair unit_pair(Index dimension, double angle);

/// x·y = (‖x + y‖² − ‖x − y‖²)/4, and K = e^{x·y}.
[[nodiscard]] double true_kernel(const VectorPair& pair);

struct KernelMoments {
    double mean = 0.0;
    double variance = 0.0;

    /// Bias² + variance against the true kernel.
    [[nodiscard]] double mean_squared_error(double kernel) const {
        return (mean - kernel) * (mean - kernel) + variance;
    }
};

/// Of the estimate with m independent frequencies w ~ N(0, σ²I). With n = ‖x‖² + ‖y‖², s = ‖x + y‖², z = ‖x − y‖:
///   trigonometric     mean e^{n/2 − σ²z²/2}, variance e^n (1 − e^{−σ²z²})²/(2m);
///   random_offset     the same mean, variance e^n ((1 − e^{−σ²z²})² + 1)/(2m);
///   positive          mean e^{(σ²s − n)/2}, variance e^{σ²s − n}(e^{σ²s} − 1)/m;
///   hyperbolic        the same mean, variance e^{−n}(e^{σ²s} − 1)²/(2m);
///   optimal_positive  from E e^{a‖g‖² + b g·u} = (1 − 2a)^{−d/2} e^{b²‖u‖²/(2(1 − 2a))}, g ~ N(0, I), a < ½, with
///                     u = x + y; (a, b) = (2Aσ², Bσ) for the first moment and (4Aσ², 2Bσ) for the second.
/// `ratio` is ρ of optimal_positive (A = (1 − 1/ρ)/8) and is not used by the others. At σ = 1 every mean is K. Infinite
/// where double overflows. Throws usage_error for m < 1.
[[nodiscard]] KernelMoments kernel_moments(FeatureKind kind, const VectorPair& pair, Index draws,
                                           double temperature = 1, double ratio = 1);

/// Covariance C of cos w_i·z and cos w_j·z for two rows of one orthogonal block in d dimensions, z = ‖z‖:
///   C = e^{−z²/2} 1F1(−d/2; d/2; z²/2) − e^{−z²};
/// 0, off by less than 1e-8, for z²/2 > 600, and for d = 1, where there are no two rows.
[[nodiscard]] double orthogonal_covariance(Index dimension, double distance);

/// Variance of the Gaussian-kernel estimate (1/m) Σ_j cos w_j·z, mean e^{−z²/2}, with independent frequencies:
/// (1 − e^{−z²})²/(2m).
[[nodiscard]] double independent_variance(Index draws, double distance);

/// The same with orthogonal blocks of d rows, the last cut short where d does not divide m:
///   (m (1 − e^{−z²})²/2 + Σ_blocks r(r − 1) C)/m², r the rows of the block.
[[nodiscard]] double orthogonal_variance(Index dimension, Index draws, double distance);

}  // namespace rotoscope
