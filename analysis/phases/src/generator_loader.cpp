#include "generator_loader.hpp"

#include "weight_reader.hpp"

#include <fmt/format.h>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

/// Notes where the configuration has the key and says otherwise than the tensors; `tensor` is the one that decides.
void expect_agreement(const GeneratorConfig& config, std::string_view key, bool found, const LayerTensors& tensors,
                      std::string_view tensor, std::vector<std::string>& problems) {
    const std::optional<bool> said = config.table.boolean(fmt::format("{}/{}", config.prefix, key));
    if (said && *said != found)
        problems.push_back(fmt::format("the configuration says {} = {}, but the tensor {} is {}", key, *said,
                                       quote(tensors.prefix + std::string(tensor)),
                                       tensors.has(tensor) ? "there" : "missing"));
}

std::optional<bool> find_silu(const GeneratorConfig& config, bool skip_conv, std::vector<std::string>& problems) {
    const std::string pointer = config.prefix + "/conv_act";
    if (skip_conv || config.table.is_null(pointer)) return false;  // the activation is part of the convolution
    const std::optional<std::string> said = config.table.string(pointer);
    if (said == "silu" || said == "swish") return true;
    problems.push_back(said ? fmt::format("the configuration's conv_act is {}; expected \"silu\" or null", quote(*said))
                            : "the configuration has no conv_act; expected \"silu\" or null, which no tensor tells");
    return std::nullopt;
}

PhaseGate find_gate(const LayerTensors& tensors, const GeneratorConfig& config, const Model& model,
                    std::vector<std::string>& problems) {
    const bool standard = tensors.has("phase_gate_proj.weight");
    const bool factored = tensors.has("phase_gate_proj.0.weight");
    expect_agreement(config, "use_gate", standard || factored, tensors,
                     factored ? "phase_gate_proj.0.weight" : "phase_gate_proj.weight", problems);
    if (standard) return PhaseGate::standard;
    if (!factored) return PhaseGate::none;
    const std::string kind = config.table.string(config.prefix + "/gate_parametrization").value_or("");
    if (kind == "low-rank") return PhaseGate::low_rank;
    if (kind == "gla") return PhaseGate::gla;
    const TensorInfo* const last = tensors.checkpoint.find(tensors.prefix + "phase_gate_proj.1.weight");
    return last != nullptr && !last->shape.empty() && last->shape[0] == model.heads && model.pairs != 1
               ? PhaseGate::low_rank
               : PhaseGate::gla;
}

/// Sizes that the configuration leaves open, from the tensors: P from temperature, D from the projection, H from W1.
void complete_sizes(const LayerTensors& tensors, PhaseGeneratorWeights<double>& weights) {
    const auto dimension = [&](std::string_view name, std::size_t axis) -> std::size_t {
        const TensorInfo& tensor = tensors.require(name);
        return axis < tensor.shape.size() ? static_cast<std::size_t>(tensor.shape[axis]) : 0;
    };
    const bool low_rank = weights.projection == PhaseProjection::low_rank;
    if (weights.pairs == 0) weights.pairs = dimension("temperature", 3);
    if (weights.heads == 0 && weights.pairs > 0)
        weights.heads = low_rank ? dimension("phi_proj.1.weight", 0) / weights.pairs : dimension("phi_proj.weight", 0);
    if (weights.model_dim == 0)
        weights.model_dim =
            low_rank ? dimension("phi_proj.0.weight", 1) : weights.heads * dimension("phi_proj.weight", 1);
    if (weights.heads == 0 || weights.pairs == 0 || weights.model_dim == 0 || weights.model_dim % weights.heads != 0)
        throw input_error(
            fmt::format("the phase generator has {} heads, {} pairs and model_dim {}; expected positive numbers and a "
                        "model_dim that the heads divide",
                        weights.heads, weights.pairs, weights.model_dim));
}

}  // namespace

GeneratorConfig generator_config(const Checkpoint& checkpoint, bool bare_module) {
    if (!bare_module) return {checkpoint.config(), "/position_embedding"};
    const auto found = checkpoint.metadata().find("config");
    return {found == checkpoint.metadata().end() ? JsonTable() : parse_json(found->second), ""};
}

GeneratorVariant survey_variant(const Checkpoint& checkpoint, const Model& model, std::size_t layer) {
    const LayerTensors tensors{checkpoint, model.generator_prefix(layer)};
    const GeneratorConfig config = generator_config(checkpoint, model.bare_module);
    GeneratorVariant variant;
    std::vector<std::string>& problems = variant.problems;
    if (tensors.has("phi_proj.weight")) variant.projection = PhaseProjection::full_rank;
    variant.skip_conv = !tensors.has("phi_conv1d.weight");
    expect_agreement(config, "skip_conv", variant.skip_conv, tensors, "phi_conv1d.weight", problems);
    variant.silu = find_silu(config, variant.skip_conv, problems);
    variant.bias = tensors.has("phi_bias");
    expect_agreement(config, "use_bias", variant.bias, tensors, "phi_bias", problems);
    variant.gate = find_gate(tensors, config, model, problems);
    return variant;
}

LoadedGenerator load_generator(const Checkpoint& checkpoint, const Model& model, std::size_t layer) {
    try {
        const LayerTensors tensors{checkpoint, model.generator_prefix(layer)};
        const GeneratorVariant variant = survey_variant(checkpoint, model, layer);
        if (!variant.problems.empty()) throw input_error(variant.problems.front());
        PhaseGeneratorWeights<double> weights;
        weights.heads = model.heads;
        weights.pairs = model.pairs;
        weights.model_dim = model.model_dim;
        weights.projection = variant.projection;
        weights.silu = *variant.silu;
        weights.gate = variant.gate;
        complete_sizes(tensors, weights);
        WeightReader reader(
            tensors, phase_generator_tensors(),
            {{"H", weights.heads}, {"P", weights.pairs}, {"D", weights.model_dim}, {"G", weights.gates()}});
        if (variant.projection == PhaseProjection::low_rank) {
            weights.down = reader.read("phi_proj.0.weight");
            weights.up = reader.read("phi_proj.1.weight");
        } else {
            weights.full = reader.read("phi_proj.weight", weights.model_dim);
            weights.scalar = reader.read_vector("phi_proj.scalar");
        }
        if (!variant.skip_conv) weights.taps = reader.read("phi_conv1d.weight");
        if (variant.bias) weights.bias = reader.read_vector("phi_bias");
        if (variant.gate == PhaseGate::standard) {
            weights.gate_up = reader.read("phase_gate_proj.weight");
            weights.gate_bias = reader.read_vector("phase_gate_proj.bias");
        } else if (variant.gate != PhaseGate::none) {
            weights.gate_down = reader.read("phase_gate_proj.0.weight");
            weights.gate_up = reader.read("phase_gate_proj.1.weight");
            weights.gate_bias = reader.read_vector("phase_gate_proj.1.bias");
        }
        weights.temperature = reader.read_vector("temperature");
        weights.check();
        return {std::move(weights), reader.take_non_finite()};
    } catch (Error& error) {
        throw error.in_file(checkpoint.path().string());
    }
}

}  // namespace rotoscope
