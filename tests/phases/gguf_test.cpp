// `phases` of GGUF files: trained models written as llama.cpp's converter would, against the files they come from.
#include "gguf_models.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/phases/inspect.hpp"

namespace rotoscope::rope_tests {
namespace {

struct Sizes {
    std::uint32_t layers, model_dim, heads, key_heads, head_dim;
    float base;
    std::uint32_t context;
};
constexpr Sizes llama_sizes{4, 256, 8, 4, 32, 10000.0F, 1024};
constexpr Sizes gla_sizes{4, 256, 4, 4, 32, 500000.0F, 4096};

GgufModel describe_llama(const Sizes& sizes) {
    GgufModel model{"llama", {}, {}};
    model.set("block_count", sizes.layers);
    model.set("embedding_length", sizes.model_dim);
    model.set("attention.head_count", sizes.heads);
    model.set("attention.head_count_kv", sizes.key_heads);
    model.set("attention.key_length", sizes.head_dim);
    model.set("rope.dimension_count", sizes.head_dim);
    model.set("rope.freq_base", sizes.base);
    model.set("context_length", sizes.context);
    return model;
}

/// The queries, keys and input norms of a checkpoint under the names of the architecture llama. `query_heads` and
/// `key_heads`: by how many heads their rows are permuted; 0: not at all.
GgufModel as_llama(const std::string& folder, const Sizes& sizes, const std::string& norm, const std::string& attention,
                   std::size_t query_heads, std::size_t key_heads) {
    const auto checkpoint = Checkpoint::open(test::shared_folder() / "checkpoints" / folder);
    GgufModel model = describe_llama(sizes);
    for (std::uint32_t i = 0; i < sizes.layers; ++i) {
        const auto add = [&](const std::string& from, const std::string& to, std::size_t heads) {
            const TensorInfo& tensor = checkpoint.require(fmt::format("model.layers.{}.{}", i, from));
            const Values values = checkpoint.read_all<double>(tensor);
            const std::size_t d = heads == 0 ? 0 : tensor.shape[0] / heads;
            model.add(fmt::format("blk.{}.{}", i, to), tensor.shape,
                      heads == 0 ? values : interleave_heads(values, heads, d));
        };
        add(norm, "attn_norm.weight", 0);
        add(attention + "q_proj.weight", "attn_q.weight", query_heads);
        add(attention + "k_proj.weight", "attn_k.weight", key_heads);
    }
    return model;
}

GgufModel llama_as_gguf(std::size_t query_heads, std::size_t key_heads) {
    return as_llama("lm-llama-hf", llama_sizes, "input_layernorm.weight", "self_attn.", query_heads, key_heads);
}

class GgufOfTrainedModels : public ::testing::Test {
protected:
    void SetUp() override { ROTOSCOPE_NEEDS_SHARED(); }
    [[nodiscard]] Result run_gguf(const GgufModel& model) const { return run(model.write(folder_)); }

    test::TemporaryFolder folder_;
};

/// Pairs keep their rows and sums their order: not a bit is different, in F32 and in BF16.
TEST_F(GgufOfTrainedModels, LlamaIsTheSameAsItsShards) {
    const Result shards = run(test::shared_folder() / "checkpoints/lm-llama-hf");
    GgufModel model = llama_as_gguf(8, 4);
    const Result result = run_gguf(model);
    EXPECT_TRUE(same_tables(result, shards));
    model.narrow();
    EXPECT_TRUE(same_tables(run_gguf(model), shards));
    ASSERT_EQ(result.figures.size(), shards.figures.size());
    for (const Figure& figure : result.figures)
        EXPECT_THAT(figure.note,
                    testing::HasSubstr("llama (Llama); interleaved pairs; RoPE base 10000; context 1,024"));
}

/// Half-split rows under an architecture that has them interleaved are other pairs. The energies of the two elements of
/// neighbours differ in every pair, and so does everything that comes of them.
TEST_F(GgufOfTrainedModels, LlamaWithoutThePermutationIsAnotherModel) {
    const Result shards = run(test::shared_folder() / "checkpoints/lm-llama-hf");
    const Result unpermuted = run_gguf(llama_as_gguf(0, 0));
    for (const char* column : {"query_norm", "key_norm", "coupling", "phase_offset"})
        EXPECT_EQ(share_differing(unpermuted, shards, "frequencies", column), 1.0) << column;
    EXPECT_EQ(share_differing(unpermuted, shards, "frequencies", "rotation_frequency"), 0.0);
    // K(0) is the whole inner product, whatever is paired with what.
    const double distances = static_cast<double>(table(shards, "scores").rows()) / (4 * 8);
    EXPECT_GE(share_differing(unpermuted, shards, "scores", "score"), 1.0 - 1.0 / distances);
    // By how much: the median coupling is off by more than a tenth, a million times what rounding could do.
    const auto couplings = [](const Result& result) { return table(result, "frequencies").numbers("coupling"); };
    const std::vector<double> a = couplings(unpermuted), b = couplings(shards);
    std::vector<double> relative;
    for (std::size_t i = 0; i < a.size(); ++i) relative.push_back(std::abs(a[i] - b[i]) / b[i]);
    std::ranges::sort(relative);
    EXPECT_GT(relative[relative.size() / 2], 0.1);
}

/// Four key heads permuted as if there were eight, as early converters did with grouped queries.
TEST_F(GgufOfTrainedModels, QueriesAndKeysHaveTheirOwnNumberOfHeads) {
    const Result shards = run(test::shared_folder() / "checkpoints/lm-llama-hf");
    const Result wrong = run_gguf(llama_as_gguf(8, 8));
    EXPECT_EQ(share_differing(wrong, shards, "frequencies", "query_norm"), 0.0);
    EXPECT_EQ(share_differing(wrong, shards, "frequencies", "key_norm"), 1.0);
}

/// The paper's GLA has no architecture in GGUF. Its queries and keys under llama's names are the same figures with the
/// permutation and others without.
TEST_F(GgufOfTrainedModels, GlaUnderTheNamesOfLlama) {
    const auto as_gguf = [](std::size_t heads) {
        return as_llama("lm-gla-rope", gla_sizes, "attn_norm.weight", "attn.", heads, heads);
    };
    const Result folder = run(test::shared_folder() / "checkpoints/lm-gla-rope");
    EXPECT_TRUE(same_tables(run_gguf(as_gguf(4)), folder));
    const Result unpermuted = run_gguf(as_gguf(0));
    for (const char* column : {"query_norm", "key_norm", "coupling", "phase_offset"})
        EXPECT_EQ(share_differing(unpermuted, folder, "frequencies", column), 1.0) << column;
}

/// A GGUF file that names no architecture, or one that is not known, with config.json beside it.
TEST_F(GgufOfTrainedModels, GlaUnderItsOwnNames) {
    const std::filesystem::path source = test::shared_folder() / "checkpoints/lm-gla-rope";
    const auto checkpoint = Checkpoint::open(source);
    GgufModel model{"gla", {}, {}};
    for (const TensorInfo& tensor : checkpoint.tensors())
        model.add(tensor.name, tensor.shape, checkpoint.read_all<double>(tensor));
    std::filesystem::copy_file(source / "config.json", folder_.path() / "config.json");
    const Result result = run_gguf(model);
    EXPECT_TRUE(same_tables(result, run(source)));
    EXPECT_THAT(result.figures.front().note, testing::HasSubstr("half-split pairs; RoPE base 500000"));
}

/// Rows of whole numbers q from −127 to 127 that stand for q/64, as three types have them.
struct WholeRows {
    std::vector<int> numbers;

    WholeRows(std::size_t count, std::uint64_t seed) {
        const GaussianDraws draws(seed, RandomStream::test);
        for (std::size_t i = 0; i < count; ++i)
            numbers.push_back(static_cast<int>(std::clamp(std::round(40.0 * draws.normal(i)), -127.0, 127.0)));
    }
    [[nodiscard]] std::string f32() const {
        std::string bytes;
        for (const int q : numbers) bytes += test::bytes_of(static_cast<float>(q) / 64.0F);
        return bytes;
    }
    [[nodiscard]] std::string f16() const {
        std::string bytes;
        for (const int q : numbers) {
            const unsigned size = static_cast<unsigned>(std::abs(q));
            const unsigned top = size == 0 ? 0U : static_cast<unsigned>(std::bit_width(size)) - 1U;
            const unsigned bits = size == 0 ? 0U : (top + 15U - 6U) << 10U | ((size << (10U - top)) & 1023U);
            bytes += test::bytes_of(static_cast<std::uint16_t>((q < 0 ? 0x8000U : 0U) | bits));
        }
        return bytes;
    }
    /// Blocks of 32 with the scale 1/64, in half precision.
    [[nodiscard]] std::string q8_0() const {
        std::string bytes;
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            if (i % 32 == 0) bytes += test::bytes_of(std::uint16_t{(15 - 6) << 10});
            bytes += static_cast<char>(numbers[i]);
        }
        return bytes;
    }
};

/// What quantised blocks stand for is what is analysed.
TEST(GgufTypes, HalvesAndBlocksAreTheNumbersTheyStandFor) {
    constexpr std::uint64_t width = 64;
    const WholeRows query(4 * 8 * width, 1), key(2 * 8 * width, 2);
    const auto analyse = [&](std::uint32_t type, std::string (WholeRows::*bytes)() const) {
        const test::TemporaryFolder folder;
        GgufModel model = describe_llama({1, width, 4, 2, 8, 10000.0F, 128});
        model.tensors = {{"blk.0.attn_q.weight", type, {32, width}, (query.*bytes)()},
                         {"blk.0.attn_k.weight", type, {16, width}, (key.*bytes)()}};
        return run(model.write(folder));
    };
    const Result expected = analyse(0, &WholeRows::f32);
    EXPECT_GT(table(expected, "frequencies").numbers("coupling").front(), 0.0);
    EXPECT_TRUE(same_tables(analyse(1, &WholeRows::f16), expected));
    EXPECT_TRUE(same_tables(analyse(8, &WholeRows::q8_0), expected));
}

TEST_F(GgufOfTrainedModels, InspectSaysWhatItIs) {
    InspectOptions options;
    options.checkpoint = llama_as_gguf(8, 4).write(folder_);
    ThreadPool pool(1);
    Progress progress(false);
    Context context{pool, progress};
    const Result result = inspect_checkpoint(options, context);
    std::string summary;
    for (const auto& [key, value] : result.summary) summary += key + ": " + value + '\n';
    EXPECT_THAT(summary, testing::HasSubstr("model: llama (Llama)\n"
                                            "sizes: 4 layers, 8 heads of 16 pairs, 4 key heads, model_dim 256\n"
                                            "position: RoPE, base 10000; interleaved pairs\n"
                                            "schedule: base 10000\n"));
    EXPECT_THAT(result.notes, testing::IsEmpty());
}

}  // namespace
}  // namespace rotoscope::rope_tests
