// Where the rows of a layer's queries and keys are, checked against the configuration.
#include "rope_model.hpp"

#include <fmt/format.h>

#include <vector>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/inputs.hpp"

namespace rotoscope {
namespace {

// Eight times the largest models' today. Each thread holds a norm's rows, 12 bytes a column while they are read.
constexpr std::uint64_t most_columns = std::uint64_t{1} << 17;

/// Finds what belongs to one layer of a family.
struct LayerLookup {
    const Checkpoint& checkpoint;
    std::string prefix;

    [[nodiscard]] bool has(std::string_view name) const {
        return !name.empty() && checkpoint.find(prefix + std::string(name)) != nullptr;
    }
    [[nodiscard]] const TensorInfo& require(std::string_view name, const std::vector<std::uint64_t>& shape) const {
        const TensorInfo& tensor = checkpoint.require(prefix + std::string(name));
        check_shape(tensor, shape);
        return tensor;
    }
    [[nodiscard]] const TensorInfo* find(std::string_view name, const std::vector<std::uint64_t>& shape) const {
        return has(name) ? &require(name, shape) : nullptr;
    }
};

HeadRows find_rows(const LayerLookup& lookup, std::string_view weight, std::string_view bias, std::uint64_t rows,
                   std::uint64_t columns, std::size_t first, std::size_t stride) {
    return {&lookup.require(weight, {rows, columns}), lookup.find(bias, {rows}), first, stride};
}

void find_heads(const LayerLookup& lookup, const Model& model, const RopeTraits& traits, std::size_t d,
                LayerProjections& layer) {
    const std::size_t query_rows = model.heads * d;
    const std::size_t key_rows = model.key_heads * d;
    const auto find = [&](std::string_view weight, std::string_view bias, std::size_t rows, std::size_t first,
                          std::size_t stride) {
        return find_rows(lookup, weight, bias, rows, model.model_dim, first, stride);
    };
    const auto find_blocks = [&](std::string_view weight, std::string_view query_bias, std::string_view key_bias) {
        layer.query = find(weight, query_bias, query_rows + 2 * key_rows, 0, d);
        layer.key = find(weight, key_bias, query_rows + 2 * key_rows, query_rows, d);
    };
    if (lookup.has(traits.fused)) return find_blocks(traits.fused, traits.fused_bias, traits.fused_bias);
    switch (traits.projection) {
        case ProjectionLayout::separate:
            layer.query = find(traits.query, traits.query_bias, query_rows, 0, d);
            layer.key = find(traits.key, traits.key_bias, key_rows, 0, d);
            break;
        case ProjectionLayout::fused_heads:
            if (model.heads != model.key_heads)
                throw input_error("fused queries, keys and values with fewer key heads than heads are not known");
            layer.query = find(traits.query, traits.query_bias, 3 * query_rows, 0, 3 * d);
            layer.key = find(traits.key, traits.key_bias, 3 * query_rows, d, 3 * d);
            break;
        case ProjectionLayout::fused_blocks:
            find_blocks(traits.query, traits.query_bias, traits.key_bias);
            break;
    }
}

std::vector<double> head_gain(const Checkpoint& checkpoint, const TensorInfo* tensor, const RopeTraits& traits) {
    if (tensor == nullptr) return {};
    std::vector<double> gain = checkpoint.read_all<double>(*tensor);
    if (traits.gain_plus_one)
        for (double& each : gain) each += 1.0;
    return gain;
}

/// The input norm's gain as floats, exact for weights of up to 24 bits; empty where it is 1 everywhere.
std::vector<float> norm_gain(const Checkpoint& checkpoint, const Model& model, const RopeTraits& traits,
                             std::size_t layer) {
    std::vector<float> gain;
    for (const double each : input_gain(checkpoint, model, layer))
        gain.push_back(static_cast<float>(each + (traits.gain_plus_one ? 1.0 : 0.0)));
    return gain;
}

std::vector<float> norm_offset(const Checkpoint& checkpoint, const Model& model, const RopeTraits& traits,
                               std::size_t layer) {
    if (traits.input_norm_bias.empty()) return {};
    const TensorInfo* tensor = checkpoint.find(fill_layer(traits.input_norm_bias, layer));
    if (tensor == nullptr) return {};
    check_shape(*tensor, {model.model_dim});
    return checkpoint.read_all<float>(*tensor);
}

}  // namespace

void check_shape(const TensorInfo& tensor, const std::vector<std::uint64_t>& expected) {
    if (tensor.shape != expected)
        throw input_error(fmt::format("shape {} does not fit the configuration; expected {}",
                                      format_shape(tensor.shape), format_shape(expected)))
            .in_tensor(tensor.name);
    if (!tensor.dtype || !is_floating(*tensor.dtype))
        throw input_error(fmt::format("type {}; expected a floating-point type", quote(tensor.type)))
            .in_tensor(tensor.name);
}

std::uint64_t LayerProjections::head_bytes(std::size_t head_dim) const {
    return head_dim * columns * dtype_size(*query.weight->dtype);
}

LayerProjections find_projections(const Checkpoint& checkpoint, const Model& model, const RopeModel& rope,
                                  std::size_t layer) {
    const Architecture& architecture = *model.architecture;
    const RopeTraits& traits = *architecture.rope;
    const LayerLookup lookup{checkpoint, fill_layer(architecture.attention, layer)};
    LayerProjections found;
    try {
        if (model.model_dim > most_columns)
            throw input_error(fmt::format("a model dimension of {}; expected at most {}", format_count(model.model_dim),
                                          format_count(most_columns)));
        const auto rows = checked_multiply(model.heads, rope.head_dim);
        if (!rows || *rows > std::uint64_t{1} << 40) throw input_error("heads of that size do not fit any model");
        find_heads(lookup, model, traits, rope.head_dim, found);
        found.columns = model.model_dim;
        found.gain = norm_gain(checkpoint, model, traits, layer);
        found.offset = norm_offset(checkpoint, model, traits, layer);
        found.query_gain = head_gain(checkpoint, lookup.find(traits.query_norm, {rope.head_dim}), traits);
        found.key_gain = head_gain(checkpoint, lookup.find(traits.key_norm, {rope.head_dim}), traits);
    } catch (Error& error) {
        throw error.in_file(checkpoint.path().string());
    }
    return found;
}

}  // namespace rotoscope
