// Where GGUF files keep what RoPE needs. Facts from llama.cpp (github.com/ggml-org/llama.cpp): names from
// gguf-py/gguf/constants.py; what converters change from conversion/{llama,gemma,phi,gpt_neox}.py; what is read back
// and how from src/llama-model.cpp and src/models/{llama,gemma2,gemma3,phi2,phi3,gptneox}.cpp.
#include "rope_traits.hpp"

namespace rotoscope {
namespace {

/// Below the architecture's name, which Checkpoint::entries() leaves out.
constexpr RopeKeys gguf_keys{
    .base = {"/rope.freq_base"},
    .context = {"/context_length"},
    .rotary_fraction = {},
    .rotary_dim = {"/rope.dimension_count"},
    .score_scalar = {},
    .scaling = {},
    .scaling_kind = {"/rope.scaling.type"},
    .factor = {"/rope.scaling.factor", "/rope.scale_linear"},
    .original_context = {"/rope.scaling.original_context_length"},
    .beta_fast = {"/rope.scaling.yarn_beta_fast"},
    .beta_slow = {"/rope.scaling.yarn_beta_slow"},
    .truncate = {},
    .low_frequency_factor = {},
    .high_frequency_factor = {},
    .short_factors = {},
    .long_factors = {},
    .attention_factor = {"/rope.scaling.attn_factor"},
    .mscale = {},
    .mscale_all = {},
    .local_base = {"/rope.freq_base_swa"},
    .local_kind = {},
    .layer_types = {"/attention.sliding_window_pattern"},
    .local_pattern = {"/attention.sliding_window_pattern"},
    .local_window = {"/attention.sliding_window"},
};

/// Every family may have its queries, keys and values fused: all queries, all keys, all values. Converters of GPT-NeoX
/// put them into that order. Gemma's norms have the 1 that its code adds in their weights already.
constexpr RopeTraits make_gguf() {
    RopeTraits traits;
    traits.keys = &gguf_keys;
    traits.query = "attn_q.weight";
    traits.key = "attn_k.weight";
    traits.query_bias = "attn_q.bias";
    traits.key_bias = "attn_k.bias";
    traits.fused = "attn_qkv.weight";
    traits.fused_bias = "attn_qkv.bias";
    return traits;
}

constexpr RopeTraits make_head_normed() {
    RopeTraits traits = make_gguf();
    traits.query_norm = "attn_q_norm.weight";
    traits.key_norm = "attn_k_norm.weight";
    return traits;
}

}  // namespace

const RopeTraits gguf_rope_traits = make_gguf();
const RopeTraits gguf_qwen3_rope_traits = make_head_normed();

// Converters permute the rows of whole heads, and llama.cpp refuses another dimension_count.
const RopeTraits gguf_llama_rope_traits = [] {
    RopeTraits traits = make_gguf();
    traits.whole_heads = true;
    return traits;
}();

const RopeTraits gguf_gemma2_rope_traits = [] {
    RopeTraits traits = make_gguf();
    traits.score_cap = true;
    traits.broad_layers = 46;  // 27B
    return traits;
}();

const RopeTraits gguf_gemma3_rope_traits = [] {
    RopeTraits traits = make_head_normed();
    traits.local_pattern = 6;
    traits.broad_layers = 62;  // 27B
    return traits;
}();

const RopeTraits gguf_layer_norm_rope_traits = [] {
    RopeTraits traits = make_gguf();
    traits.input_norm_bias = "blk.{i}.attn_norm.bias";
    return traits;
}();

}  // namespace rotoscope
