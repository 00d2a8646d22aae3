#include "weight_reader.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/model.hpp"

namespace rotoscope {
namespace {

std::filesystem::path config_path(const Checkpoint& checkpoint) {
    std::error_code ignored;
    const std::filesystem::path& path = checkpoint.path();
    return (std::filesystem::is_directory(path, ignored) ? path : path.parent_path()) / "config.json";
}

/// A number of the configuration; nothing where the family has no such key, or the file does not set it. Throws Error
/// (input) that names file and key where the number does not `fit`.
template <class Fits>
std::optional<double> config_number(const Checkpoint& checkpoint, std::string_view pointer, std::string_view expected,
                                    const Fits& fits) {
    const JsonTable& config = checkpoint.config();
    if (pointer.empty() || !config.contains(pointer) || config.is_null(pointer)) return std::nullopt;
    const std::optional<double> value = config.number(pointer);
    if (!value || !fits(*value))
        throw input_error(fmt::format("{} is {}; expected {}", pointer.substr(1),
                                      value ? format_shortest(*value) : "not a number", expected))
            .in_file(config_path(checkpoint).string());
    return value;
}

void load_gla(const Checkpoint& checkpoint, const ConfigKeys& keys, WeightReader& reader, ForgetGateWeights& weights) {
    weights.down = reader.read("gk_proj.0.weight");
    weights.up = reader.read("gk_proj.1.weight");
    weights.bias = reader.read_vector("gk_proj.1.bias");
    if (const auto normalizer = config_number(checkpoint, keys.gate_normalizer, "a finite number above 0",
                                              [](double x) { return x > 0.0 && std::isfinite(x); }))
        weights.normalizer = *normalizer;
    weights.clamp_min = config_number(checkpoint, keys.gate_minimum, "a number that is not above 0, as log a is not",
                                      [](double x) { return x <= 0.0; });
}

void load_gated_deltanet(const Checkpoint& checkpoint, const Model& model, WeightReader& reader,
                         ForgetGateWeights& weights) {
    if (model.heads == 0 || model.value_heads % model.heads != 0)
        throw input_error(fmt::format("{} is {}; expected a multiple of the {} heads",
                                      model.architecture->keys.value_heads.substr(1), model.value_heads, model.heads))
            .in_file(config_path(checkpoint).string());
    weights.up = reader.read("a_proj.weight");
    weights.log_rate = reader.read_vector("A_log");
    weights.bias = reader.read_vector("dt_bias");
}

}  // namespace

std::optional<LoadedForgetGate> load_forget_gate(const Checkpoint& checkpoint, const Model& model, std::size_t layer) {
    if (model.architecture == nullptr || model.architecture->forget_gate == ForgetGateKind::none) return std::nullopt;
    const Architecture& architecture = *model.architecture;
    LoadedForgetGate gate;
    gate.weights.kind = architecture.forget_gate;
    try {
        const LayerTensors tensors{checkpoint, fill_layer(architecture.attention, layer)};
        WeightReader reader(
            tensors, forget_gate_tensors(architecture.forget_gate),
            {{"H", model.heads}, {"N", model.value_heads}, {"K", 2 * model.pairs}, {"D", model.model_dim}});
        if (gate.weights.kind == ForgetGateKind::gla) load_gla(checkpoint, architecture.keys, reader, gate.weights);
        else load_gated_deltanet(checkpoint, model, reader, gate.weights);
        gate.non_finite = reader.take_non_finite();
        return gate;
    } catch (Error& error) {
        throw error.in_file(checkpoint.path().string());
    }
}

}  // namespace rotoscope
