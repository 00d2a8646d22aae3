// What the values of a tensor are like, in one pass over each piece.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

namespace rotoscope {

/// Count, extremes and moments. Minimum, maximum, mean and squares are of the finite values; they are NaN where there
/// is none.
struct ValueStatistics {
    std::uint64_t count = 0;  ///< of all values
    std::uint64_t finite = 0;
    std::uint64_t zeros = 0;  ///< of either sign
    std::uint64_t nans = 0;
    std::uint64_t infinities = 0;
    double minimum = std::numeric_limits<double>::quiet_NaN();
    double maximum = std::numeric_limits<double>::quiet_NaN();
    double mean = std::numeric_limits<double>::quiet_NaN();
    double squares = std::numeric_limits<double>::quiet_NaN();  ///< Σ(x − mean)²

    /// sqrt(Σ(x − mean)²/(n − 1)) of the n finite values; NaN below two.
    [[nodiscard]] double standard_deviation() const;
};

/// Of a piece. Sums are kept in double about its first finite value, so that a mean far from 0 costs no
/// digits: with n values, the relative error of the variance is below n ε (1 + (mean − first)²/variance), ε = 2^−53.
/// Scalar is float or double; at most 2^31 values.
template <class Scalar>
[[nodiscard]] ValueStatistics measure_values(std::span<const Scalar> values);

/// Adds the statistics of other values (Chan, Golub and LeVeque, 1983, 10.1080/00031305.1983.10483115).
void merge(ValueStatistics& total, const ValueStatistics& part);

}  // namespace rotoscope
