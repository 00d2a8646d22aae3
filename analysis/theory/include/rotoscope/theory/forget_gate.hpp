// Forget gates of linear attention: how much of the state each token keeps.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

enum class ForgetGateKind {
    none,
    gla,             ///< log a = logsigmoid(W1 W0 x + b)/normalizer, one a key dimension
    gated_deltanet,  ///< log a = −exp(A_log) · softplus(W x + b), one a value head
};

/// Weights of one layer's gate on the attention layer's input x [D] (after the input norm, without the phase
/// generator's per-head normalisation).
struct ForgetGateWeights {
    ForgetGateKind kind = ForgetGateKind::none;
    RowMatrix<double> down;           ///< gla W0 [l, D] (gk_proj.0.weight)
    RowMatrix<double> up;             ///< gla W1 [H·2P, l] (gk_proj.1.weight); gated_deltanet W [n, D] (a_proj.weight)
    Vector<double> bias;              ///< gk_proj.1.bias [H·2P]; dt_bias [n]
    Vector<double> log_rate;          ///< gated_deltanet [n] (A_log)
    double normalizer = 16.0;         ///< gla's gate_logit_normalizer
    std::optional<double> clamp_min;  ///< gla: log a is at least this, after the division

    /// Gates a token: H·2P or n.
    [[nodiscard]] std::size_t gates() const noexcept { return static_cast<std::size_t>(bias.size()); }
};

/// log a [n, gates()] of hidden states [n, D], natural logarithms, never positive. Throws Error (internal) where the
/// sizes do not fit. Yang et al., arXiv 2312.06635, eq. 4 (GLA); Yang et al., arXiv 2412.06464, eq. 2 (Gated DeltaNet).
void compute_log_forget_gates(const ForgetGateWeights& weights, std::span<const double> hidden,
                              std::span<double> log_gates, ThreadPool& pool);

/// log a of the biases alone, x = 0: each gate's resting decay.
[[nodiscard]] std::vector<double> resting_log_gates(const ForgetGateWeights& weights);

/// ln 2/−log_gate tokens: after which half is forgotten. Infinite for log_gate = 0.
[[nodiscard]] double forget_half_life(double log_gate);

/// 1/(1 − a) = 1/(1 − exp(log_gate)) tokens: the length of the rectangle that hears as much as the decaying window.
/// Infinite for log_gate = 0.
[[nodiscard]] double effective_window(double log_gate);

}  // namespace rotoscope
