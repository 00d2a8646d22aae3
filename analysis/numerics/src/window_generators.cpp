#include "window_generators.hpp"

#include "cosine_sums.hpp"
#include "window_shapes.hpp"

#include <boost/math/special_functions/bessel.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/fft.hpp"

namespace rotoscope::detail {
namespace {

using std::numbers::pi;

/// T_order(cosh(b) cos θ). Near θ = 0 the argument is 1 plus a small number, of which acosh and acos would see only the
/// first digits and `order` multiply the error; so the small number is found without the 1.
double chebyshev_polynomial(double order, double b, double theta) {
    const bool mirrored = theta > 0.5 * pi;
    if (mirrored) theta = pi - theta;
    const double above = std::sinh(0.5 * b);
    const double below = std::sin(0.5 * theta);
    const double excess = 2.0 * (above * above * std::cos(theta) - below * below);
    const double value = excess > 0.0 ? std::cosh(order * std::log1p(excess + std::sqrt(excess * (2.0 + excess))))
                                      : std::cos(order * 2.0 * std::asin(std::sqrt(-0.5 * excess)));
    return mirrored && std::fmod(order, 2.0) == 1.0 ? -value : value;
}

}  // namespace

/// The window whose transform is T_{M−1}(cosh(b) cos(πk/M)), (M − 1) b = acosh(10^{at/20}): its DFT samples transformed
/// back, the middle first. For even M the middle lies between two samples, so the transform is shifted by half a
/// sample.
void generate_chebwin(const WindowArguments& arguments, std::span<double> window) {
    const std::size_t count = window.size();
    const auto m = static_cast<double>(count);
    const double b = std::acosh(std::pow(10.0, arguments[0] / 20.0)) / (m - 1.0);
    const bool odd = count % 2 == 1;
    std::vector<std::complex<double>> bins(count);
    for (std::size_t k = 0; k < count; ++k) {
        const double angle = pi * static_cast<double>(k) / m;
        const double level = chebyshev_polynomial(m - 1.0, b, angle);
        bins[k] = odd ? level : std::polar(1.0, angle) * level;
    }
    std::vector<std::complex<double>> samples(count);
    ForwardFft{count}(bins, samples);
    for (std::size_t i = 0; i < (count + 1) / 2; ++i) {
        const double value = samples[odd ? i : i + 1].real();  // i samples (and a half) from the middle
        window[count / 2 + i] = value;
        window[(count - 1) / 2 - i] = value;
    }
    const double largest = *std::max_element(window.begin(), window.end());
    for (double& value : window) value /= largest;
}

void generate_decay(const WindowArguments& arguments, std::span<double> window) {
    const auto n = static_cast<double>(window.size());
    for (std::size_t l = 0; l < window.size(); ++l) window[l] = std::exp(-arguments[0] * static_cast<double>(l) / n);
}

void generate_exponential(const WindowArguments& arguments, std::span<double> window) {
    const double tau = arguments[0];
    const double middle = 0.5 * static_cast<double>(window.size() - 1);
    const double center = arguments.given(1) ? arguments[1] : middle;
    for (std::size_t n = 0; n < window.size(); ++n)
        window[n] = std::exp(-std::abs(static_cast<double>(n) - center) / tau);
}

void generate_geometric(const WindowArguments& arguments, std::span<double> window) {
    for (std::size_t l = 0; l < window.size(); ++l) window[l] = std::pow(arguments[0], static_cast<double>(l));
}

void generate_kaiser_bessel_derived(const WindowArguments& arguments, std::span<double> window) {
    const std::size_t half = window.size() / 2;
    if (window.size() % 2 == 1)
        throw usage_error(
            fmt::format("window kaiser_bessel_derived of {} samples; expected an even number", window.size()));
    std::vector<double> sums(half + 1);
    for (std::size_t n = 0; n <= half; ++n)
        sums[n] =
            kaiser_shape(std::abs(2.0 * static_cast<double>(n) / static_cast<double>(half) - 1.0), 0.0, arguments);
    std::partial_sum(sums.begin(), sums.end(), sums.begin());
    for (std::size_t n = 0; n < half; ++n) window[n] = window[window.size() - 1 - n] = std::sqrt(sums[n] / sums[half]);
}

void generate_taylor(const WindowArguments& arguments, std::span<double> window) {
    const std::vector<double> terms = taylor_terms(arguments);
    const auto m = static_cast<double>(window.size());
    const double scale = arguments[2] != 0.0 ? 1.0 / std::accumulate(terms.begin(), terms.end(), 0.0) : 1.0;
    for (std::size_t n = 0; n < window.size(); ++n)
        window[n] = scale * cosine_sum(terms, (2.0 * static_cast<double>(n) - m + 1.0) / m);
}

}  // namespace rotoscope::detail
