#include "generator_loader.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

// A generator of the largest models takes a few MiB; one that takes more is no generator or would not fit beside the
// rest.
constexpr std::uint64_t most_weight_bytes = std::uint64_t{256} << 20;

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

/// Looks for tensors below one layer's prefix.
struct Tensors {
    const Checkpoint& checkpoint;
    std::string prefix;

    [[nodiscard]] bool has(std::string_view name) const {
        return checkpoint.find(prefix + std::string(name)) != nullptr;
    }
    [[nodiscard]] const TensorInfo& require(std::string_view name) const {
        return checkpoint.require(prefix + std::string(name));
    }
};

/// Throws where the configuration has the key and says otherwise than the tensors; `tensor` is the one that decides.
void expect_agreement(const GeneratorConfig& config, std::string_view key, bool found, const Tensors& tensors,
                      std::string_view tensor) {
    const std::optional<bool> said = config.table.boolean(fmt::format("{}/{}", config.prefix, key));
    if (said && *said != found)
        throw input_error(fmt::format("the configuration says {} = {}, but the tensor {} is {}", key, *said,
                                      quote(tensors.prefix + std::string(tensor)),
                                      tensors.has(tensor) ? "there" : "missing"));
}

bool find_silu(const GeneratorConfig& config, bool skip_conv) {
    const std::string pointer = config.prefix + "/conv_act";
    if (skip_conv || config.table.is_null(pointer)) return false;  // the activation is part of the convolution
    const std::optional<std::string> said = config.table.string(pointer);
    if (!said) throw input_error("the configuration has no conv_act; expected \"silu\" or null, which no tensor tells");
    if (*said != "silu" && *said != "swish")
        throw input_error(fmt::format("the configuration's conv_act is {}; expected \"silu\" or null", quote(*said)));
    return true;
}

PhaseGate find_gate(const Tensors& tensors, const GeneratorConfig& config, const Model& model) {
    const bool standard = tensors.has("phase_gate_proj.weight");
    const bool factored = tensors.has("phase_gate_proj.0.weight");
    expect_agreement(config, "use_gate", standard || factored, tensors,
                     factored ? "phase_gate_proj.0.weight" : "phase_gate_proj.weight");
    if (standard) return PhaseGate::standard;
    if (!factored) return PhaseGate::none;
    const std::string kind = config.table.string(config.prefix + "/gate_parametrization").value_or("");
    if (kind == "low-rank") return PhaseGate::low_rank;
    if (kind == "gla") return PhaseGate::gla;
    const TensorInfo& last = tensors.require("phase_gate_proj.1.weight");
    return !last.shape.empty() && last.shape[0] == model.heads && model.pairs != 1 ? PhaseGate::low_rank
                                                                                   : PhaseGate::gla;
}

std::string describe_index(std::uint64_t flat, const std::vector<std::uint64_t>& shape) {
    std::vector<std::uint64_t> indices(shape.size());
    for (std::size_t i = shape.size(); i-- > 0; flat /= shape[i]) indices[i] = flat % shape[i];
    return fmt::format("[{}]", fmt::join(indices, ", "));
}

/// Reads tensors into matrices, checks their shapes, and remembers what is not finite.
class GeneratorReader {
public:
    GeneratorReader(const Tensors& tensors, Dimensions dimensions)
        : tensors_(tensors), dimensions_(std::move(dimensions)) {}

    /// The tensor as rows × (elements/rows); rows 0: as many as its first dimension.
    RowMatrix<double> read(std::string_view name, std::size_t rows = 0) {
        const TensorInfo& tensor = tensors_.require(name);
        try {
            check_shape(name, tensor);
            if (rows == 0) rows = static_cast<std::size_t>(tensor.shape.front());
            RowMatrix<double> matrix(index(rows), index(static_cast<std::size_t>(tensor.elements) / rows));
            tensors_.checkpoint.read<double>(tensor, 0,
                                             std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
            note_non_finite(tensor, matrix);
            return matrix;
        } catch (Error& error) {
            throw error.in_tensor(tensor.name);
        }
    }

    Vector<double> read_vector(std::string_view name) {
        const TensorInfo& tensor = tensors_.require(name);
        return read(name, static_cast<std::size_t>(std::max<std::uint64_t>(tensor.elements, 1))).reshaped();
    }

    std::vector<NonFiniteWeights> take_non_finite() { return std::move(non_finite_); }

private:
    void check_shape(std::string_view name, const TensorInfo& tensor) {
        for (const TensorPattern& pattern : phase_generator_tensors()) {
            if (pattern.name != name) continue;
            if (const auto expected = shape_mismatch(pattern.shape, tensor.shape, dimensions_))
                throw input_error(fmt::format("shape {} does not fit the configuration; expected {}",
                                              format_shape(tensor.shape), *expected));
        }
        if (!tensor.dtype || !is_floating(*tensor.dtype))
            throw input_error(fmt::format("type {}; expected a floating-point type", quote(tensor.type)));
        if (tensor.elements == 0)
            throw input_error(fmt::format("shape {} has no elements", format_shape(tensor.shape)));
        const auto bytes = checked_multiply(tensor.elements, sizeof(double));
        if (!bytes || *bytes > most_weight_bytes - std::min(most_weight_bytes, bytes_))
            throw input_error(fmt::format("{} elements: the layer's phase generator would take more than {}",
                                          format_count(tensor.elements), format_bytes(most_weight_bytes)));
        bytes_ += *bytes;
    }

    void note_non_finite(const TensorInfo& tensor, const RowMatrix<double>& matrix) {
        NonFiniteWeights found{tensor.name, "", 0};
        for (Eigen::Index i = 0; i < matrix.size(); ++i) {
            const double value = matrix.data()[i];
            if (std::isfinite(value)) continue;
            if (found.count++ == 0)
                found.first = fmt::format("{} at {}",
                                          std::isnan(value) ? "NaN"
                                          : value > 0       ? "infinity"
                                                            : "-infinity",
                                          describe_index(static_cast<std::uint64_t>(i), tensor.shape));
        }
        if (found.count > 0) non_finite_.push_back(std::move(found));
    }

    const Tensors& tensors_;
    Dimensions dimensions_;
    std::uint64_t bytes_ = 0;
    std::vector<NonFiniteWeights> non_finite_;
};

/// Sizes that the configuration leaves open, from the tensors: P from temperature, D from the projection, H from W1.
void complete_sizes(const Tensors& tensors, PhaseGeneratorWeights<double>& weights) {
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

GeneratorVariant find_variant(const Checkpoint& checkpoint, const Model& model, std::size_t layer) {
    const Tensors tensors{checkpoint, model.generator_prefix(layer)};
    const GeneratorConfig config = generator_config(checkpoint, model.bare_module);
    GeneratorVariant variant;
    if (tensors.has("phi_proj.weight")) variant.projection = PhaseProjection::full_rank;
    variant.skip_conv = !tensors.has("phi_conv1d.weight");
    expect_agreement(config, "skip_conv", variant.skip_conv, tensors, "phi_conv1d.weight");
    variant.silu = find_silu(config, variant.skip_conv);
    variant.bias = tensors.has("phi_bias");
    expect_agreement(config, "use_bias", variant.bias, tensors, "phi_bias");
    variant.gate = find_gate(tensors, config, model);
    return variant;
}

LoadedGenerator load_generator(const Checkpoint& checkpoint, const Model& model, std::size_t layer) {
    try {
        const Tensors tensors{checkpoint, model.generator_prefix(layer)};
        const GeneratorVariant variant = find_variant(checkpoint, model, layer);
        PhaseGeneratorWeights<double> weights;
        weights.heads = model.heads;
        weights.pairs = model.pairs;
        weights.model_dim = model.model_dim;
        weights.projection = variant.projection;
        weights.silu = variant.silu;
        weights.gate = variant.gate;
        complete_sizes(tensors, weights);
        GeneratorReader reader(
            tensors, {{"H", weights.heads}, {"P", weights.pairs}, {"D", weights.model_dim}, {"G", weights.gates()}});
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
