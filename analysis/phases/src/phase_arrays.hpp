// The file of --arrays: every stage of every layer that has inputs, for other programs to go on from.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/safetensors_writer.hpp"
#include "rotoscope/phases/inputs.hpp"
#include "rotoscope/phases/model.hpp"
#include "rotoscope/theory/phase_generator.hpp"

namespace rotoscope {

/// Queries and keys of a layer, before rotation: [T, H, 2P] each.
struct RotatedInputs {
    const Checkpoint* file = nullptr;
    const TensorInfo* q = nullptr;
    const TensorInfo* k = nullptr;

    void read(std::uint64_t first_token, std::span<double> q_out, std::span<double> k_out) const;
};

/// `{prefix}q_in` and `{prefix}k_in` of a file of activations; nothing where either is missing. Throws Error (input)
/// where they are not [tokens, H, 2P].
[[nodiscard]] std::optional<RotatedInputs> find_rotated_inputs(const Checkpoint& file, const std::string& prefix,
                                                               std::uint64_t tokens, std::size_t heads,
                                                               std::size_t pairs);

/// What is written of one layer.
struct LayerArrays {
    std::string prefix;
    std::uint64_t tokens = 0;
    std::size_t heads = 0;
    std::size_t pairs = 0;
    std::size_t gates = 0;
    ForgetGateKind forget_kind = ForgetGateKind::none;
    std::size_t forget_gates = 0;  ///< gla: H·2P; gated_deltanet: one a value head
    bool rotated = false;
};

/// Writes, under each layer's prefix, F32 unless said: phi_projected [T, H·P]; phi_convolved, phi [T, H, P];
/// phase_gate [T, H], or [T, H·P] for gla; angle F64 [T, H, P] (radians, after temperature, not wrapped); q_out, k_out
/// [T, H, 2P] where queries and keys were given; log_forget_gate [T, H, 2P], or [T, n] with one gate for each of n
/// value heads, where the family has forget gates. Metadata: format, layout, source.
class PhaseArrays {
public:
    PhaseArrays(const std::filesystem::path& target, const std::vector<LayerArrays>& layers, PairLayout layout,
                const std::string& source);

    void write(const std::string& prefix, std::uint64_t first_token, const PhaseStages<double>& stages,
               const PhaseRotation<double>& rotation, std::span<const double> log_forget);
    void commit() { writer_.commit(); }

private:
    SafetensorsWriter writer_;
};

}  // namespace rotoscope
