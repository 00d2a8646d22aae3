#include "window_tails.hpp"

#include "window_shapes.hpp"

#include <boost/math/special_functions/gamma.hpp>

#include <cmath>
#include <complex>
#include <numbers>

namespace rotoscope::detail {
namespace {

using std::numbers::pi;

double sinc(double x) { return std::sin(pi * x) / (pi * x); }

/// The first two terms of the expansion in b = πf of a window that is smooth inside: w(1) sin(b)/b + w′(1) cos(b)/b².
/// What follows is smaller by w″(1)/(w(1) b²).
double edge_expansion(double value, double slope, double f) {
    const double b = pi * f;
    return (value * std::sin(b) + slope * std::cos(b) / b) / b;
}

/// ∫_0^1 e^{−αu} cos(πfu) du.
double poisson_transform(double alpha, double f) {
    const double b = pi * f;
    return (alpha - std::exp(-alpha) * (alpha * std::cos(b) - b * std::sin(b))) / (alpha * alpha + b * b);
}

}  // namespace

double triangle_tail(const WindowArguments&, double f) { return sinc(0.5 * f) * sinc(0.5 * f); }

double parzen_tail(const WindowArguments&, double f) { return std::pow(sinc(0.25 * f), 4); }

double barthann_tail(const WindowArguments&, double f) {
    // The steps of the three parts at the edge cancel: 0.62 − 0.24 − 0.38 = 0.
    const double b = pi * f;
    return 0.24 * (1.0 - std::cos(b)) / (b * b) - 0.38 * std::sin(b) / (b * (f * f - 1.0));
}

double bohman_tail(const WindowArguments&, double f) {
    return 2.0 * (1.0 + std::cos(pi * f)) / std::pow(pi * (f * f - 1.0), 2);
}

double cosine_power_tail(const WindowArguments& arguments, double f) {
    // n!/2ⁿ / (Γ(1+n/2+f) Γ(1+n/2−f)), reflected: no gamma function of a negative number.
    const double n = arguments[0];
    return boost::math::tgamma_delta_ratio(f - 0.5 * n, n + 1.0) * std::sin(pi * (f - 0.5 * n));
}

double cosine_tail(const WindowArguments&, double f) { return std::cos(pi * f) / (1.0 - 4.0 * f * f); }

double riesz_tail(const WindowArguments&, double f) {
    const double b = pi * f;
    return 2.0 * (std::sin(b) / b - std::cos(b)) / (b * b);
}

double lanczos_tail(const WindowArguments&, double f) {
    // (Si(π(f+1)) − Si(π(f−1)))/2π with Si(z) = π/2 − F(z) cos z − G(z) sin z and the asymptotic F and G.
    const auto auxiliary = [](double z) {
        const double s = 1.0 / (z * z);
        return std::pair{(1.0 - s * (2.0 - s * (24.0 - 720.0 * s))) / z, s * (1.0 - s * (6.0 - s * 120.0))};
    };
    const auto [f_above, g_above] = auxiliary(pi * (f + 1.0));
    const auto [f_below, g_below] = auxiliary(pi * (f - 1.0));
    return ((f_above - f_below) * std::cos(pi * f) + (g_above - g_below) * std::sin(pi * f)) / (2.0 * pi);
}

double tukey_tail(const WindowArguments& arguments, double f) {
    // A rectangle of width 1 − α/2 convolved with a half-cosine of width α/2.
    const double fraction = tukey_fraction(arguments);
    const double x = fraction * f;
    const double taper = std::abs(x - 1.0) < 1e-6 ? pi / 4.0 : std::cos(0.5 * pi * x) / (1.0 - x * x);
    return (1.0 - 0.5 * fraction) * sinc((1.0 - 0.5 * fraction) * f) * taper;
}

double poisson_tail(const WindowArguments& arguments, double f) { return poisson_transform(arguments[0], f); }

double hann_poisson_tail(const WindowArguments& arguments, double f) {
    const double alpha = arguments[0];
    return 0.5 * poisson_transform(alpha, f) +
           0.25 * (poisson_transform(alpha, f - 1.0) + poisson_transform(alpha, f + 1.0));
}

double cauchy_tail(const WindowArguments& arguments, double f) {
    const double square = arguments[0] * arguments[0];
    const double edge = 1.0 / (1.0 + square);
    return edge_expansion(edge, -2.0 * square * edge * edge, f);
}

double gaussian_tail(const WindowArguments& arguments, double f) {
    const double square = arguments[0] * arguments[0];
    const double edge = std::exp(-0.5 * square);
    return edge_expansion(edge, -square * edge, f);
}

double kaiser_tail(const WindowArguments& arguments, double f) {
    const double beta = kaiser_beta(arguments);
    const double b = pi * f;
    const std::complex<double> z = std::sqrt(std::complex<double>(b * b - beta * beta));
    return std::abs(std::sin(z) / z);
}

double decay_tail(const WindowArguments& arguments, double f) {
    const double alpha = arguments[0];
    const std::complex<double> rotated = std::polar(std::exp(-alpha), -2.0 * pi * f);
    return std::abs(1.0 - rotated) / std::hypot(alpha, 2.0 * pi * f);
}

}  // namespace rotoscope::detail
