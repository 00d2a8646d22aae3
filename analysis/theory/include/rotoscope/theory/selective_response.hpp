// Channels whose rotation and decay change from token to token, and what a bank makes of any signal: recurrences over
// time, many tones or channels at once.
//
// The states are kept unrotated, u_t = e^{−iΦ_t} s_t: the recurrence then only scales and adds, the phases come from
// exact fixed-point sums (Turns), and no error grows by repeated rotation.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rotoscope/numerics/turns.hpp"
#include "rotoscope/theory/matrix.hpp"
#include "rotoscope/theory/rotation_bank.hpp"

namespace rotoscope {

/// e^{iw_n t} for every frequency of a bank, t = 0, 1, 2, …: a product a step, taken anew from exact phases every 64
/// steps, so that it errs by less than 64·4·2^−53 = 3e-14 for any t.
class Carriers {
public:
    explicit Carriers(const RotationBank& bank);

    [[nodiscard]] std::size_t size() const noexcept { return frequencies_.size(); }
    [[nodiscard]] std::uint64_t time() const noexcept { return time_; }
    [[nodiscard]] std::span<const double> cosines() const noexcept { return re_; }
    [[nodiscard]] std::span<const double> sines() const noexcept { return im_; }
    /// To the next t.
    void advance();

private:
    void restart();

    std::vector<Turns> frequencies_;
    std::vector<double> step_re_, step_im_, re_, im_;
    std::uint64_t time_ = 0;
};

/// The response of one channel with selective rotation and decay to each of many tones, a token at a time:
///
///     s_t(w') = a_t e^{iφ_t} s_{t−1}(w') + e^{iw't} = Σ_{τ≤t} e^{i(Φ_t − Φ_τ)} (Π_{τ<κ≤t} a_κ) e^{iw'τ},
///
/// t = 0, 1, …, s_{−1} = 0, Φ_t = Σ_{κ≤t} φ_κ (Selective RoPE, arXiv 2511.17388, eq. 12, 13). The error is below
/// (t + 1)·2^−52 + 1e-13 of Σ_{τ≤t} Π a_κ, the largest response there can be. Memory: the tones.
class SelectiveResponse {
public:
    explicit SelectiveResponse(const RotationBank& tones);

    /// Token t: the channel's angle φ_t (radians, |φ| < 2^52) and gate a_t. Throws Error (internal) for an angle that
    /// is not finite.
    void add(double angle, double gate);
    /// s_t of each tone, after the last add. `states` has one element a tone, or Error (internal).
    void states(std::span<std::complex<double>> states) const;

private:
    Carriers tones_;
    Turns phase_;
    std::vector<double> re_, im_;  // u_t
};

/// Responses [t, tone] of one channel to every tone at each step. Throws Error (internal) unless there are as many
/// gates as angles.
[[nodiscard]] RowMatrix<std::complex<double>> selective_responses(std::span<const double> angles,
                                                                  std::span<const double> gates,
                                                                  const RotationBank& tones);

/// |s_t(n)| [row, n] of a bank with decays (one, or one for each channel) over a signal, after every `stride` tokens:
/// row r is t = (r + 1)·stride − 1, ⌊T/stride⌋ rows, where
///
///     s_t(n) = a_n e^{iw_n} s_{t−1}(n) + v_t,  t = 0 … T − 1,  s_{−1} = 0.
///
/// Errors as for SelectiveResponse. Memory: the rows and the bank. Throws Error (usage) for another number of decays or
/// stride = 0.
[[nodiscard]] RowMatrix<double> spectrogram(std::span<const std::complex<double>> signal, const RotationBank& bank,
                                            std::span<const double> decays, std::size_t stride = 1);

}  // namespace rotoscope
