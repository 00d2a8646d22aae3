#include "window_shapes.hpp"

#include <boost/math/special_functions/bessel.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rotoscope::detail {

using std::numbers::pi;

double bartlett_shape(double x, double, const WindowArguments&) { return 1.0 - x; }

double barthann_shape(double x, double, const WindowArguments&) { return 0.62 - 0.24 * x + 0.38 * std::cos(pi * x); }

double bohman_shape(double x, double, const WindowArguments&) {
    return x < 1.0 ? (1.0 - x) * std::cos(pi * x) + std::sin(pi * x) / pi : 0.0;
}

double cauchy_shape(double x, double, const WindowArguments& arguments) {
    return 1.0 / (1.0 + arguments[0] * x * arguments[0] * x);
}

double cosine_power_shape(double x, double, const WindowArguments& arguments) {
    // The sine of the distance from the edge is 0 there; cos(π/2) would be 6e-17.
    return std::pow(std::sin(0.5 * pi * (1.0 - x)), arguments[0]);
}

double gaussian_shape(double x, double half, const WindowArguments& arguments) {
    const double z = arguments.given(1) ? half * x / arguments[1] : arguments[0] * x;
    return std::exp(-0.5 * z * z);
}

double general_gaussian_shape(double x, double half, const WindowArguments& arguments) {
    return std::exp(-0.5 * std::pow(half * x / arguments[1], 2.0 * arguments[0]));
}

double hann_poisson_shape(double x, double, const WindowArguments& arguments) {
    return (0.5 + 0.5 * std::cos(pi * x)) * std::exp(-arguments[0] * x);
}

double kaiser_beta(const WindowArguments& arguments) { return arguments.given(1) ? arguments[1] : pi * arguments[0]; }

double kaiser_shape(double x, double, const WindowArguments& arguments) {
    const double beta = kaiser_beta(arguments);
    return boost::math::cyl_bessel_i(0, beta * std::sqrt(std::max(0.0, 1.0 - x * x))) /
           boost::math::cyl_bessel_i(0, beta);
}

double lanczos_shape(double x, double, const WindowArguments&) { return x == 0.0 ? 1.0 : std::sin(pi * x) / (pi * x); }

double parzen_shape(double x, double half, const WindowArguments&) {
    const double y = half * x / (half + 0.5);  // SciPy measures the distance from the middle in units of M/2
    const double z = 1.0 - y;
    return x <= 0.5 ? 1.0 - 6.0 * y * y * z : 2.0 * z * z * z;
}

double poisson_shape(double x, double, const WindowArguments& arguments) { return std::exp(-arguments[0] * x); }

double riesz_shape(double x, double, const WindowArguments&) { return (1.0 - x) * (1.0 + x); }

double triang_shape(double x, double half, const WindowArguments&) {
    // No zero at the ends: 1 − d/((M+1)/2) for odd M, 1 − d/(M/2) for even, d samples from the middle.
    const double samples = 2.0 * half + 1.0;
    return 1.0 - half * x / (0.5 * (std::fmod(samples, 2.0) == 0.0 ? samples : samples + 1.0));
}

double tukey_fraction(const WindowArguments& arguments) { return arguments.given(1) ? arguments[1] : arguments[0]; }

double tukey_shape(double x, double, const WindowArguments& arguments) {
    const double fraction = tukey_fraction(arguments);
    return x <= 1.0 - fraction ? 1.0 : 0.5 * (1.0 - std::cos(pi * (1.0 - x) / fraction));
}

double half_sample_cosine_shape(double x, double half, const WindowArguments&) {
    return std::cos(pi * half * x / (2.0 * half + 1.0));
}

}  // namespace rotoscope::detail
