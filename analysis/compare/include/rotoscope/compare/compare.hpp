// `rotoscope compare`: how what checkpoints have learned differs, along a run or side by side.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {

/// What each checkpoint is compared with: of those that have phases the first, the one before it, or the last.
enum class Reference { first, previous, last };

struct CompareOptions {
    std::vector<std::filesystem::path> checkpoints;  ///< in order; at least two
    std::vector<std::uint64_t> steps;                ///< of the checkpoints, increasing; empty: from their names
    Reference reference = Reference::first;
    /// How each of them is measured: layers, heads, channels, and what they are fed. Its checkpoint is not used.
    PhasesOptions phases;
};

/// Measures every checkpoint as analyse_phases does, with the same inputs: the same tokens, activations or points of
/// the sphere, each through the checkpoint's own embedding and input norm.
///
/// Tables `checkpoints`, `comparisons`, `not_compared`; of phase generators `trajectory`, `changes`, `heads`, `moved`,
/// and `token_angles` where what tokens add does not depend on their neighbours; of fixed RoPE `frequency_trajectory`,
/// `frequency_changes`, `frequency_heads`, `frequency_moved`. Figures over them. What moved is ranked by a distance d
/// of a channel's rotations in two checkpoints:
///
///     phase generators: circular_transport of the increments along the inputs (radians per token);
///     fixed RoPE: |c' − c|, c the coupling of rope_spectrum.hpp: no score of the pair changes by more than that times
///     the score's scale, at any distance of query and key.
///
/// Models and layers that differ in kind, shape or variant are reported in `not_compared` and a note. Throws Error
/// (usage) for fewer than two checkpoints, for steps that are not as many or do not increase, and for what
/// analyse_phases refuses; Error (input) for files that cannot be read, and where fewer than two checkpoints have
/// phases.
[[nodiscard]] Result compare_checkpoints(const CompareOptions& options, Context& context);

}  // namespace rotoscope
