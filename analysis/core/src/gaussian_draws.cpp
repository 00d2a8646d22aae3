#include "rotoscope/core/gaussian_draws.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "rotoscope/core/elementary.hpp"

namespace rotoscope {
namespace {

// Every draw comes from the same loops over a whole batch, whose bounds are aligned and fixed: so one draw and many
// agree bit for bit whatever the compiler fuses or vectorises. Long enough for four 512-bit vectors of pairs.
constexpr std::size_t batch_pairs = 32;
constexpr std::size_t batch_draws = 2 * batch_pairs;

static_assert(batch_pairs % lane_count<std::uint64_t> == 0);

using Words = std::array<std::uint64_t, batch_pairs>;
using Batch = std::array<double, batch_draws>;

/// −2 ln u for u = (k + ½)/2^64, k < 2^64, rounded to double. With u = 2^e m, m in [√½, √2): ln m = 2 artanh f,
/// f = (m − 1)/(m + 1), |f| < 0.172, whose series to f^23 leaves a remainder below 2^−60. e ln 2 is added in two parts.
double minus_two_log(std::uint64_t k) {
    constexpr double ln2_high = 0x1.62e42fefa38p-1;  // 42 bits: times an exponent it is exact
    constexpr double ln2_low = 0x1.ef35793c7673p-45;
    const double u = static_cast<double>(k) + 0.5;
    const auto bits = std::bit_cast<std::uint64_t>(u);
    // Subtracting the bits of √½ before taking the exponent field puts the mantissa in [√½, √2).
    constexpr auto root_half = std::bit_cast<std::uint64_t>(0.5 * std::numbers::sqrt2);
    const std::int64_t exponent = static_cast<std::int64_t>(bits - root_half) >> 52;
    const double m = std::bit_cast<double>(bits - (static_cast<std::uint64_t>(exponent) << 52));
    const auto e = static_cast<double>(exponent - 64);
    const double f = (m - 1.0) / (m + 1.0);
    const double square = f * f;
    double series = 1.0 / 23.0;
    series = 1.0 / 21.0 + square * series;
    series = 1.0 / 19.0 + square * series;
    series = 1.0 / 17.0 + square * series;
    series = 1.0 / 15.0 + square * series;
    series = 1.0 / 13.0 + square * series;
    series = 1.0 / 11.0 + square * series;
    series = 1.0 / 9.0 + square * series;
    series = 1.0 / 7.0 + square * series;
    series = 1.0 / 5.0 + square * series;
    series = 1.0 / 3.0 + square * series;
    const double half_log = f + (f * square * series + 0.5 * e * ln2_low);
    return -2.0 * (e * ln2_high + 2.0 * half_log);
}

/// sin and 1 − cos of 2π m/2^64. The remainder from the nearest quarter turn is exact in integers.
SineVersine sine_versine_of_turn(std::uint64_t m) {
    constexpr double quarter = 0x1p-64 * (0.5 * std::numbers::pi);
    const std::uint64_t nearest = (m + (std::uint64_t{1} << 61)) >> 62;
    const auto remainder = static_cast<std::int64_t>(m << 2);
    return turned(sine_versine_of_reduced(static_cast<double>(remainder) * quarter), nearest);
}

void box_muller(const Words& radius_bits, const Words& angle_bits, Batch& batch) {
    Batch parts;
    for (std::size_t j = 0; j < batch_pairs; ++j) parts[j] = std::sqrt(minus_two_log(radius_bits[j]));
    for (std::size_t j = 0; j < batch_pairs; ++j) {
        const SineVersine angle = sine_versine_of_turn(angle_bits[j]);
        const double radius = parts[j];
        parts[j] = radius * (1.0 - angle.versine);
        parts[batch_pairs + j] = radius * angle.sine;
    }
    for (std::size_t j = 0; j < batch_pairs; ++j) {
        batch[2 * j] = parts[j];
        batch[2 * j + 1] = parts[batch_pairs + j];
    }
}

/// Draws 64·number … 64·number + 63.
void draw_batch(const UniformDraws& uniform, std::uint64_t number, Batch& batch) {
    Words radius_bits;
    Words angle_bits;
    uniform.fill_blocks(number * batch_pairs, radius_bits, angle_bits);
    box_muller(radius_bits, angle_bits, batch);
}

template <class Real>
void fill_batches(const UniformDraws& uniform, std::uint64_t first_index, std::span<Real> values) {
    Batch batch;
    for (std::size_t done = 0; done < values.size();) {
        const std::uint64_t index = first_index + done;
        const std::size_t offset = index % batch_draws;
        const std::size_t count = std::min(batch_draws - offset, values.size() - done);
        draw_batch(uniform, index / batch_draws, batch);
        for (std::size_t j = 0; j < count; ++j) values[done + j] = static_cast<Real>(batch[offset + j]);
        done += count;
    }
}

}  // namespace

double GaussianDraws::normal(std::uint64_t index) const {
    double value = 0.0;
    fill(index, std::span<double>(&value, 1));
    return value;
}

void GaussianDraws::fill(std::uint64_t first_index, std::span<double> values) const {
    fill_batches(uniform_, first_index, values);
}

void GaussianDraws::fill(std::uint64_t first_index, std::span<float> values) const {
    fill_batches(uniform_, first_index, values);
}

}  // namespace rotoscope
