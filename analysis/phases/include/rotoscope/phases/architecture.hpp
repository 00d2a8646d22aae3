// What is known of model families: names and shapes of tensors, keys of configurations. A new family is a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rotoscope/theory/forget_gate.hpp"
#include "rotoscope/theory/rotation.hpp"

namespace rotoscope {

/// A tensor of a family. "{i}" in the name stands for a layer's number. The shape names dimensions by symbols, as in
/// "H*P, r": D model dimension, H query heads, J key heads, N value heads, K head dimension (2P), P pairs, V
/// vocabulary; others (r, g, F …) are whatever the file has, the same wherever the symbol stands within a layer; "?" is
/// anything; 1 and 4 are numbers. An empty shape is not checked.
struct TensorPattern {
    std::string_view name;
    std::string_view shape;
};

/// Where the position of a token enters a model.
enum class PositionEmbedding { selective_rope, rope, none, unknown };

[[nodiscard]] std::string_view position_name(PositionEmbedding position) noexcept;

/// How a family names things in its configuration: JSON pointers, empty where it has no such key.
struct ConfigKeys {
    std::string_view model_dim;
    std::string_view heads;
    std::string_view key_heads;
    std::string_view head_dim;
    std::string_view value_heads;  ///< of gated DeltaNet; as many as query heads where it does not say
    std::string_view expand_k;
    std::string_view layers;
    std::string_view vocabulary;
    std::string_view norm_epsilon;
    std::string_view position;         ///< names the kind of position embedding: "selective_rope", "rope", "nope"
    std::string_view gate_normalizer;  ///< of GLA's forget gate
    std::string_view gate_minimum;     ///< log a is at least this
};

struct RopeTraits;

/// A model family.
struct Architecture {
    std::string_view name;  ///< as config.json's model_type has it, or a GGUF file's general.architecture
    std::string_view title;
    PairLayout layout;
    PositionEmbedding position;  ///< where the configuration does not say
    ConfigKeys keys;
    std::string_view embedding;  ///< [V, D]
    std::string_view norm;       ///< of the attention layer's input [D]
    std::string_view attention;  ///< prefix of a layer's attention tensors
    std::string_view generator;  ///< prefix of a layer's phase generator; empty where the family has none
    ForgetGateKind forget_gate;
    std::span<const TensorPattern> tensors;       ///< what related families share
    std::span<const TensorPattern> more_tensors;  ///< the family's own
    const RopeTraits* rope = nullptr;             ///< its queries and keys; null where it has no fixed RoPE
    bool gguf = false;                            ///< names are GGUF's, keys those of Checkpoint::entries()
};

[[nodiscard]] std::span<const Architecture> architectures();

/// Tensors of a phase generator, below its prefix.
[[nodiscard]] std::span<const TensorPattern> phase_generator_tensors();

/// Tensors of a forget gate, below the attention layer's prefix; empty for ForgetGateKind::none.
[[nodiscard]] std::span<const TensorPattern> forget_gate_tensors(ForgetGateKind kind);

/// The layer number (0 where the pattern has no "{i}") if the name fits the pattern.
[[nodiscard]] std::optional<std::size_t> match_name(std::string_view pattern, std::string_view name);

/// The pattern with the layer's number in place of "{i}".
[[nodiscard]] std::string fill_layer(std::string_view pattern, std::size_t layer);

/// Values of the dimensions' symbols.
using Dimensions = std::map<std::string, std::uint64_t, std::less<>>;

/// Compares a shape with a pattern's, binding free symbols to what is found. Nothing where it fits; else what was
/// expected, as in "[H*P, r] = [64, 16]".
[[nodiscard]] std::optional<std::string> shape_mismatch(std::string_view pattern, std::span<const std::uint64_t> shape,
                                                        Dimensions& dimensions);

}  // namespace rotoscope
