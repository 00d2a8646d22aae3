// Families in GGUF files against the same weights as Hugging Face's library stores them, which rope_test.cpp compares
// with the definition: bit by bit, unless a file holds a number in float32 that a configuration has in full.
#include "gguf_models.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope::rope_tests {
namespace {

Values plus_one(const Values& values) {
    Values sum = values;
    for (double& value : sum) value += 1.0;
    return sum;
}

Twin::Change permute(std::size_t heads) {
    return [heads](const Values& rows) { return interleave_heads(rows, heads, 8); };
}

std::string layout_of(const Result& result) {
    const std::string& note = result.figures.front().note;
    return note.find("interleaved pairs") != std::string::npos ? "interleaved" : "half-split";
}

TEST(GgufFamilies, LlamaWithGroupedQueriesAndBiases) {
    Twin twin("llama", "llama", 4, 2);
    twin.add_layer(0, 4, 2, {}, permute(4), permute(2));
    twin.add("model.layers.0.self_attn.q_proj.bias", "blk.0.attn_q.bias", {32}, permute(4));
    twin.add("model.layers.0.self_attn.k_proj.bias", "blk.0.attn_k.bias", {16}, permute(2));
    const Result result = twin.computed();
    EXPECT_TRUE(same_tables(result, twin.expected()));
    EXPECT_EQ(layout_of(result), "interleaved");
    // Heads by layer, as some converters write them.
    twin.gguf.set("attention.head_count_kv", std::vector<std::uint32_t>{2});
    EXPECT_TRUE(same_tables(twin.computed(), result));
}

TEST(GgufFamilies, Qwen2AndQwen3) {
    Twin qwen2("qwen2", "qwen2", 4, 2);
    qwen2.add_layer(0, 4, 2);
    qwen2.add("model.layers.0.self_attn.q_proj.bias", "blk.0.attn_q.bias", {32});
    qwen2.add("model.layers.0.self_attn.k_proj.bias", "blk.0.attn_k.bias", {16});
    EXPECT_TRUE(same_tables(qwen2.computed(), qwen2.expected()));
    EXPECT_EQ(layout_of(qwen2.computed()), "half-split");
    qwen2.fuse("weight");
    qwen2.fuse("bias");
    EXPECT_TRUE(same_tables(qwen2.computed(), qwen2.expected()));
    Twin qwen3("qwen3", "qwen3", 4, 2);
    qwen3.add_layer(0, 4, 2);
    qwen3.add("model.layers.0.self_attn.q_norm.weight", "blk.0.attn_q_norm.weight", {8});
    qwen3.add("model.layers.0.self_attn.k_norm.weight", "blk.0.attn_k_norm.weight", {8});
    qwen3.gguf.set("rope.freq_base", 1e6F);
    qwen3.config += R"(, "rope_theta": 1000000.0)";
    EXPECT_TRUE(same_tables(qwen3.computed(), qwen3.expected()));
}

/// The files' norms have the 1 already. The largest model, known by its 46 layers, has another score scale.
TEST(GgufFamilies, Gemma2) {
    for (const bool large : {false, true}) {
        const std::uint32_t layers = large ? 46 : 1;
        Twin twin("gemma2", "gemma2", 2, 1, layers);
        for (std::uint32_t i = 0; i < layers; ++i) twin.add_layer(i, 2, 1, plus_one);
        twin.config += fmt::format(R"(, "query_pre_attn_scalar": {})", large ? columns / 2 : 8);
        const Result result = twin.computed();
        EXPECT_TRUE(same_tables(result, twin.expected()));
        EXPECT_THAT(result.notes, testing::Contains("scores are before the soft cap"));
    }
}

TEST(GgufFamilies, Gemma3HasLocalAndGlobalLayers) {
    Twin twin("gemma3", "gemma3_text", 2, 1, 7);
    for (std::uint32_t i = 0; i < 7; ++i) {
        twin.add_layer(i, 2, 1, plus_one);
        for (const char* name : {"q_norm", "k_norm"})
            twin.add(fmt::format("model.layers.{}.self_attn.{}.weight", i, name),
                     fmt::format("blk.{}.attn_{}.weight", i, name), {8}, plus_one);
    }
    twin.gguf.set("rope.freq_base", 1e6F);
    twin.gguf.set("rope.scaling.type", "linear");
    twin.gguf.set("rope.scaling.factor", 8.0F);
    const std::string global = R"(, "rope_theta": 1000000.0, "rope_scaling": {"rope_type": "linear", "factor": 8.0})";
    const std::string plain = twin.config;
    twin.gguf.set("attention.sliding_window", 512U);
    twin.config = plain + global;
    EXPECT_TRUE(same_tables(twin.computed(), twin.expected()));  // every sixth, local base 10000
    twin.gguf.set("rope.freq_base_swa", 5000.0F);
    twin.gguf.set("attention.sliding_window_pattern", 3U);
    twin.config = plain + global + R"(, "rope_local_base_freq": 5000.0, "sliding_window_pattern": 3)";
    EXPECT_TRUE(same_tables(twin.computed(), twin.expected()));
    twin.gguf.set("attention.sliding_window_pattern", std::vector<bool>{true, true, false, true, true, false, true});
    EXPECT_TRUE(same_tables(twin.computed(), twin.expected()));
    twin.gguf.set("attention.sliding_window", 0U);  // none
    twin.config = plain + global + R"(, "sliding_window_pattern": 1)";
    EXPECT_TRUE(same_tables(twin.computed(), twin.expected()));
}

/// Half of each head is rotated; the norm has a bias. Fused or not, it is the same model.
TEST(GgufFamilies, PhiIsFusedOrNot) {
    Twin twin("phi2", "phi", 3, 3);
    twin.add_layer(0, 3, 3);
    twin.add("model.layers.0.input_layernorm.bias", "blk.0.attn_norm.bias", {columns});
    twin.add("model.layers.0.self_attn.q_proj.bias", "blk.0.attn_q.bias", {24});
    twin.add("model.layers.0.self_attn.k_proj.bias", "blk.0.attn_k.bias", {24});
    twin.gguf.set("rope.dimension_count", 4U);
    const Result expected = twin.expected();
    EXPECT_TRUE(same_tables(twin.computed(), expected));
    twin.fuse("weight");
    twin.fuse("bias");
    EXPECT_TRUE(same_tables(twin.computed(), expected));
}

/// Converters bring heads of [q, k, v] into the order all q, all k, all v.
TEST(GgufFamilies, GptNeoxIsFusedInBlocks) {
    constexpr std::size_t heads = 3;
    const auto regroup = [](const Values& rows) {
        const std::size_t width = rows.size() / (heads * 3 * 8);
        Values out;
        for (std::size_t part = 0; part < 3; ++part)
            for (std::size_t h = 0; h < heads; ++h) {
                const auto from = rows.begin() + static_cast<std::ptrdiff_t>((h * 3 + part) * 8 * width);
                out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(8 * width));
            }
        return out;
    };
    Twin twin("gptneox", "gpt_neox", heads, heads);
    const std::string layer = "gpt_neox.layers.0.";
    twin.add(layer + "input_layernorm.weight", "blk.0.attn_norm.weight", {columns});
    twin.add(layer + "input_layernorm.bias", "blk.0.attn_norm.bias", {columns});
    twin.add(layer + "attention.query_key_value.weight", "blk.0.attn_qkv.weight", {72, columns}, regroup);
    twin.add(layer + "attention.query_key_value.bias", "blk.0.attn_qkv.bias", {72}, regroup);
    twin.gguf.set("rope.dimension_count", 2U);  // a quarter, as the configuration's default is
    const Result result = twin.computed();
    EXPECT_TRUE(same_tables(result, twin.expected()));
    EXPECT_THAT(result.figures.front().note, testing::HasSubstr("2 of 8 dimensions rotated"));
}

/// Factors of long and short contexts as tensors. The attention factor is the file's, a float32.
TEST(GgufFamilies, Phi3TakesItsFactorsByTheContext) {
    Twin twin("phi3", "phi3", 4, 2);
    twin.add("model.layers.0.input_layernorm.weight", "blk.0.attn_norm.weight", {columns});
    twin.add("model.layers.0.self_attn.qkv_proj.weight", "blk.0.attn_qkv.weight", {64, columns});
    twin.gguf.add("rope_factors_short.weight", {4}, {1.0, 1.0, 1.5, 2.0});
    twin.gguf.add("rope_factors_long.weight", {4}, {1.0, 2.5, 5.0, 9.75});
    twin.gguf.set("rope.scaling.original_context_length", 32U);
    twin.gguf.set("rope.scaling.attn_factor", 1.25F);
    twin.config += R"(, "original_max_position_embeddings": 32, "rope_scaling": {"rope_type": "longrope",
        "short_factor": [1.0, 1.0, 1.5, 2.0], "long_factor": [1.0, 2.5, 5.0, 9.75], "attention_factor": 1.25})";
    EXPECT_TRUE(same_tables(twin.computed(), twin.expected()));
    PhasesOptions options;
    options.context = 32;
    options.checkpoint = twin.gguf.write(twin.folder);
    const Result within = run(options);
    options.checkpoint = twin.hugging_face.folder.path();
    EXPECT_TRUE(same_tables(within, run(options)));
    EXPECT_GT(share_differing(within, twin.computed(), "frequencies", "rotation_frequency"), 0.5);
}

}  // namespace
}  // namespace rotoscope::rope_tests
