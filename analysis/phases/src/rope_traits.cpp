// Where families with fixed RoPE keep their queries and keys, and their schedule's parameters in the configuration.
#include "rope_traits.hpp"

namespace rotoscope {
namespace {

/// The same parameter below rope_parameters (version 5 of the library; of global layers where layers differ) and
/// rope_scaling (before), and at the top.
constexpr RopeKeys rope_keys{
    .base = {"/rope_parameters/rope_theta", "/rope_parameters/full_attention/rope_theta", "/rope_theta",
             "/rotary_emb_base"},
    .context = {"/max_position_embeddings", "/n_positions"},
    .rotary_fraction = {"/rope_parameters/partial_rotary_factor", "/partial_rotary_factor", "/rotary_pct"},
    .rotary_dim = {"/rotary_dim"},
    .score_scalar = {"/query_pre_attn_scalar"},
    .scaling = {"/rope_parameters", "/rope_scaling"},
    .scaling_kind = {"/rope_parameters/rope_type", "/rope_parameters/full_attention/rope_type",
                     "/rope_scaling/rope_type", "/rope_scaling/type"},
    .factor = {"/rope_parameters/factor", "/rope_parameters/full_attention/factor", "/rope_scaling/factor"},
    .original_context = {"/rope_parameters/original_max_position_embeddings",
                         "/rope_parameters/full_attention/original_max_position_embeddings",
                         "/rope_scaling/original_max_position_embeddings", "/original_max_position_embeddings"},
    .beta_fast = {"/rope_parameters/beta_fast", "/rope_parameters/full_attention/beta_fast", "/rope_scaling/beta_fast"},
    .beta_slow = {"/rope_parameters/beta_slow", "/rope_parameters/full_attention/beta_slow", "/rope_scaling/beta_slow"},
    .truncate = {"/rope_parameters/truncate", "/rope_parameters/full_attention/truncate", "/rope_scaling/truncate"},
    .low_frequency_factor = {"/rope_parameters/low_freq_factor", "/rope_scaling/low_freq_factor"},
    .high_frequency_factor = {"/rope_parameters/high_freq_factor", "/rope_scaling/high_freq_factor"},
    .short_factors = {"/rope_parameters/short_factor", "/rope_scaling/short_factor"},
    .long_factors = {"/rope_parameters/long_factor", "/rope_scaling/long_factor"},
    .attention_factor = {"/rope_parameters/attention_factor", "/rope_parameters/full_attention/attention_factor",
                         "/rope_scaling/attention_factor"},
    .mscale = {"/rope_parameters/mscale", "/rope_scaling/mscale"},
    .mscale_all = {"/rope_parameters/mscale_all_dim", "/rope_scaling/mscale_all_dim"},
    .local_base = {"/rope_parameters/sliding_attention/rope_theta", "/rope_local_base_freq"},
    .local_kind = {"/rope_parameters/sliding_attention/rope_type"},
    .layer_types = {"/layer_types"},
    .local_pattern = {"/sliding_window_pattern", "/_sliding_window_pattern"},
    .local_window = {},
};

constexpr RopeKeys paper_keys = [] {
    RopeKeys keys{};
    keys.base = {"/position_embedding/theta"};
    keys.context = {"/max_position_embeddings"};
    return keys;
}();

constexpr RopeTraits make_separate() {
    RopeTraits traits;
    traits.keys = &rope_keys;
    traits.query = "q_proj.weight";
    traits.key = "k_proj.weight";
    traits.query_bias = "q_proj.bias";
    traits.key_bias = "k_proj.bias";
    return traits;
}

constexpr RopeTraits make_head_normed() {
    RopeTraits traits = make_separate();
    traits.query_norm = "q_norm.weight";
    traits.key_norm = "k_norm.weight";
    return traits;
}

constexpr RopeTraits make_paper(bool unit_heads) {
    RopeTraits traits = make_head_normed();
    traits.keys = &paper_keys;
    traits.convolution = "q_conv1d.weight";
    traits.unit_heads = unit_heads;
    return traits;
}

constexpr RopeTraits make_gemma(bool cap) {
    RopeTraits traits = make_separate();
    traits.gain_plus_one = true;
    traits.score_cap = cap;
    return traits;
}

}  // namespace

const RopeTraits llama_rope_traits = make_separate();
const RopeTraits qwen3_rope_traits = make_head_normed();
const RopeTraits gemma_rope_traits = make_gemma(false);
const RopeTraits gemma2_rope_traits = make_gemma(true);

const RopeTraits gemma3_rope_traits = [] {
    RopeTraits traits = make_head_normed();
    traits.gain_plus_one = true;
    traits.base = 1'000'000.0;
    traits.local_pattern = 6;
    return traits;
}();

const RopeTraits phi3_rope_traits = [] {
    RopeTraits traits;
    traits.keys = &rope_keys;
    traits.projection = ProjectionLayout::fused_blocks;
    traits.query = traits.key = "qkv_proj.weight";
    return traits;
}();

const RopeTraits phi_rope_traits = [] {
    RopeTraits traits = make_separate();
    traits.query_norm = "q_layernorm.weight";
    traits.key_norm = "k_layernorm.weight";
    traits.input_norm_bias = "model.layers.{i}.input_layernorm.bias";
    traits.rotary_fraction = 0.5;
    return traits;
}();

const RopeTraits gpt_neox_rope_traits = [] {
    RopeTraits traits;
    traits.keys = &rope_keys;
    traits.projection = ProjectionLayout::fused_heads;
    traits.query = traits.key = "query_key_value.weight";
    traits.query_bias = traits.key_bias = "query_key_value.bias";
    traits.input_norm_bias = "gpt_neox.layers.{i}.input_layernorm.bias";
    traits.rotary_fraction = 0.25;
    return traits;
}();

const RopeTraits gptj_rope_traits = [] {
    RopeTraits traits = make_separate();
    traits.input_norm_bias = "transformer.h.{i}.ln_1.bias";
    return traits;
}();

const RopeTraits paper_rope_traits = make_paper(false);
const RopeTraits deltanet_rope_traits = make_paper(true);

}  // namespace rotoscope
