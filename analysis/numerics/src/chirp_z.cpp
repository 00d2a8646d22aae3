#include "rotoscope/numerics/chirp_z.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "rotoscope/core/error.hpp"
#include "rotoscope/numerics/turns.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

/// N or M, or the length over which a spiral's chirps keep within a factor of e.
std::size_t block_length(std::size_t length, double log_radius_step) {
    if (log_radius_step == 0.0) return length;
    const double longest = std::sqrt(2.0 / std::abs(log_radius_step));
    return longest < static_cast<double>(length) ? static_cast<std::size_t>(longest) : length;
}

/// W^{j²/2} = e^{−(m + iβ)j²/2}.
Complex chirp(const ChirpContour& contour, std::uint64_t j) {
    const auto square = static_cast<double>(j * j);
    return std::exp(-0.5 * contour.log_radius_step * square) *
           (-(Turns::of_radians(0.5 * contour.angle_step) * (j * j))).unit();
}

/// z_k^{−n}.
Complex point_power(const ChirpContour& contour, std::uint64_t k, std::uint64_t n) {
    const double log_radius = contour.log_radius + static_cast<double>(k) * contour.log_radius_step;
    const Turns angle = Turns::of_radians(contour.angle) + Turns::of_radians(contour.angle_step) * k;
    return std::exp(-log_radius * static_cast<double>(n)) * (-(angle * n)).unit();
}

void check(std::size_t inputs, std::size_t outputs, const ChirpContour& contour) {
    constexpr std::size_t most = std::size_t{1} << 29;
    constexpr double steepest = 1e-3;
    if (inputs < 1 || outputs < 1 || inputs > most || outputs > most - inputs)
        throw internal_error(fmt::format(
            "chirp-z transform of {} points to {}; expected at least 1 each and 2^29 in all", inputs, outputs));
    if (!(std::abs(contour.log_radius_step) <= steepest))
        throw internal_error(fmt::format("a spiral whose radius grows by e^{} a point; expected at most e^{}",
                                         contour.log_radius_step, steepest));
}

/// An FFT's size for blocks of a and b points: no wrapped product reaches an output.
std::size_t fft_size(std::size_t a, std::size_t b) { return good_fft_size(a + b - 1); }

}  // namespace

ChirpZ::ChirpZ(std::size_t inputs, std::size_t outputs, const ChirpContour& contour)
    : inputs_((check(inputs, outputs, contour), inputs)),
      outputs_(outputs),
      contour_(contour),
      input_block_(block_length(inputs, contour.log_radius_step)),
      output_block_(block_length(outputs, contour.log_radius_step)),
      forward_(fft_size(input_block_, output_block_)),
      backward_(forward_.size()),
      chirp_(std::max(input_block_, output_block_)),
      kernel_(forward_.size()) {
    for (std::size_t j = 0; j < chirp_.size(); ++j) chirp_[j] = chirp(contour_, j);
    const std::size_t size = forward_.size();
    std::vector<Complex> inverse(size);
    for (std::size_t j = 0; j < output_block_; ++j) inverse[j] = 1.0 / (chirp_[j] * static_cast<double>(size));
    for (std::size_t j = 1; j < input_block_; ++j) inverse[size - j] = 1.0 / (chirp_[j] * static_cast<double>(size));
    forward_(inverse, kernel_);
    first_factors_ = input_factors(0);
}

std::vector<Complex> ChirpZ::input_factors(std::size_t first_output) const {
    std::vector<Complex> factors(input_block_);
    for (std::size_t n = 0; n < input_block_; ++n) factors[n] = point_power(contour_, first_output, n) * chirp_[n];
    return factors;
}

// With n = n₀ + n′ and k = k₀ + k′: z_k^{−n} = z_k^{−n₀} · W^{k′²/2} · [z_{k₀}^{−n′} W^{n′²/2}] · W^{−(k′−n′)²/2}.
void ChirpZ::add_block(std::span<const Complex> input, std::span<const Complex> factors, std::size_t first_input,
                       std::size_t first_output, std::span<Complex> output) const {
    std::vector<Complex> values(forward_.size());
    std::vector<Complex> transformed(forward_.size());
    for (std::size_t n = 0; n < input.size(); ++n) values[n] = input[n] * factors[n];
    forward_(values, transformed);
    for (std::size_t j = 0; j < transformed.size(); ++j) transformed[j] *= kernel_[j];
    backward_(transformed, values);
    for (std::size_t k = 0; k < output.size(); ++k) {
        const Complex value = values[k] * chirp_[k];
        output[k] += first_input == 0 ? value : value * point_power(contour_, first_output + k, first_input);
    }
}

void ChirpZ::operator()(std::span<const Complex> input, std::span<Complex> output) const {
    if (input.size() != inputs_ || output.size() != outputs_)
        throw internal_error(fmt::format("chirp-z transform from {} to {} elements; expected {} and {}", input.size(),
                                         output.size(), inputs_, outputs_));
    std::ranges::fill(output, Complex{});
    for (std::size_t k = 0; k < outputs_; k += output_block_) {
        const auto factors = k == 0 ? std::vector<Complex>{} : input_factors(k);
        for (std::size_t n = 0; n < inputs_; n += input_block_)
            add_block(input.subspan(n, std::min(input_block_, inputs_ - n)), k == 0 ? first_factors_ : factors, n, k,
                      output.subspan(k, std::min(output_block_, outputs_ - k)));
    }
}

}  // namespace rotoscope
