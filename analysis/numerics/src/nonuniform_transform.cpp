#include "rotoscope/numerics/nonuniform_transform.hpp"

#include <boost/math/quadrature/gauss.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <type_traits>

#include "rotoscope/core/elementary.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/lanes.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;
using Doubles = VectorLanes<double, 8>;
using Indices = VectorLanes<std::int64_t, 8>;

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

/// Σ_i weight_i·point_i over 16 points.
Complex weighted_sum(const Complex* points, const double* weights) {
    const double* parts = reinterpret_cast<const double*>(points);  // re, im, re, im, …
    constexpr Indices lower{0, 0, 1, 1, 2, 2, 3, 3};
    constexpr Indices upper{4, 4, 5, 5, 6, 6, 7, 7};
    const Doubles first = load_vector<8>(weights);
    const Doubles second = load_vector<8>(weights + 8);
    const Doubles sums = (__builtin_shuffle(first, lower) * load_vector<8>(parts) +
                          __builtin_shuffle(first, upper) * load_vector<8>(parts + 8)) +
                         (__builtin_shuffle(second, lower) * load_vector<8>(parts + 16) +
                          __builtin_shuffle(second, upper) * load_vector<8>(parts + 24));
    return {(sums[0] + sums[2]) + (sums[4] + sums[6]), (sums[1] + sums[3]) + (sums[5] + sums[7])};
}

/// The sample t of the signal, real or complex, belongs at t − middle of the grid, times the kernel's correction.
template <class Value>
std::vector<Value> centred_samples(std::span<const Complex> input, std::size_t middle, std::size_t n,
                                   const std::vector<double>& correction) {
    const auto value_of = [&](std::size_t t) {
        if constexpr (std::is_same_v<Value, double>) return input[t].real();
        else return input[t];
    };
    std::vector<Value> centred(n);
    for (std::size_t t = middle; t < input.size(); ++t) centred[t - middle] = value_of(t) * correction[t - middle];
    for (std::size_t t = 0; t < middle; ++t) centred[n - middle + t] = value_of(t) * correction[middle - t];
    return centred;
}

}  // namespace

NonuniformTransform::NonuniformTransform(std::size_t samples, std::span<const double> frequencies)
    : NonuniformTransform(samples, turns_of(frequencies)) {}

NonuniformTransform::NonuniformTransform(std::size_t samples, std::span<const Turns> frequencies)
    : samples_(samples),
      middle_(samples / 2),
      fft_(grid_size(samples, taps)),
      real_fft_(fft_.size()),
      correction_(kernel_transform(taps, fft_.size(), samples / 2 + 1)),
      first_points_(frequencies.size()),
      weights_(frequencies.size() * stride),
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
        weights_[j * stride + i] = kernel(2.0 * distance / width, shape_per_tap * width);
    }
}

void NonuniformTransform::operator()(std::span<const Complex> input, std::span<Complex> output) const {
    if (input.size() != samples_ || output.size() != outputs())
        throw internal_error(fmt::format("non-uniform transform from {} to {} elements; expected {} and {}",
                                         input.size(), output.size(), samples_, outputs()));
    const std::size_t n = fft_.size();
    const auto points = std::make_unique_for_overwrite<Complex[]>(n + stride);
    const bool real = std::ranges::all_of(input, [](Complex value) { return value.imag() == 0.0; });
    if (real) transform_real_grid(input, {points.get(), n});
    else transform_grid(input, {points.get(), n});
    std::copy_n(points.get(), stride, points.get() + n);  // so that no index wraps
    for (std::size_t j = 0; j < output.size(); ++j) {
        const Complex sum = weighted_sum(points.get() + first_points_[j], weights_.data() + j * stride);
        const Complex shift = shifts_[j];
        output[j] = {sum.real() * shift.real() - sum.imag() * shift.imag(),
                     sum.real() * shift.imag() + sum.imag() * shift.real()};
    }
}

void NonuniformTransform::transform_grid(std::span<const Complex> input, std::span<Complex> points) const {
    fft_(centred_samples<Complex>(input, middle_, points.size(), correction_), points);
}

void NonuniformTransform::transform_real_grid(std::span<const Complex> input, std::span<Complex> points) const {
    const std::size_t n = points.size();
    real_fft_(centred_samples<double>(input, middle_, n, correction_), points.first(real_fft_.bins()));
    for (std::size_t k = real_fft_.bins(); k < n; ++k) points[k] = std::conj(points[n - k]);
}

}  // namespace rotoscope
