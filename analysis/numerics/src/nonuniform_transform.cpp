#include "rotoscope/numerics/nonuniform_transform.hpp"

#include <boost/math/quadrature/gauss.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/core/elementary.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

/// b/taps = 2.3 balances the kernel's truncation against aliasing at twofold oversampling (Barnett et al., section 4).
constexpr double shape_per_tap = 2.30;

double kernel(double z, double shape) {
    return std::exp(shape * (std::sqrt(std::max(0.0, (1.0 - z) * (1.0 + z))) - 1.0));
}

/// φ̂(τ) = ∫ φ(2x/taps) cos(2πxτ/n) dx = taps ∫₀¹ φ(z) cos(π·taps·τz/n) dz for τ = 0 … count − 1, by Gauss's rule of 30
/// points: the cosine turns less than 2 times, and what φ's root at z = 1 costs is of the order of e^{−b}.
std::vector<double> kernel_transform(std::size_t taps, std::size_t n, std::size_t count) {
    const auto width = static_cast<double>(taps);
    std::vector<double> sums(count, 0.0);
    const auto add_node = [&](double z, double weight) {
        const double height = 0.5 * width * weight * kernel(z, shape_per_tap * width);
        const double angle = std::numbers::pi * width * z / static_cast<double>(n);
        for (std::size_t tau = 0; tau < count; ++tau)
            sums[tau] += height * (1.0 - sine_versine(angle * static_cast<double>(tau)).versine);
    };
    using Rule = boost::math::quadrature::gauss<double, 30>;
    for (std::size_t i = 0; i < Rule::abscissa().size(); ++i) {
        const double node = Rule::abscissa()[i];
        add_node(0.5 * (1.0 + node), Rule::weights()[i]);
        add_node(0.5 * (1.0 - node), Rule::weights()[i]);
    }
    return sums;
}

std::size_t grid_size(std::size_t samples, std::size_t taps) {
    constexpr std::size_t most = std::size_t{1} << 28;
    if (samples < 1 || samples > most)
        throw internal_error(fmt::format("non-uniform transform of {} samples; expected 1 to 2^28", samples));
    return good_fft_size(std::max(2 * samples, 2 * taps));
}

}  // namespace

NonuniformTransform::NonuniformTransform(std::size_t samples, std::span<const double> frequencies)
    : NonuniformTransform(samples, turns_of(frequencies)) {}

NonuniformTransform::NonuniformTransform(std::size_t samples, std::span<const Turns> frequencies)
    : samples_(samples),
      middle_(samples / 2),
      fft_(grid_size(samples, taps)),
      correction_(kernel_transform(taps, fft_.size(), samples / 2 + 1)),
      first_points_(frequencies.size()),
      weights_(frequencies.size() * taps),
      shifts_(frequencies.size()) {
    for (double& value : correction_) value = 1.0 / value;
    for (std::size_t j = 0; j < frequencies.size(); ++j) place(frequencies[j], j);
}

void NonuniformTransform::place(Turns frequency, std::size_t j) {
    __extension__ using Wide = unsigned __int128;
    shifts_[j] = (-(frequency * middle_)).unit();
    // The position u = ωn/2π among the points, in units of 2^−64.
    const Wide position = Wide{frequency.leading_bits()} * fft_.size();
    const auto point = static_cast<std::size_t>(position >> 64);
    const double beyond = static_cast<double>(static_cast<std::uint64_t>(position)) * 0x1p-64;  // in [0, 1]
    // The taps points nearest to u, of which (taps − 1)/2 or more lie on either side.
    constexpr std::size_t half = (taps - 1) / 2;
    const std::size_t nearest = beyond > 0.5 ? point + 1 : point;
    const double offset = beyond - (beyond > 0.5 ? 1.0 : 0.0);
    first_points_[j] = static_cast<std::uint32_t>((nearest + fft_.size() - half) % fft_.size());
    constexpr auto width = static_cast<double>(taps);
    for (std::size_t i = 0; i < taps; ++i) {
        const double distance = static_cast<double>(i) - static_cast<double>(half) - offset;
        weights_[j * taps + i] = kernel(2.0 * distance / width, shape_per_tap * width);
    }
}

void NonuniformTransform::operator()(std::span<const Complex> input, std::span<Complex> output) const {
    if (input.size() != samples_ || output.size() != outputs())
        throw internal_error(fmt::format("non-uniform transform from {} to {} elements; expected {} and {}",
                                         input.size(), output.size(), samples_, outputs()));
    const std::size_t n = fft_.size();
    std::vector<Complex> centred(n);
    for (std::size_t t = middle_; t < samples_; ++t) centred[t - middle_] = input[t] * correction_[t - middle_];
    for (std::size_t t = 0; t < middle_; ++t) centred[n - middle_ + t] = input[t] * correction_[middle_ - t];
    std::vector<Complex> points(n + taps);
    fft_(centred, std::span(points).first(n));
    std::copy_n(points.begin(), taps, points.begin() + static_cast<std::ptrdiff_t>(n));  // so that no index wraps
    for (std::size_t j = 0; j < output.size(); ++j) {
        const Complex* point = points.data() + first_points_[j];
        const double* weight = weights_.data() + j * taps;
        double re = 0.0;
        double im = 0.0;
        for (std::size_t i = 0; i < taps; ++i) {
            re += weight[i] * point[i].real();
            im += weight[i] * point[i].imag();
        }
        output[j] = Complex(re, im) * shifts_[j];
    }
}

}  // namespace rotoscope
