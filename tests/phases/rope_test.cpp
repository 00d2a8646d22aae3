// `phases` of models with fixed RoPE against dense heads and explicit rotation matrices, family by family.
#include "rope_models.hpp"
#include "support/compare.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope::rope_tests {
namespace {

struct Expected {
    PairLayout layout = PairLayout::half_split;
    std::vector<double> frequencies;
    double scale = 1.0;
    std::function<test::DenseHead(std::size_t layer, std::size_t head)> head;
};

/// The worst error of the tables against the twin, as a multiple of its bound. Sums of 16 lanes in float over blocks of
/// 512 columns are off by 33·2^−24 of Σ|products| at most, with a gain 2 more; c and K by that of every pair's
/// 2·‖u‖·‖g‖.
double worst_error(const Result& result, const Expected& expected) {
    constexpr double relative = 35.0 * 0x1p-24;
    const Table& frequencies = table(result, "frequencies");
    const Table& scores = table(result, "scores");
    const auto column = [&](const char* name) { return frequencies.numbers(name); };
    const std::vector<double> layers = column("layer"), heads = column("head"), pairs = column("pair"),
                              w = column("rotation_frequency"), query = column("query_norm"), key = column("key_norm"),
                              coupling = column("coupling"), phase = column("phase_offset");
    const std::vector<double> distances = scores.numbers("distance"), k = scores.numbers("score");
    double worst = 0.0;
    const auto judge = [&](double computed, double truth, double bound) {
        const double ratio = std::abs(computed - truth) / bound;
        worst = ratio <= worst ? worst : ratio;  // NaN is the worst
    };
    std::size_t score_row = 0;
    const std::size_t per_head = expected.frequencies.size();
    for (std::size_t first = 0; first < pairs.size(); first += per_head) {
        const test::DenseHead head =
            expected.head(static_cast<std::size_t>(layers[first]), static_cast<std::size_t>(heads[first]));
        const std::size_t d = head.query.size();
        double size = 0.0;
        for (std::size_t n = 0; n < per_head; ++n) {
            const std::size_t row = first + n;
            const auto [a, b] = pair_indices(expected.layout, n, per_head);
            const double u = std::sqrt(test::pair_energy(head.query, a, b));
            const double g = std::sqrt(test::pair_energy(head.key, a, b));
            judge(w[row], expected.frequencies[n], 1e-14 * expected.frequencies[n]);
            judge(query[row], u, relative * u);
            judge(key[row], g, relative * g);
            // c_n from the score's definition: with all other elements left out, K at a quarter turn and at none.
            test::DenseHead pair{{head.query[a], head.query[b]},
                                 {head.key[a], head.key[b]},
                                 {head.query_bias[a], head.query_bias[b]},
                                 {head.key_bias[a], head.key_bias[b]}};
            const test::Dense none{{1.0, 0.0}, {0.0, 1.0}};
            const test::Dense quarter{{0.0, -1.0}, {1.0, 0.0}};  // Re c·i = −Im c
            const double bias =
                std::hypot(pair.query_bias[0], pair.query_bias[1]) * std::hypot(pair.key_bias[0], pair.key_bias[1]);
            const double bound = 2.0 * relative * (u * g + bias);
            judge(coupling[row] * std::cos(phase[row]), test::direct_score(pair, none), bound);
            judge(coupling[row] * std::sin(phase[row]), -test::direct_score(pair, quarter), bound);
            size += u * g + bias;
        }
        for (std::size_t i = 2 * per_head; i < d; ++i)
            size += std::sqrt(test::pair_energy(head.query, i, i) * test::pair_energy(head.key, i, i)) +
                    std::abs(head.query_bias[i] * head.key_bias[i]);
        // Distances begin at 0 for every head.
        do {
            const test::Dense rotation =
                test::rotation_matrix(expected.layout, d, expected.frequencies, distances[score_row]);
            judge(k[score_row], expected.scale * test::direct_score(head, rotation),
                  2.0 * relative * expected.scale * size);
            ++score_row;
        } while (score_row < k.size() && distances[score_row] != 0.0);
    }
    EXPECT_EQ(score_row, k.size());
    return worst;
}

/// Every head of a safetensors model with separate projections, read from the file.
Expected from_checkpoint(const Checkpoint& checkpoint, const std::string& norm, const std::string& attention,
                         std::size_t heads, std::size_t key_heads, std::size_t d, double base) {
    Expected expected;
    expected.frequencies = rope_frequencies(base, d);
    expected.scale = 1.0 / std::sqrt(static_cast<double>(d));
    expected.head = [=, &checkpoint](std::size_t layer, std::size_t head) {
        const auto read = [&](const std::string& name) {
            return checkpoint.read_all<double>(checkpoint.require(fmt::format(fmt::runtime(name), layer)));
        };
        const std::vector<double> gain = read(norm);
        test::DenseHead dense;
        dense.query = rows_of(read(attention + "q_proj.weight"), gain.size(), head * d, d, gain);
        dense.key = rows_of(read(attention + "k_proj.weight"), gain.size(), head * key_heads / heads * d, d, gain);
        dense.query_bias = dense.key_bias = std::vector<double>(d, 0.0);
        return dense;
    };
    return expected;
}

TEST(Rope, LlamaAgreesWithTheDefinition) {
    ROTOSCOPE_NEEDS_SHARED();
    const std::filesystem::path path = test::shared_folder() / "checkpoints/lm-llama-hf";
    const Checkpoint checkpoint = Checkpoint::open(path);
    Expected expected = from_checkpoint(checkpoint, "model.layers.{}.input_layernorm.weight",
                                        "model.layers.{}.self_attn.", 8, 4, 32, 10000.0);
    const Result result = run(path);
    EXPECT_EQ(table(result, "frequencies").rows(), 4U * 8U * 16U);
    EXPECT_LE(worst_error(result, expected), 1.0);
    // The other layout pairs other rows: nothing agrees.
    expected.layout = PairLayout::interleaved;
    EXPECT_GT(worst_error(result, expected), 1e4);
}

TEST(Rope, GlaAgreesWithTheDefinition) {
    ROTOSCOPE_NEEDS_SHARED();
    const std::filesystem::path path = test::shared_folder() / "checkpoints/lm-gla-rope";
    const Checkpoint checkpoint = Checkpoint::open(path);
    Expected expected =
        from_checkpoint(checkpoint, "model.layers.{}.attn_norm.weight", "model.layers.{}.attn.", 4, 4, 32, 500000.0);
    const Result result = run(path);
    EXPECT_LE(worst_error(result, expected), 1.0);
    expected.layout = PairLayout::interleaved;
    EXPECT_GT(worst_error(result, expected), 1e4);
}

// Without the norm's gain the figures are others: the test above can fail.
TEST(Rope, GainMatters) {
    ROTOSCOPE_NEEDS_SHARED();
    const std::filesystem::path path = test::shared_folder() / "checkpoints/lm-llama-hf";
    const Checkpoint checkpoint = Checkpoint::open(path);
    Expected expected = from_checkpoint(checkpoint, "model.layers.{}.post_attention_layernorm.weight",
                                        "model.layers.{}.self_attn.", 8, 4, 32, 10000.0);
    EXPECT_GT(worst_error(run(path), expected), 1e3);
}

TEST(Rope, Qwen2HasBiases) {
    Tensors tensors;
    const std::string layer = "model.layers.0.", attention = layer + "self_attn.";
    tensors.add(layer + "input_layernorm.weight", {columns});
    tensors.add(attention + "q_proj.weight", {24, columns});
    tensors.add(attention + "k_proj.weight", {12, columns});
    tensors.add(attention + "q_proj.bias", {24});
    tensors.add(attention + "k_proj.bias", {12});
    const Result result = run(tensors.write(fmt::format(
        R"({{"model_type": "qwen2", "hidden_size": {}, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
            "num_hidden_layers": 1, "rope_theta": 1000.0, "max_position_embeddings": 300}})",
        columns)));
    Expected expected;
    expected.frequencies = rope_frequencies(1000.0, 6);
    expected.scale = 1.0 / std::sqrt(6.0);
    expected.head = [&](std::size_t, std::size_t head) {
        const std::vector<double>& gain = tensors.at(layer + "input_layernorm.weight");
        const auto bias = [&](const char* name, std::size_t first) {
            const auto from = tensors.at(attention + name).begin() + static_cast<std::ptrdiff_t>(first);
            return std::vector<double>(from, from + 6);
        };
        return test::DenseHead{rows_of(tensors.at(attention + "q_proj.weight"), columns, 6 * head, 6, gain),
                               rows_of(tensors.at(attention + "k_proj.weight"), columns, 6 * (head / 2), 6, gain),
                               bias("q_proj.bias", 6 * head), bias("k_proj.bias", 6 * (head / 2))};
    };
    EXPECT_LE(worst_error(result, expected), 1.0);
}

/// Gemma 3: gains 1 + weight, norms of heads, another scale, local and global layers.
TEST(Rope, Gemma3FoldsGainsAndHasTwoSchedules) {
    Tensors tensors;
    for (const char* i : {"0", "1"}) {
        const std::string layer = fmt::format("model.layers.{}.", i), attention = layer + "self_attn.";
        tensors.add(layer + "input_layernorm.weight", {columns});
        tensors.add(attention + "q_proj.weight", {8, columns});
        tensors.add(attention + "k_proj.weight", {4, columns});
        tensors.add(attention + "q_norm.weight", {4});
        tensors.add(attention + "k_norm.weight", {4});
    }
    const Result both = run(tensors.write(fmt::format(
        R"({{"model_type": "gemma3_text", "hidden_size": {}, "num_attention_heads": 2, "num_key_value_heads": 1,
            "head_dim": 4, "num_hidden_layers": 2, "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0,
            "rope_scaling": {{"rope_type": "linear", "factor": 8.0}}, "sliding_window_pattern": 2,
            "query_pre_attn_scalar": 16, "max_position_embeddings": 64}})",
        columns)));
    for (const std::size_t i : {0U, 1U}) {
        PhasesOptions options;
        options.checkpoint = tensors.folder.path();
        options.layers = {i};
        Expected expected;
        expected.frequencies = rope_frequencies(i == 0 ? 1e4 : 1e6, 4);  // layer 1 is the global one
        if (i == 1)
            for (double& each : expected.frequencies) each /= 8.0;
        expected.scale = 1.0 / 4.0;
        expected.head = [&](std::size_t layer, std::size_t head) {
            const std::string prefix = fmt::format("model.layers.{}.", layer);
            const auto gain = [&](const std::string& name) {
                std::vector<double> values = tensors.at(prefix + name);
                for (double& each : values) each += 1.0;
                return values;
            };
            const std::vector<double> input = gain("input_layernorm.weight");
            return test::DenseHead{rows_of(tensors.at(prefix + "self_attn.q_proj.weight"), columns, 4 * head, 4, input,
                                           gain("self_attn.q_norm.weight")),
                                   rows_of(tensors.at(prefix + "self_attn.k_proj.weight"), columns, 0, 4, input,
                                           gain("self_attn.k_norm.weight")),
                                   std::vector<double>(4, 0.0), std::vector<double>(4, 0.0)};
        };
        EXPECT_LE(worst_error(run(options), expected), 1.0) << i;
    }
    EXPECT_NE(std::ranges::find_if(both.notes,
                                   [](const std::string& note) {
                                       return note.find("only the gains of that norm") != std::string::npos;
                                   }),
              both.notes.end());
}

/// GPT-NeoX: queries, keys and values of each head together, a quarter of the head rotated, LayerNorm with an offset.
TEST(Rope, NeoxIsFusedPartialAndOffset) {
    constexpr std::size_t d = 16;
    Tensors tensors;
    const std::string layer = "gpt_neox.layers.0.";
    tensors.add(layer + "input_layernorm.weight", {columns});
    tensors.add(layer + "input_layernorm.bias", {columns});
    tensors.add(layer + "attention.query_key_value.weight", {2 * 3 * d, columns});
    tensors.add(layer + "attention.query_key_value.bias", {2 * 3 * d});
    const Result result = run(tensors.write(fmt::format(
        R"({{"model_type": "gpt_neox", "hidden_size": {}, "num_attention_heads": 2, "head_dim": 16,
            "num_hidden_layers": 1, "rotary_pct": 0.25, "rotary_emb_base": 10000, "max_position_embeddings": 2048}})",
        columns)));
    Expected expected;
    expected.frequencies = rope_frequencies(10000.0, 4);
    expected.scale = 1.0 / 4.0;
    expected.head = [&](std::size_t, std::size_t head) {
        const std::vector<double>& weight = tensors.at(layer + "attention.query_key_value.weight");
        const std::vector<double>& bias = tensors.at(layer + "attention.query_key_value.bias");
        const std::vector<double>& gain = tensors.at(layer + "input_layernorm.weight");
        const std::vector<double>& offset = tensors.at(layer + "input_layernorm.bias");
        const auto offsets = [&](std::size_t first) {
            std::vector<double> sums(bias.begin() + static_cast<std::ptrdiff_t>(first),
                                     bias.begin() + static_cast<std::ptrdiff_t>(first + d));
            for (std::size_t i = 0; i < d; ++i)
                for (std::size_t j = 0; j < columns; ++j) sums[i] += weight[(first + i) * columns + j] * offset[j];
            return sums;
        };
        const std::size_t query = head * 3 * d, key = query + d;
        return test::DenseHead{rows_of(weight, columns, query, d, gain), rows_of(weight, columns, key, d, gain),
                               offsets(query), offsets(key)};
    };
    // An offset of 530 random products is off by its own Σ|products|, up to 20 times as large as the offset.
    EXPECT_LE(worst_error(result, expected), 20.0);
}

TEST(Rope, Phi3IsFusedInBlocks) {
    Tensors tensors;
    const std::string attention = "model.layers.0.self_attn.";
    tensors.add(attention + "qkv_proj.weight", {4 * 4 + 2 * 2 * 4, columns});
    const Result result = run(tensors.write(fmt::format(
        R"({{"model_type": "phi3", "hidden_size": {}, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4,
            "num_hidden_layers": 1, "rope_theta": 10000.0, "max_position_embeddings": 128,
            "original_max_position_embeddings": 32,
            "rope_scaling": {{"type": "su", "short_factor": [1.0, 1.5], "long_factor": [2.0, 5.0]}}}})",
        columns)));
    Expected expected;
    expected.frequencies = {1.0 / 2.0, 0.01 / 5.0};
    expected.scale = (1.0 + std::log(4.0) / std::log(32.0)) / 2.0;  // the attention factor's square
    expected.head = [&](std::size_t, std::size_t head) {
        const std::vector<double>& weight = tensors.at(attention + "qkv_proj.weight");
        return test::DenseHead{rows_of(weight, columns, 4 * head, 4, {}),
                               rows_of(weight, columns, 16 + 4 * (head / 2), 4, {}), std::vector<double>(4, 0.0),
                               std::vector<double>(4, 0.0)};
    };
    EXPECT_LE(worst_error(result, expected), 1.0);
}

/// Interleaved pairs in part of the head.
TEST(Rope, GptjIsInterleaved) {
    Tensors tensors;
    const std::string attention = "transformer.h.0.attn.";
    tensors.add(attention + "q_proj.weight", {16, 16});
    tensors.add(attention + "k_proj.weight", {16, 16});
    const Result result = run(tensors.write(
        R"({"model_type": "gptj", "n_embd": 16, "n_head": 2, "n_layer": 1, "rotary_dim": 4, "n_positions": 100})"));
    Expected expected;
    expected.layout = PairLayout::interleaved;
    expected.frequencies = rope_frequencies(10000.0, 4);
    expected.scale = 1.0 / std::sqrt(8.0);
    expected.head = [&](std::size_t, std::size_t head) {
        return test::DenseHead{rows_of(tensors.at(attention + "q_proj.weight"), 16, 8 * head, 8, {}),
                               rows_of(tensors.at(attention + "k_proj.weight"), 16, 8 * head, 8, {}),
                               std::vector<double>(8, 0.0), std::vector<double>(8, 0.0)};
    };
    EXPECT_LE(worst_error(result, expected), 1.0);
}

/// Rows of more columns than are held at once.
TEST(Rope, WideRowsAreReadInParts) {
    constexpr std::size_t wide = 16384 + 512 + 7;
    Tensors tensors;
    add_llama_layer(tensors, wide);
    const Result result = run(tensors.write(fmt::format(R"({{{}, "hidden_size": {}}})", small_llama, wide)));
    Expected expected;
    expected.frequencies = rope_frequencies(100.0, 4);
    expected.scale = 0.5;
    expected.head = [&](std::size_t, std::size_t head) {
        return test::DenseHead{rows_of(tensors.at("model.layers.0.self_attn.q_proj.weight"), wide, 4 * head, 4, {}),
                               rows_of(tensors.at("model.layers.0.self_attn.k_proj.weight"), wide, 0, 4, {}),
                               std::vector<double>(4, 0.0), std::vector<double>(4, 0.0)};
    };
    EXPECT_LE(worst_error(result, expected), 1.0);
}

}  // namespace
}  // namespace rotoscope::rope_tests
