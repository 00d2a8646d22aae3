// The slow twins of the transforms: their sums, term by term.
#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <span>
#include <vector>

#include "rotoscope/core/philox.hpp"

namespace rotoscope::test {

using Complex = std::complex<double>;

/// e^{iωt} with the product's rounding error put back: (p + e), p = fl(ωt), e from one fused operation; std::cos and
/// std::sin reduce p exactly. Good to 2^−51 for any ωt.
[[nodiscard]] inline Complex exact_phasor(double omega, double t) {
    const double product = omega * t;
    const double rest = std::fma(omega, t, -product);
    return Complex(std::cos(product), std::sin(product)) * Complex(std::cos(rest), std::sin(rest));
}

/// Σ_t x_t (r e^{−iω})^t, added in long double.
[[nodiscard]] inline Complex direct_sum(std::span<const Complex> x, double omega, double radius = 1.0) {
    std::complex<long double> sum = 0.0L;
    long double decayed = 1.0L;  // a running product: off by T·2^−64
    for (std::size_t t = 0; t < x.size(); ++t, decayed *= static_cast<long double>(radius)) {
        const Complex phasor = exact_phasor(-omega, static_cast<double>(t));
        const std::complex<long double> term(static_cast<long double>(x[t].real()) * phasor.real() -
                                                 static_cast<long double>(x[t].imag()) * phasor.imag(),
                                             static_cast<long double>(x[t].real()) * phasor.imag() +
                                                 static_cast<long double>(x[t].imag()) * phasor.real());
        sum += decayed * term;
    }
    return {static_cast<double>(sum.real()), static_cast<double>(sum.imag())};
}

[[nodiscard]] inline std::vector<Complex> direct_sums(std::span<const Complex> x, std::span<const double> frequencies) {
    std::vector<Complex> sums;
    sums.reserve(frequencies.size());
    for (const double omega : frequencies) sums.push_back(direct_sum(x, omega));
    return sums;
}

/// n numbers, uniform on the square [−½, ½)², or on [low, high).
[[nodiscard]] inline std::vector<Complex> random_signal(std::size_t n, std::uint64_t seed) {
    const UniformDraws draws(seed, RandomStream::test);
    std::vector<Complex> x(n);
    for (std::size_t t = 0; t < n; ++t) x[t] = {draws.uniform(2 * t) - 0.5, draws.uniform(2 * t + 1) - 0.5};
    return x;
}

[[nodiscard]] inline std::vector<double> random_numbers(std::size_t n, double low, double high, std::uint64_t seed) {
    const UniformDraws draws(seed, RandomStream::test);
    std::vector<double> x(n);
    for (std::size_t t = 0; t < n; ++t) x[t] = low + (high - low) * draws.uniform(t);
    return x;
}

/// The largest |a − b|; NaN where any is.
[[nodiscard]] inline double largest_difference(std::span<const Complex> a, std::span<const Complex> b) {
    if (a.size() != b.size()) return std::nan("");
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!(std::abs(a[i] - b[i]) <= largest)) largest = std::abs(a[i] - b[i]);
    return largest;
}

/// sqrt(Σ |x|²), and Σ |x|.
[[nodiscard]] inline double euclidean_norm(std::span<const Complex> x) {
    double sum = 0.0;
    for (const Complex& value : x) sum += std::norm(value);
    return std::sqrt(sum);
}

[[nodiscard]] inline double absolute_sum(std::span<const Complex> x) {
    double sum = 0.0;
    for (const Complex& value : x) sum += std::abs(value);
    return sum;
}

}  // namespace rotoscope::test
