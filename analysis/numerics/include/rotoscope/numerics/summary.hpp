// Mean, variance, extremes and quantiles of plain numbers.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace rotoscope {

/// Streaming mean, variance and extremes by Welford's update (1962), 10.1080/00401706.1962.10490022: no cancellation
/// however far the mean is from 0. Non-finite values are counted apart. Everything is NaN where no value was added.
class Summary {
public:
    void add(double value) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t non_finite() const noexcept { return non_finite_; }
    [[nodiscard]] double mean() const noexcept { return mean_; }
    /// Σ(x − mean)²/(n − 1); NaN below two values.
    [[nodiscard]] double variance() const noexcept;
    [[nodiscard]] double standard_deviation() const noexcept;
    /// standard_deviation/√n: the standard error of the mean of independent values.
    [[nodiscard]] double standard_error() const noexcept;
    [[nodiscard]] double minimum() const noexcept { return minimum_; }
    [[nodiscard]] double maximum() const noexcept { return maximum_; }

private:
    static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

    std::uint64_t count_ = 0;
    std::uint64_t non_finite_ = 0;
    double mean_ = nan;
    double squares_ = 0.0;  // Σ(x − mean)²
    double minimum_ = nan;
    double maximum_ = nan;
};

/// The summary of all values, in order.
[[nodiscard]] Summary summarise(std::span<const double> values);

/// Quantiles of the values at probabilities in [0, 1], in their order: with the sorted values x_0 … x_{n−1} and
/// h = (n − 1)p, x_⌊h⌋ + (h − ⌊h⌋)(x_⌊h⌋+1 − x_⌊h⌋) (Hyndman & Fan's type 7, 10.1080/00031305.1996.10473566; NumPy's
/// default). NaN where there are no values or any is NaN. Throws Error (internal) for a probability outside [0, 1].
[[nodiscard]] std::vector<double> quantiles(std::vector<double> values, std::span<const double> probabilities);

}  // namespace rotoscope
