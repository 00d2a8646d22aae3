// Rows of the table of architectures: families with fixed RoPE, as GGUF files name them. Names and shapes only. Which
// layout a family has is llama.cpp's llama_model_rope_type (src/llama-model.cpp): converters permute the query and key
// rows of Llama and Mistral to interleaved pairs, those of the others stay half-split.
#include "rope_traits.hpp"

namespace rotoscope {
namespace {

constexpr std::array common{
    TensorPattern{"token_embd.weight", "V, D"},       TensorPattern{"output_norm.weight", "D"},
    TensorPattern{"output.weight", "V, D"},           TensorPattern{"rope_freqs.weight", "?"},
    TensorPattern{"rope_factors_long.weight", "?"},   TensorPattern{"rope_factors_short.weight", "?"},
    TensorPattern{"blk.{i}.attn_norm.weight", "D"},   TensorPattern{"blk.{i}.attn_q.weight", "H*K, D"},
    TensorPattern{"blk.{i}.attn_k.weight", "J*K, D"}, TensorPattern{"blk.{i}.attn_v.weight", "?, D"},
    TensorPattern{"blk.{i}.attn_qkv.weight", "?, D"}, TensorPattern{"blk.{i}.attn_output.weight", "D, ?"},
    TensorPattern{"blk.{i}.attn_q.bias", "H*K"},      TensorPattern{"blk.{i}.attn_k.bias", "J*K"},
    TensorPattern{"blk.{i}.attn_v.bias", "?"},        TensorPattern{"blk.{i}.attn_qkv.bias", "?"},
    TensorPattern{"blk.{i}.attn_output.bias", "D"},   TensorPattern{"blk.{i}.attn_rot_embd.weight", "?"},
    TensorPattern{"blk.{i}.ffn_norm.weight", "D"},    TensorPattern{"blk.{i}.ffn_gate.weight", "F, D"},
    TensorPattern{"blk.{i}.ffn_up.weight", "?, D"},   TensorPattern{"blk.{i}.ffn_down.weight", "D, F"},
};

constexpr std::array experts{
    TensorPattern{"blk.{i}.ffn_gate_inp.weight", "E, D"},
    TensorPattern{"blk.{i}.ffn_gate_exps.weight", "E, F, D"},
    TensorPattern{"blk.{i}.ffn_up_exps.weight", "E, F, D"},
    TensorPattern{"blk.{i}.ffn_down_exps.weight", "E, D, F"},
};

constexpr std::array head_norms{
    TensorPattern{"blk.{i}.attn_q_norm.weight", "K"},
    TensorPattern{"blk.{i}.attn_k_norm.weight", "K"},
};

constexpr std::array post_norms{
    TensorPattern{"blk.{i}.post_attention_norm.weight", "D"},
    TensorPattern{"blk.{i}.post_ffw_norm.weight", "D"},
};

constexpr std::array gemma3{head_norms[0], head_norms[1], post_norms[0], post_norms[1]};

constexpr std::array layer_norms{
    TensorPattern{"output_norm.bias", "D"},       TensorPattern{"output.bias", "V"},
    TensorPattern{"blk.{i}.attn_norm.bias", "D"}, TensorPattern{"blk.{i}.ffn_norm.bias", "D"},
    TensorPattern{"blk.{i}.ffn_up.bias", "F"},    TensorPattern{"blk.{i}.ffn_down.bias", "D"},
};

constexpr ConfigKeys keys = [] {
    ConfigKeys each{};
    each.model_dim = "/embedding_length";
    each.heads = "/attention.head_count";
    each.key_heads = "/attention.head_count_kv";
    each.head_dim = "/attention.key_length";
    each.layers = "/block_count";
    each.vocabulary = "/vocab_size";
    each.norm_epsilon = "/attention.layer_norm_rms_epsilon";
    return each;
}();

constexpr Architecture family(std::string_view name, std::string_view title, std::span<const TensorPattern> more,
                              const RopeTraits& traits, PairLayout layout = PairLayout::half_split) {
    return {name,
            title,
            layout,
            PositionEmbedding::rope,
            keys,
            "token_embd.weight",
            "blk.{i}.attn_norm.weight",
            "blk.{i}.",
            "",
            ForgetGateKind::none,
            common,
            more,
            &traits,
            true};
}

constexpr std::array table{
    family("llama", "Llama", experts, gguf_llama_rope_traits, PairLayout::interleaved),
    family("qwen2", "Qwen2", {}, gguf_rope_traits),
    family("qwen3", "Qwen3", head_norms, gguf_qwen3_rope_traits),
    family("gemma", "Gemma", {}, gguf_rope_traits),
    family("gemma2", "Gemma 2", post_norms, gguf_gemma2_rope_traits),
    family("gemma3", "Gemma 3", gemma3, gguf_gemma3_rope_traits),
    family("phi2", "Phi", layer_norms, gguf_layer_norm_rope_traits),
    family("phi3", "Phi-3", {}, gguf_rope_traits),
    family("gptneox", "GPT-NeoX", layer_norms, gguf_layer_norm_rope_traits),
};

}  // namespace

std::span<const Architecture> gguf_architectures() { return table; }

}  // namespace rotoscope
