// Spectral leakage of one rotated and decayed channel in closed form.
//
// s_t = a e^{iw} s_{t−1} + e^{iw't}, t = 1 … T, s_0 = 0, has s_T = e^{iw'T} H(δ) with δ = w' − w and
//
//     H(δ) = Σ_{l=0}^{T−1} a^l e^{−iδl} = (1 − a^T e^{−iδT})/(1 − a e^{−iδ}),
//
// so |s_T| = |H|. a = 1 gives the Dirichlet kernel, |H| = |sin(δT/2)/sin(δ/2)|: a rectangular window.
#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <vector>

#include "rotoscope/numerics/turns.hpp"
#include "rotoscope/theory/matrix.hpp"
#include "rotoscope/theory/rotation_bank.hpp"

namespace rotoscope {

/// H(δ) of decay a ∈ [0, 1] after T steps; 0 for T = 0.
///
/// With κ = ln a − iδ, H = expm1(κT)/expm1(κ), whose real parts add terms of one sign only; δ and δT are reduced modulo
/// 2π exactly. Below |κ|T = (24·2^−53)^{1/3} the quotient, removable where κ = 0, gives way to its series
/// T(1 + κ(T−1)/2 + κ²(T−1)(2T−1)/12), whose remainder is at most (|κ|T)³/24 ≤ 2^−53. The relative error of |H| is
/// below 40·2^−53 (1 + T|ln a|a^T) at any δ, nulls included, so 60·2^−53 at most. Throws Error (usage) unless 0 ≤ a ≤
/// 1; Error (internal) for T > 2^52.
[[nodiscard]] std::complex<double> exponential_response(double decay, Turns detuning, std::uint64_t steps);

/// The same with δ = tone − frequency (radians per token), the difference taken exactly.
[[nodiscard]] std::complex<double> exponential_response(double decay, double frequency, double tone,
                                                        std::uint64_t steps);

/// One decay for each channel of a bank: those given, or the one given for all. Throws Error (usage) for another number
/// of decays or one that is not in [0, 1].
[[nodiscard]] std::vector<double> decays_of_channels(const RotationBank& bank, std::span<const double> decays);

/// Responses [n] of a bank to one tone, H(w' − w_n): one decay for all channels or one for each. Throws as above, and
/// Error (usage) for another number of decays.
[[nodiscard]] std::vector<std::complex<double>> exponential_responses(const RotationBank& bank,
                                                                      std::span<const double> decays, double tone,
                                                                      std::uint64_t steps);

/// Responses [decay, n]: every decay with every frequency. The sines are taken once for all decays.
[[nodiscard]] RowMatrix<std::complex<double>> exponential_response_sweep(const RotationBank& bank,
                                                                         std::span<const double> decays, double tone,
                                                                         std::uint64_t steps);

/// |H| as T → ∞: 1/|1 − a e^{−iδ}| = 1/sqrt(1 − 2a cos δ + a²), a < 1.
[[nodiscard]] double steady_state_response(double decay, double detuning);

/// What a gate sequence g_0 … g_{T−1} in [0, 1] makes of the past, seen from its last token: the window
/// w_l = Π_{κ=T−l}^{T−1} g_κ, w_0 = 1, l = 0 … T − 1. (g_0 would decay what came before token 0; it has no effect.)
[[nodiscard]] std::vector<double> gate_window(std::span<const double> gates);

/// The state of N = `channels` rotations by w_n = 2πn/N after the inputs v_0 … v_{t−1}, s = 0 before v_0, without
/// running them (appendix A.4): s_t(n) = e^{i w_n (t−1)} Σ_{r<N} ṽ_r e^{−i w_n r}, ṽ_r = Σ_j v_{r+jN}, by one FFT. All
/// zero for t = 0.
[[nodiscard]] std::vector<std::complex<double>> dft_bank_state(std::span<const std::complex<double>> inputs,
                                                               std::size_t channels);

}  // namespace rotoscope
