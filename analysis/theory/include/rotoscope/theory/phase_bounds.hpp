// What the weights of a phase generator say without any input.
#pragma once

#include <optional>
#include <vector>

#include "rotoscope/theory/phase_generator.hpp"

namespace rotoscope {

/// One channel's increments lie in (lower, upper), radians per token.
struct IncrementBounds {
    double lower = 0.0;
    double upper = 0.0;
};

/// Bounds of the increments temperature·φ of each channel over all inputs (THEORY 1.2). |x̂_h| < 1 bounds the
/// projection by Z_c = Σ_h ‖(W1 W0)[c, chunk h]‖ (low-rank) or |scalar_h| (full-rank) and the convolution by
/// B_c = Z_c·Σ_j |tap_cj| (skip_conv: 2 Z_c). Sharp without a gate; valid, not sharp in general, with one.
[[nodiscard]] std::vector<IncrementBounds> increment_bounds(const PhaseGeneratorWeights<double>& weights);

/// Σ_j tap_cj of each channel; 0 with skip_conv.
[[nodiscard]] std::vector<double> tap_sums(const PhaseGeneratorWeights<double>& weights);

/// How strongly each channel hears the input: the norm ‖(W1 W0)[c, :]‖₂ of its row of the projection (low-rank), or
/// |scalar_h| (full-rank, whose columns have unit length).
[[nodiscard]] std::vector<double> projection_norms(const PhaseGeneratorWeights<double>& weights);

/// sqrt(Σ_j tap_cj²) of each channel; √2 with skip_conv, whose taps are −1 and 1.
[[nodiscard]] std::vector<double> tap_norms(const PhaseGeneratorWeights<double>& weights);

/// temperature·exp(bias) of each channel, radians per token: the learned frequency that no input changes (times the
/// gate, where there is one). Empty where the variant has no bias.
[[nodiscard]] std::vector<double> bias_frequencies(const PhaseGeneratorWeights<double>& weights);

/// Whether what a token adds to the final angle is linear in its projected phase: no SiLU and no gate. Then a token
/// contributes temperature · (Σ taps) · z(token) in all, once three more have followed, besides the bias.
[[nodiscard]] bool contribution_is_linear(const PhaseGeneratorWeights<double>& weights);

}  // namespace rotoscope
