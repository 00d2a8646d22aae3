// Histograms with exact integer counts, on the line and on the circle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rotoscope {

/// Counts of values in `bins` equal bins over [low, high]. Bin b is [edge_b, edge_{b+1}), the last one also holds
/// `high`; a value is compared with the edges themselves, edge_b = low + b (high − low)/bins as rounded to double, so
/// that what is counted is what the edges say. Values below, above and not finite are counted apart.
class Histogram {
public:
    /// Throws Error (internal) unless low < high, both finite, and bins ≥ 1.
    Histogram(double low, double high, std::size_t bins);

    void add(double value) noexcept;
    void add(std::span<const double> values) noexcept;

    [[nodiscard]] const std::vector<double>& edges() const noexcept { return edges_; }  ///< bins + 1, ascending
    [[nodiscard]] const std::vector<std::uint64_t>& counts() const noexcept { return counts_; }
    [[nodiscard]] std::uint64_t underflow() const noexcept { return underflow_; }
    [[nodiscard]] std::uint64_t overflow() const noexcept { return overflow_; }
    [[nodiscard]] std::uint64_t non_finite() const noexcept { return non_finite_; }
    /// All values added, whether in a bin or apart.
    [[nodiscard]] std::uint64_t total() const noexcept;

private:
    std::vector<double> edges_;
    std::vector<std::uint64_t> counts_;
    double bins_per_unit_;
    std::uint64_t underflow_ = 0;
    std::uint64_t overflow_ = 0;
    std::uint64_t non_finite_ = 0;
};

/// The histogram of all values over [minimum, maximum] of the finite ones; widened by max(½, 2^−20 |value|) on both
/// sides where they are all the same, [0, 1] where there are none.
[[nodiscard]] Histogram histogram_of(std::span<const double> values, std::size_t bins);

/// The angle modulo 2π in [−π, π), with π and 2π rounded to double: std::remainder(angle, 2π), but −π for π. Exact in
/// that sense for any finite angle; against the true 2π it is off by 2.4·10^−16 for each turn. NaN for one that is not
/// finite.
[[nodiscard]] double wrap_angle(double angle) noexcept;

/// Counts of angles wrapped by wrap_angle in `bins` equal bins over [−π, π); none is below or above. Bin b is
/// [edge_b, edge_{b+1}): the angle π counts in the first bin, as −π does.
class WrappedHistogram {
public:
    /// Throws Error (internal) unless bins ≥ 1.
    explicit WrappedHistogram(std::size_t bins);

    void add(double angle) noexcept { histogram_.add(wrap_angle(angle)); }
    void add(std::span<const double> angles) noexcept;

    [[nodiscard]] const std::vector<double>& edges() const noexcept { return histogram_.edges(); }
    [[nodiscard]] const std::vector<std::uint64_t>& counts() const noexcept { return histogram_.counts(); }
    [[nodiscard]] std::uint64_t non_finite() const noexcept { return histogram_.non_finite(); }

private:
    Histogram histogram_;
};

}  // namespace rotoscope
