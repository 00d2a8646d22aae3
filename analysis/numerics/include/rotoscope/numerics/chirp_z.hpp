// The chirp-z transform: a polynomial at points of an arc or a spiral, in the time of a few FFTs (Rabiner, Schafer and
// Rader 1969, 10.1002/j.1538-7305.1969.tb04268.x), by Bluestein's nk = (n² + k² − (k − n)²)/2.
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "rotoscope/numerics/fft.hpp"

namespace rotoscope {

/// The points z_k = A W^{−k} = e^{(l + iα) + k(m + iβ)}: l = log_radius, α = angle, m = log_radius_step, β = angle_step
/// (radians). m = 0 is an arc, where also l = 0 one of the unit circle.
struct ChirpContour {
    double angle = 0.0;
    double angle_step = 0.0;
    double log_radius = 0.0;
    double log_radius_step = 0.0;
};

/// X_k = Σ_{n=0}^{N−1} x_n A^{−n} W^{nk} = Σ_n x_n z_k^{−n}, k = 0 … M − 1.
///
/// The phases βn²/2 are reduced modulo 2π exactly, so the error does not grow with them: it is a few
/// 2^−53 log2(L) ‖x_n A^{−n}‖₂, L the FFT's size, at every point of an arc: below 1e-14 of the largest |X| on the
/// circle |z| = |A|. On a spiral the chirps' moduli e^{±mn²/2} would cost digits: N and M are then cut into blocks over
/// which they stay within a factor of e, at a cost of (N/B)(M/B) FFTs of 2B points, B = sqrt(2/|m|); blocks are never
/// shorter than 64. |m| ≤ 1e-3.
///
/// Const and safe from any number of threads. Memory: a few times N + M.
class ChirpZ {
public:
    /// Throws Error (internal) unless N, M ≥ 1, N + M ≤ 2^29 and |log_radius_step| ≤ 1e-3.
    ChirpZ(std::size_t inputs, std::size_t outputs, const ChirpContour& contour);

    [[nodiscard]] std::size_t inputs() const noexcept { return inputs_; }
    [[nodiscard]] std::size_t outputs() const noexcept { return outputs_; }

    /// Throws Error (internal) where a length differs.
    void operator()(std::span<const std::complex<double>> input, std::span<std::complex<double>> output) const;

private:
    using Complex = std::complex<double>;

    [[nodiscard]] std::vector<Complex> input_factors(std::size_t first_output) const;
    void add_block(std::span<const Complex> input, std::span<const Complex> factors, std::size_t first_input,
                   std::size_t first_output, std::span<Complex> output) const;

    std::size_t inputs_;
    std::size_t outputs_;
    ChirpContour contour_;
    std::size_t input_block_;
    std::size_t output_block_;
    ForwardFft forward_;
    BackwardFft backward_;
    std::vector<Complex> chirp_;          // W^{j²/2}, j below the longer block
    std::vector<Complex> kernel_;         // the transform of W^{−j²/2}, divided by the FFT's size
    std::vector<Complex> first_factors_;  // input_factors(0)
};

}  // namespace rotoscope
