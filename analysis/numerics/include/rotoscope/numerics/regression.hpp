// A straight line through points.
#pragma once

#include <cstddef>
#include <span>

namespace rotoscope {

/// y ≈ intercept + slope·x by ordinary least squares.
struct LineFit {
    double slope;
    double intercept;
    double slope_error;      ///< standard error; NaN below three points
    double intercept_error;  ///< standard error; NaN below three points
    double residual_error;   ///< sqrt(Σ residual² / (n − 2)); NaN below three points
    std::size_t count;
};

/// slope = Σ(x_i − x̄)(y_i − ȳ)/Σ(x_i − x̄)², intercept = ȳ − slope·x̄, i = 0 … n − 1; the standard errors are those of
/// independent errors of equal variance in y (Draper & Smith, Applied Regression Analysis, 3rd ed., section 1.4):
/// slope_error² = σ²/Σ(x_i − x̄)², intercept_error² = σ²(1/n + x̄²/Σ(x_i − x̄)²), σ² = Σ residual²/(n − 2).
/// All NaN where fewer than two distinct x are given. Throws Error (internal) where the sizes differ.
[[nodiscard]] LineFit fit_line(std::span<const double> x, std::span<const double> y);

}  // namespace rotoscope
