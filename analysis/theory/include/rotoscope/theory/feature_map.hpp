// Random features φ with φ(q)·φ(k) ≈ e^{q·k}.
#pragma once

#include <cstdint>
#include <vector>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/theory/frequency_draws.hpp"
#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

/// The features of one frequency w; with m frequencies all are divided by √m.
enum class FeatureKind {
    /// e^{‖x‖²/2}(cos w·x, sin w·x), Rahimi and Recht 2007: two features. The estimate is e^{(‖q‖²+‖k‖²)/2} cos w·(q −
    /// k).
    trigonometric,
    /// √2 e^{‖x‖²/2} cos(w·x + b), b uniform on (0, 2π): one feature, twice the variance or more.
    random_offset,
    /// e^{w·x − ‖x‖²/2}, Choromanski et al. 2009.14794: one feature.
    positive,
    /// e^{−‖x‖²/2}(e^{w·x}, e^{−w·x})/√2, the same paper: two features.
    hyperbolic,
    /// (1 − 4A)^{d/4} e^{A‖w‖² + B w·x − ‖x‖²/2}, B = √(1 − 4A), A = (1 − 1/ρ)/8, Likhosherstov et al. 2205.15317: one
    /// feature; ρ by optimal_positive_ratio.
    optimal_positive,
};

/// 2 where a frequency gives a pair of features, else 1.
[[nodiscard]] Index features_per_draw(FeatureKind kind);

/// The number of frequencies that gives `features` real features. Throws usage_error for 0, and for an odd number where
/// features come in pairs.
[[nodiscard]] Index draws_for_features(FeatureKind kind, Index features);

/// ρ = 2d/(√((2s + d)² + 8ds) + 2s + d) in (0, 1], which minimises the variance of optimal positive features at
/// s = ‖q + k‖²; ρ = 1 at s = 0, where they are the positive features.
[[nodiscard]] double optimal_positive_ratio(Index dimension, double squared_sum);

struct FeatureOptions {
    FeatureKind kind = FeatureKind::trigonometric;
    DrawKind draws = DrawKind::independent;
    Index count = 0;  ///< frequencies m ≥ 1
    std::uint64_t seed = 0;
    /// σ_j, which multiplies frequency w_j: one for all, or one for each of the `count`. Finite and positive or 0.
    std::vector<double> temperature = {1.0};
    /// optimal_positive only: the ‖q + k‖² that ρ is optimal for; over many pairs, its mean.
    double squared_sum = 0.0;
};

/// Features of `count` fixed frequencies, in a form that does not overflow: a row of features is exact up to the factor
/// e^{log_scale} of that row, which is the same for every frequency and cancels in normalised attention where the row
/// is a query. Trigonometric features are bounded then; the exponentials of the others are at most near 1 (Chernoff's
/// bound on the largest of m), and overflow, to infinity without an exception, only where they exceed it by e^88 in
/// float or e^709 in double. Instantiated for float and double.
template <class Scalar>
class FeatureMap {
public:
    /// Draws the frequencies. Throws usage_error for no frequencies, no dimension, or temperatures that are neither one
    /// nor `count` or are negative or not finite.
    FeatureMap(const FeatureOptions& options, Index dimension);
    FeatureMap(const FeatureOptions& options, Index dimension, ThreadPool& pool);

    [[nodiscard]] const FeatureOptions& options() const noexcept { return options_; }
    [[nodiscard]] Index dimension() const noexcept { return frequencies_.cols(); }
    [[nodiscard]] Index count() const noexcept { return options_.count; }
    [[nodiscard]] Index features_per_draw() const noexcept { return rotoscope::features_per_draw(options_.kind); }

    /// σ_j w_j as rows [m, d] (times B for optimal_positive).
    [[nodiscard]] const RowMatrix<Scalar>& frequencies() const noexcept { return frequencies_; }

    /// log_scale of each row of x [L, d]: ‖x‖²/2 for trigonometric and random_offset; else, with f the feature of a
    /// random frequency, min over p > 0 of (log m + log E f^p)/p, which the largest of m exceeds by log c with
    /// probability at most c^−p. That is √(2 ln m) σ‖x‖ − ‖x‖²/2 for positive and, with 2m for m, hyperbolic features.
    [[nodiscard]] Vector<Scalar> log_scales(const ConstRows<Scalar>& x) const;

    /// Features of the frequencies begin … end − 1 times e^{−log_scale}, without the factor 1/√m: for one-feature kinds
    /// [L, end − begin]; for pairs [L, 2(end − begin)], all first members, then all second ones. `features` is a matrix
    /// or block of that shape, `log_scales` what log_scales(x) gives.
    void apply(const ConstRows<Scalar>& x, const Eigen::Ref<const Vector<Scalar>>& log_scales, Index begin, Index end,
               Rows<Scalar> features) const;

private:
    FeatureMap(const FeatureOptions& options, RowMatrix<double> standard_frequencies);

    [[nodiscard]] double exponential_log_scale(double norm) const;

    FeatureOptions options_;
    RowMatrix<Scalar> frequencies_;
    Vector<Scalar> additions_;  ///< added to w_j·x: the offset b_j, or A‖w_j‖² + (d/4) log(1 − 4A)
    double exponent_ = 0.0;     ///< A of optimal positive features, 0 for the others
    double largest_temperature_;
};

/// The kernel estimate of one pair, (1/m) Σ_j over the frequencies of the map. x, y [d].
[[nodiscard]] double estimate_kernel(const FeatureMap<double>& map, const Eigen::RowVectorXd& x,
                                     const Eigen::RowVectorXd& y);

}  // namespace rotoscope
