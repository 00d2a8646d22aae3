// What is known of the queries and keys of families with fixed RoPE: a row for each kind, which the table of
// architectures points to. Nothing here depends on a file's format: another format is another set of names and keys.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "rotoscope/phases/architecture.hpp"

namespace rotoscope {

/// JSON pointers in the order in which they are looked for; the first that is there counts.
using KeyChoice = std::array<std::string_view, 4>;

/// Where a configuration keeps what RoPE needs.
struct RopeKeys {
    KeyChoice base;
    KeyChoice context;  ///< tokens the model may see
    KeyChoice rotary_fraction;
    KeyChoice rotary_dim;
    KeyChoice score_scalar;  ///< scores are divided by its root in place of the head dimension's
    KeyChoice scaling;       ///< objects that, where they are there, must name a kind of scaling
    KeyChoice scaling_kind;
    KeyChoice factor;
    KeyChoice original_context;
    KeyChoice beta_fast;
    KeyChoice beta_slow;
    KeyChoice truncate;
    KeyChoice low_frequency_factor;
    KeyChoice high_frequency_factor;
    KeyChoice short_factors;
    KeyChoice long_factors;
    KeyChoice attention_factor;
    KeyChoice mscale;
    KeyChoice mscale_all;
    KeyChoice local_base;     ///< of layers with sliding-window attention, which are not stretched
    KeyChoice local_kind;     ///< of their scaling, which must be "default"
    KeyChoice layer_types;    ///< array of "sliding_attention" and "full_attention", or of truth values
    KeyChoice local_pattern;  ///< every so many layers one is global
    KeyChoice local_window;   ///< tokens; where a format has the key, there are local layers only if it is above 0
};

/// How the rows of queries and keys lie in their tensors; d the head dimension, H and J the query and key heads.
enum class ProjectionLayout {
    separate,      ///< two tensors: head h is rows h·d …
    fused_heads,   ///< one tensor, head after head [q, k, v]: GPT-NeoX
    fused_blocks,  ///< one tensor, all H query heads, then J key heads, then J value heads: Phi-3
};

struct RopeTraits {
    const RopeKeys* keys = nullptr;
    ProjectionLayout projection = ProjectionLayout::separate;
    // Below the attention layer's prefix; empty where the family has no such tensor. All but the weights are optional.
    std::string_view query;
    std::string_view key;
    std::string_view query_bias;
    std::string_view key_bias;
    std::string_view query_norm;  ///< gains of the heads' norm [d]
    std::string_view key_norm;
    std::string_view convolution;      ///< over the queries
    std::string_view input_norm_bias;  ///< whole name, of a LayerNorm
    std::string_view fused;            ///< weights in fused_blocks, in place of the others in layers that have them
    std::string_view fused_bias;
    bool gain_plus_one = false;  ///< norms multiply by 1 + weight
    bool unit_heads = false;     ///< each head's query and key are scaled to norm 1
    bool score_cap = false;      ///< scores pass through a tanh
    double base = 10000.0;       ///< the family's own where the configuration does not say
    double rotary_fraction = 1.0;
    bool whole_heads = false;      ///< heads are rotated as a whole
    std::size_t broad_layers = 0;  ///< a model of so many layers divides scores by √(D/H), not by √d
    unsigned local_pattern = 0;    ///< 0: no sliding-window layers with a base of their own
};

extern const RopeTraits paper_rope_traits;  ///< of the Selective RoPE paper's code
extern const RopeTraits deltanet_rope_traits;
extern const RopeTraits llama_rope_traits;
extern const RopeTraits qwen3_rope_traits;
extern const RopeTraits gemma_rope_traits;
extern const RopeTraits gemma2_rope_traits;
extern const RopeTraits gemma3_rope_traits;
extern const RopeTraits phi_rope_traits;
extern const RopeTraits phi3_rope_traits;
extern const RopeTraits gpt_neox_rope_traits;
extern const RopeTraits gptj_rope_traits;

extern const RopeTraits gguf_llama_rope_traits;
extern const RopeTraits gguf_rope_traits;  ///< without norms of the heads
extern const RopeTraits gguf_qwen3_rope_traits;
extern const RopeTraits gguf_gemma2_rope_traits;
extern const RopeTraits gguf_gemma3_rope_traits;
extern const RopeTraits gguf_layer_norm_rope_traits;  ///< whose input norm subtracts the mean and adds a bias

/// Families with fixed RoPE of other code.
[[nodiscard]] std::span<const Architecture> rope_architectures();
/// Families with fixed RoPE in GGUF files.
[[nodiscard]] std::span<const Architecture> gguf_architectures();

}  // namespace rotoscope
