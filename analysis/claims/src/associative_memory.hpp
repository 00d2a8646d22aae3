// Associative recall of a linear memory in closed form: o_t = Σ_{τ≤t} v_τ k_τᵀ A_{t,τ} q_t.
//
// A_{t,τ} = Π_{κ=τ+1}^{t} A_κ acts on pair n as r_n(l) e^{iφ_n(l)}, l = t − τ. With the query q = k_i of pair i, values
// of unit norm and independent of the keys, the right value has the coefficient c_i and the error the power Σ_{τ≠i}
// c_τ², c_τ = Re Σ_n conj(k_τn) r_n(l) e^{iφ_n(l)} q_n.
#pragma once

#include "draws.hpp"

#include <cstddef>
#include <span>
#include <vector>

#include "rotoscope/numerics/summary.hpp"

namespace rotoscope {

/// What a memory makes of pairs, by lag l = 0 … N − 1: r_n(l) and φ_n(l), [l][n].
struct MemoryResponse {
    std::vector<std::vector<double>> decay;
    std::vector<std::vector<double>> angle;

    [[nodiscard]] std::size_t lags() const noexcept { return decay.size(); }
    [[nodiscard]] std::size_t pairs() const noexcept { return decay.front().size(); }
};

/// Constant gates [P] and frequencies [P] over `lags` tokens; the decays are the library's gate_window.
[[nodiscard]] MemoryResponse constant_memory(std::size_t lags, std::span<const double> gates,
                                             std::span<const double> frequencies);

enum class Keys {
    random,      ///< independent, uniform on the unit sphere in R^{2P}
    orthogonal,  ///< an orthonormal basis at random; at most 2P lags
    repeated,    ///< random, but the oldest pair has the key of the queried one: a value since overwritten
};

/// Over trials: the coefficient of the right value, of the oldest pair's value, and the power of all others.
struct RecallSample {
    Summary signal;
    Summary oldest;
    Summary noise;
};

[[nodiscard]] RecallSample sample_recall(const MemoryResponse& memory, Keys keys, std::size_t lag, std::size_t trials,
                                         Draws& draws);

/// Of random keys: E c_i = (1/P) Σ_n r_n(l) cos φ_n(l).
[[nodiscard]] double expected_signal(const MemoryResponse& memory, std::size_t lag);

/// Of random keys: E Σ_{l'≠l} c² = Σ_{l'≠l} (1/2P)(1/P) Σ_n r_n(l')².
[[nodiscard]] double expected_noise(const MemoryResponse& memory, std::size_t lag);

/// E[c_i]²/E[noise], as a ratio of powers.
[[nodiscard]] double expected_snr(const MemoryResponse& memory, std::size_t lag);

}  // namespace rotoscope
