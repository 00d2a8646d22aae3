// The table of architectures: the families of the Selective RoPE paper; rope_architectures.cpp and
// gguf_architectures.cpp have the others. Names and shapes only; how they are matched is architecture.cpp's business.
#include "rope_traits.hpp"

#include <array>
#include <vector>

#include "rotoscope/phases/architecture.hpp"

namespace rotoscope {
namespace {

constexpr std::array generator{
    TensorPattern{"phi_proj.0.weight", "r, D"},        TensorPattern{"phi_proj.1.weight", "H*P, r"},
    TensorPattern{"phi_proj.weight", "H, D/H, P"},     TensorPattern{"phi_proj.scalar", "H"},
    TensorPattern{"phi_conv1d.weight", "H*P, 1, 4"},   TensorPattern{"phi_bias", "1, 1, H, P"},
    TensorPattern{"phase_gate_proj.weight", "H, D"},   TensorPattern{"phase_gate_proj.bias", "H"},
    TensorPattern{"phase_gate_proj.0.weight", "g, D"}, TensorPattern{"phase_gate_proj.1.weight", "G, g"},
    TensorPattern{"phase_gate_proj.1.bias", "G"},      TensorPattern{"temperature", "1, 1, 1, P"},
};

constexpr std::array gla_gate{
    TensorPattern{"gk_proj.0.weight", "l, D"},
    TensorPattern{"gk_proj.1.weight", "H*K, l"},
    TensorPattern{"gk_proj.1.bias", "H*K"},
};

constexpr std::array gated_deltanet_gate{
    TensorPattern{"a_proj.weight", "N, D"},
    TensorPattern{"A_log", "N"},
    TensorPattern{"dt_bias", "N"},
};

// What the three families of the Selective RoPE paper's code share.
constexpr std::array paper_common{
    TensorPattern{"model.embeddings.weight", "V, D"},
    TensorPattern{"model.norm.weight", "D"},
    TensorPattern{"lm_head.weight", "V, D"},
    TensorPattern{"model.layers.{i}.attn_norm.weight", "D"},
    TensorPattern{"model.layers.{i}.mlp_norm.weight", "D"},
    TensorPattern{"model.layers.{i}.mlp.gate_proj.weight", "F, D"},
    TensorPattern{"model.layers.{i}.mlp.up_proj.weight", "F, D"},
    TensorPattern{"model.layers.{i}.mlp.down_proj.weight", "D, F"},
    TensorPattern{"model.layers.{i}.attn.q_proj.weight", "H*K, D"},
};

constexpr std::array gla{
    TensorPattern{"model.layers.{i}.attn.k_proj.weight", "H*K, D"},
    TensorPattern{"model.layers.{i}.attn.v_proj.weight", "U, D"},
    TensorPattern{"model.layers.{i}.attn.g_proj.weight", "U, D"},
    TensorPattern{"model.layers.{i}.attn.o_proj.weight", "D, U"},
    TensorPattern{"model.layers.{i}.attn.q_conv1d.weight", "H*K, 1, ?"},
    TensorPattern{"model.layers.{i}.attn.k_conv1d.weight", "H*K, 1, ?"},
    TensorPattern{"model.layers.{i}.attn.v_conv1d.weight", "U, 1, ?"},
    TensorPattern{"model.layers.{i}.attn.g_norm_swish_gate.weight", "?"},
    TensorPattern{"model.layers.{i}.attn.g_norm.weight", "?"},
};

constexpr std::array gated_deltanet{
    TensorPattern{"model.layers.{i}.attn.k_proj.weight", "H*K, D"},
    TensorPattern{"model.layers.{i}.attn.v_proj.weight", "U, D"},
    TensorPattern{"model.layers.{i}.attn.g_proj.weight", "U, D"},
    TensorPattern{"model.layers.{i}.attn.o_proj.weight", "D, U"},
    TensorPattern{"model.layers.{i}.attn.q_conv1d.weight", "H*K, 1, ?"},
    TensorPattern{"model.layers.{i}.attn.k_conv1d.weight", "H*K, 1, ?"},
    TensorPattern{"model.layers.{i}.attn.v_conv1d.weight", "U, 1, ?"},
    TensorPattern{"model.layers.{i}.attn.b_proj.weight", "N, D"},
    TensorPattern{"model.layers.{i}.attn.o_norm.weight", "?"},
};

constexpr std::array transformer{
    TensorPattern{"model.layers.{i}.attn.k_proj.weight", "J*K, D"},
    TensorPattern{"model.layers.{i}.attn.v_proj.weight", "J*K, D"},
    TensorPattern{"model.layers.{i}.attn.o_proj.weight", "D, H*K"},
    TensorPattern{"model.layers.{i}.attn.q_proj.bias", "H*K"},
    TensorPattern{"model.layers.{i}.attn.k_proj.bias", "J*K"},
    TensorPattern{"model.layers.{i}.attn.v_proj.bias", "J*K"},
    TensorPattern{"model.layers.{i}.attn.q_norm.weight", "K"},
    TensorPattern{"model.layers.{i}.attn.k_norm.weight", "K"},
};

constexpr ConfigKeys paper_keys{
    .model_dim = "/hidden_size",
    .heads = "/num_heads",
    .key_heads = "/num_kv_heads",
    .head_dim = "/head_dim",
    .value_heads = "/num_v_heads",
    .expand_k = "/expand_k",
    .layers = "/num_hidden_layers",
    .vocabulary = "/vocab_size",
    .norm_epsilon = "/norm_eps",
    .position = "/position_embedding/type",
    .gate_normalizer = "/gate_logit_normalizer",
    .gate_minimum = "/clamp_min",
};

constexpr std::string_view paper_embedding = "model.embeddings.weight";
constexpr std::string_view paper_norm = "model.layers.{i}.attn_norm.weight";
constexpr std::string_view paper_attention = "model.layers.{i}.attn.";
constexpr std::string_view paper_generator = "model.layers.{i}.attn.rotary.";

constexpr std::array paper_families{
    Architecture{"gla", "Gated Linear Attention", PairLayout::half_split, PositionEmbedding::unknown, paper_keys,
                 paper_embedding, paper_norm, paper_attention, paper_generator, ForgetGateKind::gla, paper_common, gla,
                 &paper_rope_traits},
    Architecture{"gated_deltanet", "Gated DeltaNet", PairLayout::half_split, PositionEmbedding::unknown, paper_keys,
                 paper_embedding, paper_norm, paper_attention, paper_generator, ForgetGateKind::gated_deltanet,
                 paper_common, gated_deltanet, &deltanet_rope_traits},
    Architecture{"transformer", "transformer of the Selective RoPE code", PairLayout::half_split,
                 PositionEmbedding::unknown, paper_keys, paper_embedding, paper_norm, paper_attention, paper_generator,
                 ForgetGateKind::none, paper_common, transformer, &paper_rope_traits},
};

}  // namespace

std::span<const Architecture> architectures() {
    static const std::vector<Architecture> table = [] {
        std::vector<Architecture> all(paper_families.begin(), paper_families.end());
        for (const std::span<const Architecture> more : {rope_architectures(), gguf_architectures()})
            all.insert(all.end(), more.begin(), more.end());
        return all;
    }();
    return table;
}

std::span<const TensorPattern> phase_generator_tensors() { return generator; }

std::span<const TensorPattern> forget_gate_tensors(ForgetGateKind kind) {
    switch (kind) {
        case ForgetGateKind::none:
            return {};
        case ForgetGateKind::gla:
            return gla_gate;
        case ForgetGateKind::gated_deltanet:
            return gated_deltanet_gate;
    }
    return {};
}

}  // namespace rotoscope
