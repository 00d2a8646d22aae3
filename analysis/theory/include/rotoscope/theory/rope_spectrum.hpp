// What the query and key weights of a rotary head say by themselves: its score against distance as a line spectrum.
//
// Pair n of a head has the complex rows u_n = W_q[x0] + i·W_q[x1] and g_n of W_k (rotation.hpp has the pairs). For
// query and key tokens that carry the same hidden vector x with E[x xᵀ] = I, the head's mean score at distance Δ = t −
// τ ≥ 0 is
//
//     K(Δ) = scale · (Re Σ_n c_n e^{i w_n Δ} + r),   c_n = Σ_j conj(g_nj) u_nj,
//
// r the inner product of the rows that are not rotated (partial rotary embeddings), scale usually 1/√d. For independent
// white tokens the mean is 0. |c_n| is the frequency's coupling, arg c_n its learned phase offset.
// "Round and Round We Go", arXiv 2410.06205, has the norms ‖u_n‖ and ‖g_n‖.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rotoscope {

/// K at fixed distances, for any number of heads that share their frequencies.
class ScoreCurve {
public:
    /// Frequencies in radians per token, distances in tokens.
    ScoreCurve(std::span<const double> frequencies, std::vector<std::uint64_t> distances);

    [[nodiscard]] const std::vector<std::uint64_t>& distances() const noexcept { return distances_; }

    /// K(Δ) at each distance. Phases are exact to 2^−50 however large the distance. Throws Error (internal) unless
    /// there is a coupling for each frequency.
    [[nodiscard]] std::vector<double> scores(std::span<const std::complex<double>> couplings, double unrotated,
                                             double scale) const;

private:
    std::size_t pairs_;
    std::vector<std::uint64_t> distances_;
    std::vector<std::complex<double>> phasors_;  ///< e^{i w_n Δ}, [distances, P]
};

/// 0, then up to `most` − 1 distances spaced evenly in their logarithm from 1 to context − 1 (whole numbers, each
/// once); all of them where there are no more.
[[nodiscard]] std::vector<std::uint64_t> spread_distances(std::uint64_t context, std::size_t most);

/// The lines of a head's spectrum in a few numbers, weighted by energy p_n = |c_n|²/Σ|c_m|². NaN where Σ|c_m|² is 0 or
/// not finite.
struct SpectrumSummary {
    double coupling = 0.0;               ///< Σ|c_n|
    double entropy = 0.0;                ///< −Σ p_n ln p_n, nats: 0 for one line, ln P for P equal ones
    double effective_frequencies = 0.0;  ///< e^entropy
    double mean_wavelength = 0.0;        ///< Σ p_n 2π/w_n, tokens: ruled by the longest
    double geometric_wavelength = 0.0;   ///< exp Σ p_n ln(2π/w_n), tokens
    double uncompleted_energy = 0.0;     ///< Σ p_n over the n with w_n·context < 2π
};

[[nodiscard]] SpectrumSummary summarise_spectrum(std::span<const std::complex<double>> couplings,
                                                 std::span<const double> frequencies, double context);

/// Whether a frequency turns less than once within the context: w·context < 2π.
[[nodiscard]] bool never_completes(double frequency, double context);

}  // namespace rotoscope
