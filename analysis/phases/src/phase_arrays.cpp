#include "phase_arrays.hpp"

#include <fmt/format.h>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/staged_file.hpp"

namespace rotoscope {
namespace {

const TensorInfo* find_heads(const Checkpoint& file, const std::string& name, std::uint64_t tokens, std::size_t heads,
                             std::size_t pairs) {
    const TensorInfo* const tensor = file.find(name);
    if (tensor == nullptr) return nullptr;
    const std::vector<std::uint64_t> expected{tokens, heads, 2 * pairs};
    if (tensor->shape != expected || !tensor->dtype || !is_floating(*tensor->dtype))
        throw input_error(fmt::format("{} {}; expected floating-point numbers {}", tensor->type,
                                      format_shape(tensor->shape), format_shape(expected)))
            .in_tensor(name)
            .in_file(file.path().string());
    return tensor;
}

/// The target, once what killed runs left beside it is gone.
const std::filesystem::path& cleared(const std::filesystem::path& target) {
    remove_stale_files(target.has_parent_path() ? target.parent_path() : ".");
    return target;
}

std::vector<TensorDeclaration> declare(const std::vector<LayerArrays>& layers) {
    std::vector<TensorDeclaration> tensors;
    for (const LayerArrays& layer : layers) {
        const std::uint64_t t = layer.tokens;
        const std::uint64_t channels = layer.heads * layer.pairs;
        const std::vector<std::uint64_t> by_head{t, layer.heads, layer.pairs};
        tensors.push_back({layer.prefix + "phi_projected", DType::f32, {t, channels}});
        tensors.push_back({layer.prefix + "phi_convolved", DType::f32, by_head});
        if (layer.gates > 0) tensors.push_back({layer.prefix + "phase_gate", DType::f32, {t, layer.gates}});
        tensors.push_back({layer.prefix + "phi", DType::f32, by_head});
        tensors.push_back({layer.prefix + "angle", DType::f64, by_head});
        if (layer.forget_kind != ForgetGateKind::none)
            tensors.push_back({layer.prefix + "log_forget_gate", DType::f32,
                               layer.forget_kind == ForgetGateKind::gla
                                   ? std::vector<std::uint64_t>{t, layer.heads, 2 * layer.pairs}
                                   : std::vector<std::uint64_t>{t, layer.forget_gates}});
        if (!layer.rotated) continue;
        tensors.push_back({layer.prefix + "q_out", DType::f32, {t, layer.heads, 2 * layer.pairs}});
        tensors.push_back({layer.prefix + "k_out", DType::f32, {t, layer.heads, 2 * layer.pairs}});
    }
    return tensors;
}

}  // namespace

void RotatedInputs::read(std::uint64_t first_token, std::span<double> q_out, std::span<double> k_out) const {
    const std::uint64_t width = q->shape[1] * q->shape[2];
    file->read<double>(*q, first_token * width, q_out);
    file->read<double>(*k, first_token * width, k_out);
}

std::optional<RotatedInputs> find_rotated_inputs(const Checkpoint& file, const std::string& prefix,
                                                 std::uint64_t tokens, std::size_t heads, std::size_t pairs) {
    const TensorInfo* const q = find_heads(file, prefix + "q_in", tokens, heads, pairs);
    const TensorInfo* const k = find_heads(file, prefix + "k_in", tokens, heads, pairs);
    if (q == nullptr || k == nullptr) return std::nullopt;
    return RotatedInputs{&file, q, k};
}

PhaseArrays::PhaseArrays(const std::filesystem::path& target, const std::vector<LayerArrays>& layers, PairLayout layout,
                         const std::string& source)
    : writer_(cleared(target), declare(layers),
              {{"format", "rotoscope.phases/1"}, {"layout", std::string(layout_name(layout))}, {"source", source}}) {}

void PhaseArrays::write(const std::string& prefix, std::uint64_t first_token, const PhaseStages<double>& stages,
                        const PhaseRotation<double>& rotation, std::span<const double> log_forget) {
    const auto put = [&](std::string_view name, std::span<const double> values) {
        if (!values.empty()) writer_.write_rows<double>(prefix + std::string(name), first_token, values);
    };
    put("phi_projected", stages.projected);
    put("phi_convolved", stages.convolved);
    put("phase_gate", stages.gate);
    put("phi", stages.increment);
    put("angle", stages.angle);
    put("log_forget_gate", log_forget);
    put("q_out", rotation.q_out);
    put("k_out", rotation.k_out);
}

}  // namespace rotoscope
