#include "rotoscope/numerics/direct_transform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/lanes.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

constexpr std::size_t segment = 1024;
constexpr std::size_t width = lane_count<double>;
constexpr std::size_t vectors = vector_registers / 8;  // each takes 4 registers; 4 hide a fused operation's latency
constexpr std::size_t lanes = width * vectors;

// gcc does not keep arrays in registers over the loop (8 times slower); its vector types, which clang shares, it does.
using DoubleVector = Lanes<double>;

struct ComplexLanes {
    std::array<DoubleVector, vectors> re{};
    std::array<DoubleVector, vectors> im{};
};

/// Σ_t x_t z^t of each lane by Horner's rule, from the last sample.
void horner(std::span<const Complex> x, const ComplexLanes& z, ComplexLanes& sum) {
    ComplexLanes s;
    for (std::size_t t = x.size(); t-- > 0;) {
        const double re = x[t].real();
        const double im = x[t].imag();
        for (std::size_t v = 0; v < vectors; ++v) {
            const DoubleVector next = s.re[v] * z.re[v] + (re - s.im[v] * z.im[v]);
            s.im[v] = s.re[v] * z.im[v] + (im + s.im[v] * z.re[v]);
            s.re[v] = next;
        }
    }
    sum = s;
}

/// The sums of up to `lanes` frequencies.
void transform_lanes(std::span<const Complex> samples, std::span<const Turns> frequencies,
                     std::span<const double> radii, std::span<Complex> out) {
    const std::size_t count = frequencies.size();
    std::array<Turns, lanes> backward;
    ComplexLanes z;
    for (std::size_t lane = 0; lane < count; ++lane) {
        backward[lane] = -frequencies[lane];
        const Complex factor = (radii.empty() ? 1.0 : radii[lane]) * backward[lane].unit();
        z.re[lane / width][lane % width] = factor.real();
        z.im[lane / width][lane % width] = factor.imag();
    }
    std::ranges::fill(out, Complex{});
    for (std::size_t begin = 0; begin < samples.size(); begin += segment) {
        const auto part = samples.subspan(begin, std::min(segment, samples.size() - begin));
        ComplexLanes sum;
        horner(part, z, sum);
        for (std::size_t lane = 0; lane < count; ++lane) {
            const double decayed = radii.empty() ? 1.0 : std::pow(radii[lane], static_cast<double>(begin));
            out[lane] += Complex(sum.re[lane / width][lane % width], sum.im[lane / width][lane % width]) *
                         (decayed * (backward[lane] * begin).unit());
        }
    }
}

}  // namespace

std::vector<Complex> direct_transform(ThreadPool& pool, std::span<const Complex> samples,
                                      std::span<const double> frequencies, std::span<const double> radii) {
    return direct_transform(pool, samples, turns_of(frequencies), radii);
}

std::vector<Complex> direct_transform(ThreadPool& pool, std::span<const Complex> samples,
                                      std::span<const Turns> frequencies, std::span<const double> radii) {
    if (!radii.empty() && radii.size() != frequencies.size())
        throw internal_error(fmt::format("{} radii of {} frequencies", radii.size(), frequencies.size()));
    if (!std::ranges::all_of(radii, [](double r) { return r >= 0.0 && std::isfinite(r); }))
        throw internal_error("a radius that is negative or not finite");
    std::vector<Complex> out(frequencies.size());
    pool.for_chunks(frequencies.size(), lanes, [&](std::size_t begin, std::size_t end) {
        const std::size_t count = end - begin;
        transform_lanes(samples, frequencies.subspan(begin, count), radii.empty() ? radii : radii.subspan(begin, count),
                        std::span(out).subspan(begin, count));
    });
    return out;
}

}  // namespace rotoscope
