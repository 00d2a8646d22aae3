#include "rotoscope/phases/fixed_rope.hpp"

#include "rope_model.hpp"
#include "rope_result.hpp"

#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {

std::optional<FixedRotations> fixed_rotations(const Checkpoint& checkpoint, const Model& model, std::size_t layer) {
    if (!has_fixed_rope(model)) return std::nullopt;
    const RopeModel rope = read_rope_model(checkpoint, model, std::nullopt);
    const LayerSchedule& schedule = rope.schedule(layer);
    FixedRotations rotations{schedule.frequencies, schedule.description, false};
    rotations.plain = model.rope_base && rotations.frequencies == rope_frequencies(*model.rope_base, rope.head_dim);
    return rotations;
}

}  // namespace rotoscope
