#include "rotoscope/numerics/regression.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/summary.hpp"

namespace rotoscope {

LineFit fit_line(std::span<const double> x, std::span<const double> y) {
    if (x.size() != y.size()) throw internal_error(fmt::format("a line through {} x and {} y", x.size(), y.size()));
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const auto n = static_cast<double>(x.size());
    const double x_mean = summarise(x).mean();
    const double y_mean = summarise(y).mean();
    double squares = 0.0;
    double products = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        squares += (x[i] - x_mean) * (x[i] - x_mean);
        products += (x[i] - x_mean) * (y[i] - y_mean);
    }
    if (!(squares > 0.0)) return {nan, nan, nan, nan, nan, x.size()};
    const double slope = products / squares;
    double residuals = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double residual = (y[i] - y_mean) - slope * (x[i] - x_mean);
        residuals += residual * residual;
    }
    const double variance = x.size() > 2 ? residuals / (n - 2.0) : nan;
    return {slope,
            y_mean - slope * x_mean,
            std::sqrt(variance / squares),
            std::sqrt(variance * (1.0 / n + x_mean * x_mean / squares)),
            std::sqrt(variance),
            x.size()};
}

}  // namespace rotoscope
