#include "weight_reader.hpp"

#include "rotoscope/core/error.hpp"
#include "rotoscope/phases/model.hpp"

namespace rotoscope {
namespace {

/// A number of the configuration, where the family has such a key and the file sets it.
std::optional<double> config_number(const Checkpoint& checkpoint, std::string_view pointer) {
    return pointer.empty() ? std::nullopt : checkpoint.config().number(pointer);
}

}  // namespace

std::optional<LoadedForgetGate> load_forget_gate(const Checkpoint& checkpoint, const Model& model, std::size_t layer) {
    if (model.architecture == nullptr || model.architecture->forget_gate == ForgetGateKind::none) return std::nullopt;
    const Architecture& architecture = *model.architecture;
    LoadedForgetGate gate;
    gate.weights.kind = architecture.forget_gate;
    try {
        const LayerTensors tensors{checkpoint, fill_layer(architecture.attention, layer)};
        WeightReader reader(tensors, forget_gate_tensors(architecture.forget_gate),
                            {{"H", model.heads}, {"K", 2 * model.pairs}, {"D", model.model_dim}});
        if (gate.weights.kind == ForgetGateKind::gla) {
            gate.weights.down = reader.read("gk_proj.0.weight");
            gate.weights.up = reader.read("gk_proj.1.weight");
            gate.weights.bias = reader.read_vector("gk_proj.1.bias");
            if (const auto normalizer = config_number(checkpoint, architecture.keys.gate_normalizer))
                gate.weights.normalizer = *normalizer;
            gate.weights.clamp_min = config_number(checkpoint, architecture.keys.gate_minimum);
        } else {
            gate.weights.up = reader.read("a_proj.weight");
            gate.weights.log_rate = reader.read_vector("A_log");
            gate.weights.bias = reader.read_vector("dt_bias");
        }
        gate.non_finite = reader.take_non_finite();
        return gate;
    } catch (Error& error) {
        throw error.in_file(checkpoint.path().string());
    }
}

}  // namespace rotoscope
