// P(f) = |W(f)|² on an even grid of frequencies, and polynomials through it.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "rotoscope/numerics/fft.hpp"

namespace rotoscope::detail {

/// P at f = k/p bins for k = 0 … pN/2, extended at both ends by its symmetries P(−f) = P(f) = P(N − f).
/// Gives its memory back to its thread, for the next grid.
class PowerGrid {
public:
    static constexpr std::size_t margin = 6;

    PowerGrid(std::vector<double> values, std::size_t points_per_bin)
        : values_(std::move(values)), points_per_bin_(points_per_bin) {}
    ~PowerGrid();
    PowerGrid(const PowerGrid&) = delete;
    PowerGrid& operator=(const PowerGrid&) = delete;

    /// P at k/p for −6 ≤ k ≤ last() + 6.
    [[nodiscard]] double operator[](std::ptrdiff_t k) const {
        return values_[static_cast<std::size_t>(k + static_cast<std::ptrdiff_t>(margin))];
    }
    /// The index of f = N/2.
    [[nodiscard]] std::ptrdiff_t last() const { return static_cast<std::ptrdiff_t>(values_.size() - 2 * margin) - 1; }
    [[nodiscard]] double points_per_bin() const { return static_cast<double>(points_per_bin_); }

private:
    std::vector<double> values_;
    std::size_t points_per_bin_;
};

/// Computes grids of windows of n samples. The zero-padded transform of pN points is never made: at the frequencies
/// (pk + r)/p it is the n-point transform of w_t e^{−2πi rt/(pn)}, and r and p − r give the same powers. So p/2 + 1
/// transforms of n points, which stay in the cache, do the work of one of pn points, which does not. The first and the
/// last take half, since the window is real.
class PowerGridMaker {
public:
    PowerGridMaker(std::size_t n, std::size_t points_per_bin);
    [[nodiscard]] PowerGrid operator()(std::span<const double> samples) const;

private:
    /// Row r: P at the frequencies k + r/p, k = 0 … n − 1 (n/2 in row 0), at row_stride(n). Valid until the same thread
    /// makes another grid.
    [[nodiscard]] std::span<const double> powers_by_offset(std::span<const double> samples) const;

    std::size_t n_;
    std::size_t points_per_bin_;
    ForwardFft fft_;
    RealFft real_fft_;
    std::optional<ForwardFft> half_fft_;      // n/2 points, where n is even
    std::vector<std::complex<double>> step_;  // e^{−2πi t/(pn)}
};

/// The polynomial of degree 11 through the 12 grid points k − 5 … k + 6, in s = grid index − (k + ½). P has no
/// frequencies above 2π per bin, so at 16 points a bin it is within 1e-9 of P's local maximum for |s| ≤ 1.
class GridPolynomial {
public:
    static constexpr std::size_t count = 12;

    GridPolynomial(const PowerGrid& grid, std::ptrdiff_t k);

    /// The m-th derivative at s.
    [[nodiscard]] double derivative(std::size_t m, double s) const;
    /// ∫ from a to b.
    [[nodiscard]] double integral(double a, double b) const;

private:
    std::array<double, count> coefficients_;
};

}  // namespace rotoscope::detail
