// The attention error that random features are expected to have, from the exact second moments of their estimates.
#pragma once

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/theory/feature_map.hpp"
#include "rotoscope/theory/softmax_attention.hpp"

namespace rotoscope {

/// Root mean square errors of one frequency to first order; m independent frequencies have them divided by √m.
struct FirstOrderErrors {
    double weights_frobenius = 0.0;  ///< √(E ‖Ŵ − W‖_F²)/‖W‖_F
    double output = 0.0;             ///< √(E ‖Ô − O‖_F²)/‖O‖_F
};

/// The quotient of estimated numerator and normaliser, linearised about the exact one (the delta method). With
/// κ_τ the estimate of e^{q_t·k_τ} from one frequency N(0, I), M_ττ' = E κ_τ κ_τ', Z = Σ_τ e^{q_t·k_τ} and u_τ = v_τ −
/// o_t, τ over the keys that t sees:
///   E ‖ô_t − o_t‖² = Σ_ττ' M_ττ' u_τ·u_τ'/Z²,   E ‖ŵ_t − w_t‖² = (Σ_τ M_ττ − 2 Σ_ττ' w_τ M_ττ' + ‖w_t‖² Σ_ττ'
///   M_ττ')/Z².
/// M is a sum of terms c x_τ x_τ' e^{γ k_τ·k_τ'}; with a = e^{2 q·k}, n = ‖q‖²:
///   trigonometric     ½ (e^n e^{k·k'} + e^{−n} a a' e^{−k·k'});
///   random_offset     that and ½ e^n e^{k·k'} more;
///   positive          e^n a a' e^{k·k'};
///   hyperbolic        ½ (e^n a a' e^{k·k'} + e^{−n} e^{−k·k'});
///   optimal_positive  ((1 − 4A)²/(1 − 8A))^{d/2} e^{(2β − 1)n} x x' e^{βk·k'}, β = (1 − 4A)/(1 − 8A),
///                     x = e^{2βq·k + (β − 1)‖k‖²/2}, for `ratio` = ρ, A = (1 − 1/ρ)/8.
/// From all rows, or where there are more than `most_rows` ≥ 2, from the first half of that number and one of each of
/// as many equal parts of the others, which stand for their part. Memory 8 L² bytes for L keys, twice for kinds of two
/// terms. Not finite where double overflows. Throws usage_error for inputs that do not fit each other.
[[nodiscard]] FirstOrderErrors first_order_errors(FeatureKind kind, const AttentionInputs<double>& inputs, Mask mask,
                                                  double ratio, Index most_rows, ThreadPool& pool);

}  // namespace rotoscope
