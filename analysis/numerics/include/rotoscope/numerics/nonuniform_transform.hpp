// The non-uniform DFT: a signal's transform at many arbitrary frequencies, by an FFT and interpolation (Dutt and
// Rokhlin 1993, 10.1137/0914081), with the "exponential of semicircle" kernel (Barnett, Magland and af Klinteberg 2019,
// 10.1137/18M120885X).
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rotoscope/numerics/fft.hpp"
#include "rotoscope/numerics/turns.hpp"

namespace rotoscope {

/// X_j = Σ_{t=0}^{T−1} x_t e^{−iω_j t}, j = 0 … W − 1, for any frequencies ω_j (radians per sample).
///
/// The signal, divided by the kernel's transform, goes through an FFT of about 2T points; each X_j is then 15 of its
/// values weighted by φ(z) = e^{b(√(1−z²)−1)}, |z| ≤ 1, b = 2.3·15. Positions and phases are exact (Turns), so the
/// error does not grow with T: below `accuracy` of the largest |X| over all frequencies.
///
/// A real signal takes the FFT of real numbers, half the work.
///
/// Const and safe from any number of threads. Cost: the FFT and 16 W; memory: 4T + 18 W doubles.
class NonuniformTransform {
public:
    /// What the error stays below, as a fraction of the largest |X(ω)|. Measured: 2e-13 at most.
    static constexpr double accuracy = 1e-12;

    /// Throws Error (internal) unless 1 ≤ T ≤ 2^28 and each |ω_j| < 2^52.
    NonuniformTransform(std::size_t samples, std::span<const double> frequencies);
    NonuniformTransform(std::size_t samples, std::span<const Turns> frequencies);

    [[nodiscard]] std::size_t inputs() const noexcept { return samples_; }
    [[nodiscard]] std::size_t outputs() const noexcept { return first_points_.size(); }

    /// Throws Error (internal) where a length differs.
    void operator()(std::span<const std::complex<double>> input, std::span<std::complex<double>> output) const;

private:
    static constexpr std::size_t taps = 15;
    static constexpr std::size_t stride = 16;  // of the weights: whole vectors, the last weight is 0

    void place(Turns frequency, std::size_t j);
    void transform_grid(std::span<const std::complex<double>> input, std::span<std::complex<double>> points) const;
    void transform_real_grid(std::span<const std::complex<double>> input, std::span<std::complex<double>> points) const;

    std::size_t samples_;
    std::size_t middle_;  // the sample that becomes time 0: the kernel's transform is needed to ±T/2 only
    ForwardFft fft_;
    RealFft real_fft_;
    std::vector<double> correction_;            // 1/φ̂(τ), τ = 0 … T/2
    std::vector<std::uint32_t> first_points_;   // the first of the FFT's points that frequency j takes
    std::vector<double> weights_;               // [W, stride]
    std::vector<std::complex<double>> shifts_;  // e^{−iω_j·middle}
};

}  // namespace rotoscope
