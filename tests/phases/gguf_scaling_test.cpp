// Schedules that GGUF files state, and what is refused of them.
#include "gguf_models.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/rope_schedule.hpp"

namespace rotoscope::rope_tests {
namespace {

/// Half-split in both forms: what differs is the schedule.
struct SmallQwen : Twin {
    SmallQwen() : Twin("qwen2", "qwen2", 4, 2) { add_layer(0, 4, 2); }
};

TEST(GgufScaling, LinearByOldAndNewKeys) {
    for (const char* key : {"rope.scaling.factor", "rope.scale_linear"})
        for (const bool typed : {false, true}) {
            SmallQwen twin;
            twin.gguf.set(key, 4.0F);
            if (typed) twin.gguf.set("rope.scaling.type", "linear");
            twin.config += R"(, "rope_scaling": {"rope_type": "linear", "factor": 4.0})";
            EXPECT_TRUE(same_tables(twin.computed(), twin.expected())) << key << typed;
        }
    // A factor that is not used, and one that stands for none.
    for (const bool none : {false, true}) {
        SmallQwen twin;
        twin.gguf.set("rope.scaling.factor", none ? 4.0F : 0.0F);
        if (none) twin.gguf.set("rope.scaling.type", "none");
        EXPECT_TRUE(same_tables(twin.computed(), twin.expected())) << none;
    }
}

TEST(GgufScaling, Yarn) {
    const std::string kind = R"(, "rope_scaling": {"rope_type": "yarn", "factor": 4.0,
                                "original_max_position_embeddings": 32)";
    SmallQwen twin;
    const std::string plain = twin.config;
    twin.gguf.set("rope.scaling.type", "yarn");
    twin.gguf.set("rope.scaling.factor", 4.0F);
    twin.gguf.set("rope.scaling.original_context_length", 32U);
    twin.config = plain + kind + '}';
    EXPECT_TRUE(same_tables(twin.computed(), twin.expected()));
    twin.gguf.set("rope.scaling.yarn_beta_fast", 3.0F);
    twin.gguf.set("rope.scaling.yarn_beta_slow", 0.5F);
    twin.config = plain + kind + R"(, "beta_fast": 3.0, "beta_slow": 0.5})";
    EXPECT_TRUE(same_tables(twin.computed(), twin.expected()));
    // A factor of the file multiplies YaRN's own.
    twin.gguf.set("rope.scaling.attn_factor", 1.25F);
    twin.config = plain + kind +
                  fmt::format(R"(, "beta_fast": 3.0, "beta_slow": 0.5, "attention_factor": {}}})",
                              1.25 * (0.1 * std::log(4.0) + 1.0));
    EXPECT_TRUE(same_tables(twin.computed(), twin.expected()));
}

/// llama3 as the divisors that converters write, rounded to float32: so are the frequencies; nothing else changes.
TEST(GgufScaling, Llama3AsDivisors) {
    SmallQwen twin;
    RopeSchedule plain;
    plain.rotary_dim = 8;
    RopeSchedule llama3 = plain;
    llama3.scaling = RopeScaling::llama3;
    llama3.factor = 8.0;
    llama3.original_context = 128.0;
    const std::vector<double> w = scaled_rope_frequencies(plain, 128.0).frequencies;
    const std::vector<double> stretched = scaled_rope_frequencies(llama3, 128.0).frequencies;
    Values divisors;
    for (std::size_t n = 0; n < w.size(); ++n) divisors.push_back(w[n] / stretched[n]);
    EXPECT_GT(divisors[1], 1.0);
    EXPECT_LT(divisors[1], 8.0);  // between the two
    twin.gguf.add("rope_freqs.weight", {4}, divisors);
    twin.config += R"(, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                        "high_freq_factor": 4.0, "original_max_position_embeddings": 128})";
    const Result computed = twin.computed(), expected = twin.expected();
    const auto frequencies = [](const Result& result) {
        return table(result, "frequencies").numbers("rotation_frequency");
    };
    const std::vector<double> a = frequencies(computed), b = frequencies(expected);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_LE(std::abs(a[i] - b[i]), 1.001 * 0x1p-24 * b[i]) << i;
    for (const char* column : {"query_norm", "key_norm", "coupling", "phase_offset", "alignment"})
        EXPECT_EQ(share_differing(computed, expected, "frequencies", column), 0.0) << column;
    EXPECT_THAT(computed.figures.front().note, testing::HasSubstr("base 10000, divided (by 1 to 8)"));
}

/// The error of a model that was changed; "" without one.
std::string failure(const std::function<void(Twin&)>& change, Twin& twin) {
    change(twin);
    try {
        static_cast<void>(twin.computed());
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input);
        return error.what();
    }
    return "";
}

std::string failure(const std::function<void(Twin&)>& change) {
    SmallQwen twin;
    return failure(change, twin);
}

template <class Value>
std::string failure_with(const std::string& key, const Value& value) {
    return failure([&](Twin& twin) { twin.gguf.set(key, value); });
}

using testing::HasSubstr;

TEST(GgufScaling, RefusesWhatItDoesNotKnow) {
    EXPECT_EQ(failure([](Twin&) {}), "");
    EXPECT_THAT(failure_with("rope.scaling.type", "dynamic"), HasSubstr("'dynamic' is not known; expected none"));
    EXPECT_THAT(failure_with("rope.scaling.type", 3U), HasSubstr("is not known"));
    EXPECT_THAT(failure_with("rope.scaling.type", "yarn"), HasSubstr("no 'rope.scaling.factor'"));
    EXPECT_THAT(failure_with("rope.scaling.type", "longrope"), HasSubstr("short_factor has 0 numbers"));
    EXPECT_THAT(failure_with("rope.scaling.factor", 0.5F), HasSubstr("factor is 0.5; expected at least 1"));
    EXPECT_THAT(failure_with("rope.scaling.attn_factor", 1.5F), HasSubstr("'rope.scaling.attn_factor' without"));
    EXPECT_EQ(failure_with("rope.scaling.attn_factor", 1.0F), "");
    EXPECT_THAT(failure_with("rope.scaling.alpha", 1000.0F), HasSubstr("'rope.scaling.alpha'"));
    EXPECT_THAT(failure_with("rope.scaling.yarn_ext_factor", 0.5F), HasSubstr("'rope.scaling.yarn_ext_factor'"));
    EXPECT_THAT(failure_with("rope.freq_base_swa", 5000.0F), HasSubstr("'rope.freq_base_swa'"));
    const auto with_divisors = [](std::vector<std::uint64_t> shape, Values values, float factor) {
        return failure([&](Twin& twin) {
            twin.gguf.add("rope_freqs.weight", std::move(shape), values);
            twin.gguf.set("rope.scaling.factor", factor);
        });
    };
    EXPECT_EQ(with_divisors({4}, {1, 1, 2, 8}, 1.0F), "");
    EXPECT_THAT(with_divisors({4}, {1, 1, 2, 8}, 2.0F), HasSubstr("beside 'rope_freqs.weight'"));
    EXPECT_THAT(with_divisors({3}, {1, 1, 2}, 1.0F), HasSubstr("rope_freqs.weight"));
    EXPECT_THAT(with_divisors({4}, {1, 1, 2, 0}, 1.0F), HasSubstr("expected positive numbers"));
    EXPECT_THAT(with_divisors({4}, {1, 1, 2, std::nan("")}, 1.0F), HasSubstr("expected positive numbers"));
    const auto both = [](Twin& twin) {
        twin.gguf.add("rope_factors_long.weight", {4}, {1, 1, 2, 8});
        twin.gguf.set("rope.scaling.type", "yarn");
        twin.gguf.set("rope.scaling.factor", 2.0F);
    };
    EXPECT_THAT(failure(both), HasSubstr("beside factors for short and long contexts"));
}

TEST(GgufScaling, RefusesSizesThatNoModelHas) {
    for (const std::uint32_t count : {0U, ~0U}) {
        EXPECT_THAT(failure_with("attention.head_count", count), HasSubstr("'attention.head_count' is not a whole"));
        EXPECT_THAT(failure_with("embedding_length", count), HasSubstr("'embedding_length' is not a whole"));
        EXPECT_THAT(failure_with("block_count", count), HasSubstr("'block_count' is not a whole"));
        EXPECT_THAT(failure_with("attention.key_length", count), HasSubstr("'attention.key_length' is not a whole"));
    }
    EXPECT_THAT(failure_with("attention.head_count", "4"), HasSubstr("is not a whole number"));
    EXPECT_THAT(failure_with("attention.head_count", true), HasSubstr("is not a whole number"));
    EXPECT_THAT(failure_with("attention.head_count", 4.5F), HasSubstr("is not a whole number"));
    using Counts = std::vector<std::uint32_t>;
    EXPECT_THAT(failure_with("attention.head_count", Counts{4, 2}), HasSubstr("differs between layers"));
    EXPECT_THAT(failure_with("attention.head_count", Counts{}), HasSubstr("is not a whole number"));
    EXPECT_EQ(failure_with("attention.head_count", Counts{4, 4}), "");
    EXPECT_THAT(failure_with("attention.head_count_kv", 3U), HasSubstr("4 heads do not share 3 key heads"));
    EXPECT_THAT(failure_with("attention.head_count", 1U << 30), HasSubstr("expected [8589934592, 530]"));
    EXPECT_THAT(failure_with("attention.key_length", 1U << 30), HasSubstr("expected at most 8,192"));
    EXPECT_THAT(failure_with("attention.key_length", 6U), HasSubstr("expected [24, 530]"));
    EXPECT_THAT(failure_with("block_count", 1'000'000U), HasSubstr("states 1,000,000 layers"));
    EXPECT_THAT(failure_with("block_count", 2U), HasSubstr("blk.1.attn_q.weight"));
    for (const std::uint32_t count : {0U, 3U, 10U})
        EXPECT_THAT(failure_with("rope.dimension_count", count), HasSubstr("of 8 head dimensions are rotated"));
    EXPECT_THAT(failure_with("context_length", 0U), HasSubstr("'context_length' is not a number of tokens"));
    EXPECT_THAT(failure_with("rope.freq_base", "x"), HasSubstr("'rope.freq_base' is not a number"));
    EXPECT_THAT(failure_with("rope.freq_base", 0.0F), HasSubstr("the base is 0"));
    for (const float base : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
        EXPECT_THAT(failure_with("rope.freq_base", base), HasSubstr("'rope.freq_base' is not a number"));
    const auto fused = [](Twin& twin) { twin.gguf.add("blk.0.attn_qkv.weight", {2, 2}, Values(4)); };
    EXPECT_THAT(failure(fused), HasSubstr("blk.0.attn_qkv.weight"));
    const auto integers = [](Twin& twin) { twin.gguf.tensors[1].type = 26; };
    EXPECT_THAT(failure(integers), HasSubstr("expected a floating-point type"));
}

/// Every byte before the tensors' values, changed in three ways: a result or an error of the input, nothing else.
TEST(GgufScaling, EveryChangedByteOfTheHeaderIsReadOrRefused) {
    GgufModel model{"qwen2", {}, {}};
    for (const auto& [key, value] : {std::pair{"embedding_length", 4U},
                                     {"attention.head_count", 2U},
                                     {"attention.head_count_kv", 1U},
                                     {"attention.key_length", 4U},
                                     {"block_count", 1U},
                                     {"context_length", 16U},
                                     {"rope.dimension_count", 4U}})
        model.set(key, value);
    model.set("rope.freq_base", 100.0F);
    model.set("rope.scaling.type", "linear");
    model.add("blk.0.attn_q.weight", {8, 4}, Values(32, 1.0));
    model.add("blk.0.attn_k.weight", {4, 4}, Values(16, 1.0));
    model.add("rope_freqs.weight", {2}, {1.0, 2.0});
    const test::TemporaryFolder folder;
    const std::string whole = test::read_bytes(model.write(folder));
    const std::size_t values = 2 * 32 + (32 + 16) * sizeof(float);
    ASSERT_GT(whole.size(), values);
    std::size_t read = 0, refused = 0;
    for (std::size_t i = 0; i < whole.size() - values; ++i)
        for (const unsigned change : {0x01U, 0x80U, 0xFFU}) {
            std::string changed = whole;
            changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ change);
            try {
                static_cast<void>(run(folder.write("changed.gguf", changed)));
                ++read;
            } catch (const Error& error) {
                ++refused;
                EXPECT_EQ(error.code(), ExitCode::input) << i << ": " << error.what();
            }
        }
    EXPECT_GT(read, 100U);
    EXPECT_GT(refused, 1000U);
}

TEST(GgufScaling, RefusesOtherArchitectures) {
    const auto rename = [](Twin& twin) { twin.gguf.architecture = "mamba"; };
    EXPECT_THAT(failure(rename), HasSubstr("GGUF architecture 'mamba'"));
    Twin llama("llama", "llama", 4, 2);
    llama.add_layer(0, 4, 2);
    const auto part = [](Twin& twin) { twin.gguf.set("rope.dimension_count", 4U); };
    EXPECT_THAT(failure(part, llama), HasSubstr("4 of 8 head dimensions are rotated, which"));
    Twin gemma("gemma3", "gemma3_text", 2, 1, 2);
    const auto short_list = [](Twin& twin) {
        twin.gguf.set("attention.sliding_window", 512U);
        twin.gguf.set("attention.sliding_window_pattern", std::vector<bool>{true});
    };
    const auto numbers = [](Twin& twin) {
        twin.gguf.set("attention.sliding_window", 512U);
        twin.gguf.set("attention.sliding_window_pattern", std::vector<std::uint32_t>{1, 0});
    };
    gemma.add_layer(0, 2, 1);
    EXPECT_THAT(failure(numbers, gemma), HasSubstr("neither names nor truth values"));
    EXPECT_THAT(failure(short_list, gemma), HasSubstr("names 1 layers"));
}

}  // namespace
}  // namespace rotoscope::rope_tests
