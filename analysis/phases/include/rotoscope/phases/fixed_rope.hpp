// The rotations of models with fixed RoPE, for tools beside `phases`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/phases/model.hpp"

namespace rotoscope {

/// How one layer turns its queries and keys.
struct FixedRotations {
    std::vector<double> frequencies;  ///< of the pairs that are rotated, as scaled at the context; radians per token
    std::string schedule;             ///< for people: "base 500000, llama3 (factor 8, original context 8192)"
    bool plain = false;               ///< base^(−2n/d) over the whole head
};

/// At the configuration's own context. Nothing for a model whose rotations are not all fixed RoPE of a known family.
/// Throws Error (input) for a schedule that is not known or contradicts itself.
[[nodiscard]] std::optional<FixedRotations> fixed_rotations(const Checkpoint& checkpoint, const Model& model,
                                                            std::size_t layer);

}  // namespace rotoscope
