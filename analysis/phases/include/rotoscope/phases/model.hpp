// What a checkpoint turns out to be: family, sizes, position embedding, variant of the phase generator.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/phases/architecture.hpp"
#include "rotoscope/theory/forget_gate.hpp"
#include "rotoscope/theory/phase_generator.hpp"

namespace rotoscope {

/// The stages that a phase generator has, from its tensors and its configuration.
struct GeneratorVariant {
    PhaseProjection projection = PhaseProjection::low_rank;
    PhaseGate gate = PhaseGate::none;
    std::optional<bool> silu = false;  ///< nothing where the configuration, which alone can tell, does not
    bool skip_conv = false;
    bool bias = false;
    std::vector<std::string> problems;  ///< what is missing or contradicts itself; empty for what can be loaded
};

/// As in "low-rank projection, convolution, SiLU, standard gate".
[[nodiscard]] std::string describe(const GeneratorVariant& variant);

/// A recognised model. Numbers are 0 where neither configuration nor tensors tell.
struct Model {
    const Architecture* architecture = nullptr;  ///< null: a bare phase generator, or not recognised
    bool bare_module = false;                    ///< a phase generator alone, weights under "weights."
    std::string family;                          ///< for people: "gla (Gated Linear Attention)"
    std::size_t layers = 0;
    std::size_t heads = 0;
    std::size_t key_heads = 0;
    std::size_t value_heads = 0;
    std::size_t pairs = 0;  ///< P = head_k_dim/2
    std::size_t model_dim = 0;
    std::size_t vocabulary = 0;
    PositionEmbedding position = PositionEmbedding::unknown;
    std::optional<double> rope_base;
    PairLayout layout = PairLayout::half_split;
    std::vector<std::size_t> generator_layers;  ///< layers that have a phase generator
    std::optional<GeneratorVariant> variant;    ///< of the first of them
    std::vector<std::string> unrecognised;      ///< tensors that the family's table does not have

    [[nodiscard]] bool recognised() const noexcept { return architecture != nullptr || bare_module; }
    [[nodiscard]] std::string generator_prefix(std::size_t layer) const;
    /// "layer{i}." before the names of a layer's arrays; "" for a bare module.
    [[nodiscard]] std::string array_prefix(std::size_t layer) const;
};

/// What the architecture's keys point into: config.json, or the entries of a GGUF file.
[[nodiscard]] const JsonTable& configuration(const Checkpoint& checkpoint, const Architecture& architecture);

/// Recognises a checkpoint by its configuration and the names of its tensors: by the entries of a GGUF file where they
/// name an architecture that is known, else by config.json. Never throws for what it does not know: that is in the
/// result. Throws Error (input) where the configuration contradicts itself.
[[nodiscard]] Model recognise_model(const Checkpoint& checkpoint);

/// A weight that is NaN or infinite, and how many more the tensor has.
struct NonFiniteWeights {
    std::string tensor;
    std::string first;  ///< as in "NaN at [3, 5]"
    std::size_t count = 0;
};

/// A layer's phase generator as the checkpoint stores it.
struct LoadedGenerator {
    PhaseGeneratorWeights<double> weights;
    std::vector<NonFiniteWeights> non_finite;
};

/// Loads the generator of one of model.generator_layers. Throws Error (input) that names the tensor where a shape or
/// the presence of a tensor contradicts the configuration, or where the weights would take more than 64 MiB.
[[nodiscard]] LoadedGenerator load_generator(const Checkpoint& checkpoint, const Model& model, std::size_t layer);

/// A layer's forget gate as the checkpoint stores it.
struct LoadedForgetGate {
    ForgetGateWeights weights;
    std::vector<NonFiniteWeights> non_finite;
};

/// Loads the forget gate of a layer; nothing where the family has none. Throws as load_generator does.
[[nodiscard]] std::optional<LoadedForgetGate> load_forget_gate(const Checkpoint& checkpoint, const Model& model,
                                                               std::size_t layer);

}  // namespace rotoscope
