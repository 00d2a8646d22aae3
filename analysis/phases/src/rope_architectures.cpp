// Rows of the table of architectures: families with fixed RoPE, as Hugging Face's library names them. Names and shapes
// only.
#include "rope_traits.hpp"

namespace rotoscope {
namespace {

// Llama, and what most families took over from it.
constexpr std::array common{
    TensorPattern{"model.embed_tokens.weight", "V, D"},
    TensorPattern{"model.norm.weight", "D"},
    TensorPattern{"lm_head.weight", "V, D"},
    TensorPattern{"model.layers.{i}.input_layernorm.weight", "D"},
    TensorPattern{"model.layers.{i}.post_attention_layernorm.weight", "D"},
    TensorPattern{"model.layers.{i}.mlp.gate_proj.weight", "F, D"},
    TensorPattern{"model.layers.{i}.mlp.up_proj.weight", "F, D"},
    TensorPattern{"model.layers.{i}.mlp.down_proj.weight", "D, F"},
    TensorPattern{"model.layers.{i}.self_attn.q_proj.weight", "H*K, D"},
    TensorPattern{"model.layers.{i}.self_attn.k_proj.weight", "J*K, D"},
    TensorPattern{"model.layers.{i}.self_attn.v_proj.weight", "J*K, D"},
    TensorPattern{"model.layers.{i}.self_attn.o_proj.weight", "D, H*K"},
    TensorPattern{"model.layers.{i}.self_attn.q_proj.bias", "H*K"},
    TensorPattern{"model.layers.{i}.self_attn.k_proj.bias", "J*K"},
    TensorPattern{"model.layers.{i}.self_attn.v_proj.bias", "J*K"},
    TensorPattern{"model.layers.{i}.self_attn.o_proj.bias", "D"},
    TensorPattern{"model.layers.{i}.self_attn.rotary_emb.inv_freq", "?"},
};

constexpr std::array head_norms{
    TensorPattern{"model.layers.{i}.self_attn.q_norm.weight", "K"},
    TensorPattern{"model.layers.{i}.self_attn.k_norm.weight", "K"},
};

constexpr std::array gemma2_more{
    TensorPattern{"model.layers.{i}.pre_feedforward_layernorm.weight", "D"},
    TensorPattern{"model.layers.{i}.post_feedforward_layernorm.weight", "D"},
};

constexpr std::array gemma3_more{
    TensorPattern{"model.layers.{i}.pre_feedforward_layernorm.weight", "D"},
    TensorPattern{"model.layers.{i}.post_feedforward_layernorm.weight", "D"},
    TensorPattern{"model.layers.{i}.self_attn.q_norm.weight", "K"},
    TensorPattern{"model.layers.{i}.self_attn.k_norm.weight", "K"},
};

constexpr std::array phi3{
    TensorPattern{"model.embed_tokens.weight", "V, D"},
    TensorPattern{"model.norm.weight", "D"},
    TensorPattern{"lm_head.weight", "V, D"},
    TensorPattern{"model.layers.{i}.input_layernorm.weight", "D"},
    TensorPattern{"model.layers.{i}.post_attention_layernorm.weight", "D"},
    TensorPattern{"model.layers.{i}.mlp.gate_up_proj.weight", "?, D"},
    TensorPattern{"model.layers.{i}.mlp.down_proj.weight", "D, F"},
    TensorPattern{"model.layers.{i}.self_attn.qkv_proj.weight", "?, D"},
    TensorPattern{"model.layers.{i}.self_attn.o_proj.weight", "D, H*K"},
};

constexpr std::array phi{
    TensorPattern{"model.embed_tokens.weight", "V, D"},
    TensorPattern{"model.final_layernorm.weight", "D"},
    TensorPattern{"model.final_layernorm.bias", "D"},
    TensorPattern{"lm_head.weight", "V, D"},
    TensorPattern{"lm_head.bias", "V"},
    TensorPattern{"model.layers.{i}.input_layernorm.weight", "D"},
    TensorPattern{"model.layers.{i}.input_layernorm.bias", "D"},
    TensorPattern{"model.layers.{i}.mlp.fc1.weight", "F, D"},
    TensorPattern{"model.layers.{i}.mlp.fc1.bias", "F"},
    TensorPattern{"model.layers.{i}.mlp.fc2.weight", "D, F"},
    TensorPattern{"model.layers.{i}.mlp.fc2.bias", "D"},
    TensorPattern{"model.layers.{i}.self_attn.q_proj.weight", "H*K, D"},
    TensorPattern{"model.layers.{i}.self_attn.k_proj.weight", "J*K, D"},
    TensorPattern{"model.layers.{i}.self_attn.v_proj.weight", "J*K, D"},
    TensorPattern{"model.layers.{i}.self_attn.dense.weight", "D, H*K"},
    TensorPattern{"model.layers.{i}.self_attn.q_proj.bias", "H*K"},
    TensorPattern{"model.layers.{i}.self_attn.k_proj.bias", "J*K"},
    TensorPattern{"model.layers.{i}.self_attn.v_proj.bias", "J*K"},
    TensorPattern{"model.layers.{i}.self_attn.dense.bias", "D"},
    TensorPattern{"model.layers.{i}.self_attn.q_layernorm.weight", "K"},
    TensorPattern{"model.layers.{i}.self_attn.k_layernorm.weight", "K"},
};

constexpr std::array gpt_neox{
    TensorPattern{"gpt_neox.embed_in.weight", "V, D"},
    TensorPattern{"gpt_neox.final_layer_norm.weight", "D"},
    TensorPattern{"gpt_neox.final_layer_norm.bias", "D"},
    TensorPattern{"embed_out.weight", "V, D"},
    TensorPattern{"gpt_neox.layers.{i}.input_layernorm.weight", "D"},
    TensorPattern{"gpt_neox.layers.{i}.input_layernorm.bias", "D"},
    TensorPattern{"gpt_neox.layers.{i}.post_attention_layernorm.weight", "D"},
    TensorPattern{"gpt_neox.layers.{i}.post_attention_layernorm.bias", "D"},
    TensorPattern{"gpt_neox.layers.{i}.attention.query_key_value.weight", "?, D"},
    TensorPattern{"gpt_neox.layers.{i}.attention.query_key_value.bias", "?"},
    TensorPattern{"gpt_neox.layers.{i}.attention.dense.weight", "D, H*K"},
    TensorPattern{"gpt_neox.layers.{i}.attention.dense.bias", "D"},
    TensorPattern{"gpt_neox.layers.{i}.attention.rotary_emb.inv_freq", "?"},
    TensorPattern{"gpt_neox.layers.{i}.attention.bias", ""},
    TensorPattern{"gpt_neox.layers.{i}.attention.masked_bias", ""},
    TensorPattern{"gpt_neox.layers.{i}.mlp.dense_h_to_4h.weight", "F, D"},
    TensorPattern{"gpt_neox.layers.{i}.mlp.dense_h_to_4h.bias", "F"},
    TensorPattern{"gpt_neox.layers.{i}.mlp.dense_4h_to_h.weight", "D, F"},
    TensorPattern{"gpt_neox.layers.{i}.mlp.dense_4h_to_h.bias", "D"},
};

constexpr std::array gptj{
    TensorPattern{"transformer.wte.weight", "V, D"},
    TensorPattern{"transformer.ln_f.weight", "D"},
    TensorPattern{"transformer.ln_f.bias", "D"},
    TensorPattern{"lm_head.weight", "V, D"},
    TensorPattern{"lm_head.bias", "V"},
    TensorPattern{"transformer.h.{i}.ln_1.weight", "D"},
    TensorPattern{"transformer.h.{i}.ln_1.bias", "D"},
    TensorPattern{"transformer.h.{i}.attn.q_proj.weight", "H*K, D"},
    TensorPattern{"transformer.h.{i}.attn.k_proj.weight", "J*K, D"},
    TensorPattern{"transformer.h.{i}.attn.v_proj.weight", "J*K, D"},
    TensorPattern{"transformer.h.{i}.attn.out_proj.weight", "D, H*K"},
    TensorPattern{"transformer.h.{i}.attn.bias", ""},
    TensorPattern{"transformer.h.{i}.attn.masked_bias", ""},
    TensorPattern{"transformer.h.{i}.mlp.fc_in.weight", "F, D"},
    TensorPattern{"transformer.h.{i}.mlp.fc_in.bias", "F"},
    TensorPattern{"transformer.h.{i}.mlp.fc_out.weight", "D, F"},
    TensorPattern{"transformer.h.{i}.mlp.fc_out.bias", "D"},
};

constexpr ConfigKeys hugging_face_keys = [] {
    ConfigKeys keys{};
    keys.model_dim = "/hidden_size";
    keys.heads = "/num_attention_heads";
    keys.key_heads = "/num_key_value_heads";
    keys.head_dim = "/head_dim";
    keys.layers = "/num_hidden_layers";
    keys.vocabulary = "/vocab_size";
    keys.norm_epsilon = "/rms_norm_eps";
    return keys;
}();

constexpr ConfigKeys gptj_keys = [] {
    ConfigKeys keys{};
    keys.model_dim = "/n_embd";
    keys.heads = "/n_head";
    keys.layers = "/n_layer";
    keys.vocabulary = "/vocab_size";
    keys.norm_epsilon = "/layer_norm_epsilon";
    return keys;
}();

constexpr Architecture family(std::string_view name, std::string_view title, std::span<const TensorPattern> tensors,
                              std::span<const TensorPattern> more, const RopeTraits& traits) {
    return {name,
            title,
            PairLayout::half_split,
            PositionEmbedding::rope,
            hugging_face_keys,
            "model.embed_tokens.weight",
            "model.layers.{i}.input_layernorm.weight",
            "model.layers.{i}.self_attn.",
            "",
            ForgetGateKind::none,
            tensors,
            more,
            &traits};
}

constexpr Architecture gpt_neox_family() {
    Architecture architecture = family("gpt_neox", "GPT-NeoX", gpt_neox, {}, gpt_neox_rope_traits);
    architecture.embedding = "gpt_neox.embed_in.weight";
    architecture.norm = "gpt_neox.layers.{i}.input_layernorm.weight";
    architecture.attention = "gpt_neox.layers.{i}.attention.";
    return architecture;
}

constexpr Architecture gptj_family() {
    Architecture architecture = family("gptj", "GPT-J", gptj, {}, gptj_rope_traits);
    architecture.layout = PairLayout::interleaved;
    architecture.keys = gptj_keys;
    architecture.embedding = "transformer.wte.weight";
    architecture.norm = "transformer.h.{i}.ln_1.weight";
    architecture.attention = "transformer.h.{i}.attn.";
    return architecture;
}

constexpr std::array table{
    family("llama", "Llama", common, {}, llama_rope_traits),
    family("mistral", "Mistral", common, {}, llama_rope_traits),
    family("qwen2", "Qwen2", common, {}, llama_rope_traits),
    family("qwen3", "Qwen3", common, head_norms, qwen3_rope_traits),
    family("gemma", "Gemma", common, {}, gemma_rope_traits),
    family("gemma2", "Gemma 2", common, gemma2_more, gemma2_rope_traits),
    family("gemma3_text", "Gemma 3", common, gemma3_more, gemma3_rope_traits),
    family("phi", "Phi", phi, {}, phi_rope_traits),
    family("phi3", "Phi-3", phi3, {}, phi3_rope_traits),
    gpt_neox_family(),
    gptj_family(),
};

}  // namespace

std::span<const Architecture> rope_architectures() { return table; }

}  // namespace rotoscope
