#include "rotoscope/phases/model.hpp"

#include "generator_loader.hpp"
#include "rope_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::string_view module_prefix = "weights.";
// Larger than any model's: what a configuration claims beyond it is a mistake, and products of sizes stay in 64 bits.
constexpr std::int64_t largest_size = std::int64_t{1} << 31;

/// The integer there; of an array with a number for each layer, the one that all layers have.
std::optional<std::int64_t> config_integer(const JsonTable& config, std::string_view pointer) {
    if (config.kind(pointer) != JsonKind::array) return config.integer(pointer);
    const std::vector<JsonEntry> layers = config.children(pointer);
    const auto differs = [&](const JsonEntry& each) { return each.number != layers.front().number; };
    if (std::ranges::any_of(layers, differs))
        throw input_error(
            fmt::format("the configuration's {} differs between layers, which is not known", quote(pointer.substr(1))));
    return layers.empty() ? std::nullopt : config.integer(std::string(pointer) + "/0");
}

/// A size from the configuration; 0 where there is none.
std::size_t config_size(const JsonTable& config, std::string_view pointer) {
    if (pointer.empty() || !config.contains(pointer) || config.is_null(pointer)) return 0;
    const std::optional<std::int64_t> value = config_integer(config, pointer);
    if (!value || *value < 1 || *value > largest_size)
        throw input_error(fmt::format("the configuration's {} is not a whole number from 1 to {}",
                                      quote(pointer.substr(1)), largest_size));
    return static_cast<std::size_t>(*value);
}

/// head_k_dim = head_dim, or hidden_size·expand_k/num_heads; 0 where the configuration does not say.
std::size_t config_head_dim(const JsonTable& config, const ConfigKeys& keys, std::size_t model_dim, std::size_t heads) {
    if (const std::size_t head_dim = config_size(config, keys.head_dim); head_dim > 0) return head_dim;
    if (heads == 0) return 0;
    const double expand = keys.expand_k.empty() ? 1.0 : config.number(keys.expand_k).value_or(1.0);
    const double exact = static_cast<double>(model_dim) * expand / static_cast<double>(heads);
    return exact >= 2.0 && exact == std::floor(exact) && exact <= static_cast<double>(largest_size)
               ? static_cast<std::size_t>(exact)
               : 0;
}

PositionEmbedding parse_position(std::string_view text) {
    if (text == "selective_rope") return PositionEmbedding::selective_rope;
    if (text == "rope") return PositionEmbedding::rope;
    if (text == "nope") return PositionEmbedding::none;
    return PositionEmbedding::unknown;
}

std::optional<std::size_t> layer_of(const Architecture& architecture, std::string_view name,
                                    std::string_view& generator_tensor) {
    for (const auto& patterns : {architecture.tensors, architecture.more_tensors})
        for (const TensorPattern& pattern : patterns)
            if (const auto layer = match_name(pattern.name, name)) return layer;
    for (const TensorPattern& pattern : forget_gate_tensors(architecture.forget_gate))
        if (const auto layer = match_name(std::string(architecture.attention) + std::string(pattern.name), name))
            return layer;
    if (architecture.generator.empty()) return std::nullopt;
    for (const TensorPattern& pattern : phase_generator_tensors()) {
        if (const auto layer = match_name(std::string(architecture.generator) + std::string(pattern.name), name)) {
            generator_tensor = pattern.name;
            return layer;
        }
    }
    return std::nullopt;
}

const Architecture* find_architecture(std::string_view name, bool gguf) {
    for (const Architecture& architecture : architectures())
        if (architecture.gguf == gguf && architecture.name == name) return &architecture;
    return nullptr;
}

const Architecture* find_architecture(const Checkpoint& checkpoint) {
    const std::string gguf = checkpoint.entries().string("/general.architecture").value_or("");
    if (const Architecture* const found = find_architecture(gguf, true)) return found;
    return find_architecture(checkpoint.config().string("/model_type").value_or(""), false);
}

std::uint64_t embedding_rows(const Checkpoint& checkpoint, const Architecture& architecture) {
    const TensorInfo* const embedding = checkpoint.find(architecture.embedding);
    return embedding == nullptr || embedding->shape.empty() ? 0 : embedding->shape.front();
}

std::string describe_unknown(const Checkpoint& checkpoint) {
    const auto gguf = checkpoint.entries().string("/general.architecture");
    return gguf ? fmt::format("not recognised: GGUF architecture {}", quote(*gguf, 40)) : "not recognised";
}

/// Layers, generators and unknown names from the tensors.
void survey_tensors(const Checkpoint& checkpoint, Model& model) {
    std::size_t layers = 0;
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        std::string_view generator_tensor;
        const auto layer = layer_of(*model.architecture, tensor.name, generator_tensor);
        if (!layer) {
            model.unrecognised.push_back(tensor.name);
            continue;
        }
        layers = std::max(layers, *layer + 1);
        if (generator_tensor == "temperature") model.generator_layers.push_back(*layer);
    }
    std::ranges::sort(model.generator_layers);
    if (model.layers == 0) model.layers = layers;
}

void recognise_family(const Checkpoint& checkpoint, Model& model) {
    const Architecture& architecture = *model.architecture;
    const JsonTable& config = configuration(checkpoint, architecture);
    model.family = fmt::format("{} ({})", architecture.name, architecture.title);
    model.layout = architecture.layout;
    model.layers = config_size(config, architecture.keys.layers);
    model.heads = config_size(config, architecture.keys.heads);
    model.key_heads = config_size(config, architecture.keys.key_heads);
    if (model.key_heads == 0) model.key_heads = model.heads;
    model.value_heads = config_size(config, architecture.keys.value_heads);
    if (model.value_heads == 0) model.value_heads = model.heads;
    model.model_dim = config_size(config, architecture.keys.model_dim);
    model.vocabulary = config_size(config, architecture.keys.vocabulary);
    if (model.vocabulary == 0) model.vocabulary = embedding_rows(checkpoint, architecture);
    model.pairs = config_head_dim(config, architecture.keys, model.model_dim, model.heads) / 2;
    model.position = architecture.position;
    if (!architecture.keys.position.empty())
        model.position = parse_position(config.string(architecture.keys.position).value_or(""));
    if (model.position == PositionEmbedding::rope) model.rope_base = configured_rope_base(config, architecture);
    survey_tensors(checkpoint, model);
    if (model.position == PositionEmbedding::unknown && !model.generator_layers.empty())
        model.position = PositionEmbedding::selective_rope;
}

void recognise_module(const Checkpoint& checkpoint, Model& model, const JsonTable& config) {
    model.bare_module = true;
    model.family = "Selective RoPE phase generator";
    model.layers = 1;
    model.heads = model.key_heads = model.value_heads = config_size(config, "/num_heads");
    model.pairs = config_size(config, "/head_k_dim") / 2;
    model.model_dim = config_size(config, "/model_dim");
    model.position = PositionEmbedding::selective_rope;
    model.generator_layers = {0};
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        const std::string_view name = tensor.name;
        const bool known = !name.starts_with(module_prefix) ||
                           std::ranges::any_of(phase_generator_tensors(), [&](const TensorPattern& pattern) {
                               return pattern.name == name.substr(module_prefix.size());
                           });
        if (!known) model.unrecognised.push_back(tensor.name);
    }
}

}  // namespace

std::string describe(const GeneratorVariant& variant) {
    std::string text = variant.projection == PhaseProjection::low_rank ? "low-rank projection" : "full-rank projection";
    text += variant.skip_conv ? ", first difference" : ", convolution";
    if (!variant.silu) text += ", activation not known";
    else if (*variant.silu) text += ", SiLU";
    if (variant.bias) text += ", bias";
    text += variant.gate == PhaseGate::none ? ", no gate" : fmt::format(", {} gate", gate_name(variant.gate));
    return text;
}

std::string Model::generator_prefix(std::size_t layer) const {
    return bare_module ? std::string(module_prefix) : fill_layer(architecture->generator, layer);
}

std::string Model::array_prefix(std::size_t layer) const { return bare_module ? "" : fmt::format("layer{}.", layer); }

const JsonTable& configuration(const Checkpoint& checkpoint, const Architecture& architecture) {
    return architecture.gguf ? checkpoint.entries() : checkpoint.config();
}

Model recognise_model(const Checkpoint& checkpoint) {
    Model model;
    try {
        if (checkpoint.find(std::string(module_prefix) + "temperature") != nullptr) {
            recognise_module(checkpoint, model, generator_config(checkpoint, true).table);
        } else if ((model.architecture = find_architecture(checkpoint)) != nullptr) {
            recognise_family(checkpoint, model);
        } else {
            model.family = describe_unknown(checkpoint);
            for (const TensorInfo& tensor : checkpoint.tensors()) model.unrecognised.push_back(tensor.name);
        }
        if (!model.generator_layers.empty())
            model.variant = survey_variant(checkpoint, model, model.generator_layers.front());
    } catch (Error& error) {
        throw error.in_file(checkpoint.path().string());
    }
    return model;
}

}  // namespace rotoscope
