// Rows that are summed and counted as they are stored, and rows that are decoded or copied first: the same bits.
#include "rope_models.hpp"
#include "support/format_writers.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <csignal>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rotoscope/checkpoint/tensor_range.hpp"

namespace rotoscope::rope_tests {
namespace {

constexpr std::size_t hidden = 1031;  // blocks of 512, and a rest that fills no register

/// A number of 7 bits, so that each type holds it: n/64.
std::string stored_number(const std::string& type, int n) {
    const float x = static_cast<float>(n) / 64.0F;
    if (type == "F64") return test::bytes_of(static_cast<double>(x));
    if (type == "F32") return test::bytes_of(x);
    const auto bits = std::bit_cast<std::uint32_t>(x);
    if (type == "BF16") return test::bytes_of(static_cast<std::uint16_t>(bits >> 16U));
    const std::uint32_t sign = bits >> 16U & 0x8000U;
    return test::bytes_of(
        static_cast<std::uint16_t>(n == 0 ? sign : sign | ((bits >> 13U & 0x3FFFFU) - (112U << 10U))));
}

struct Declared {
    std::string name;
    std::size_t rows;
    std::size_t columns;
};

const std::string llama_config = fmt::format(
    R"({{"model_type": "llama", "hidden_size": {}, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32,
         "num_hidden_layers": 1, "rope_theta": 100.0, "max_position_embeddings": 40}})",
    hidden);
const std::vector<Declared> llama = {{"model.layers.0.self_attn.q_proj.weight", 128, hidden},
                                     {"model.layers.0.self_attn.k_proj.weight", 64, hidden}};

constexpr std::size_t nan_stride = 997;
constexpr std::size_t infinity_stride = 991;

std::size_t count_multiples(std::size_t count, std::size_t stride) { return (count + stride - 1) / stride; }

/// Of element i of a tensor, n of n/64.
int number_at(std::size_t i, std::size_t rows) { return static_cast<int>((i * 7919 + i / 127 * 31 + rows) % 127) - 63; }

/// −infinity, or not a number.
std::string stored_special(const std::string& type, bool nan) {
    const float x = nan ? std::numeric_limits<float>::quiet_NaN() : -std::numeric_limits<float>::infinity();
    if (type == "F64") return test::bytes_of(static_cast<double>(x));
    if (type == "F32") return test::bytes_of(x);
    if (type == "BF16") return test::bytes_of(static_cast<std::uint16_t>(nan ? 0x7FC1 : 0xFF80));
    return test::bytes_of(static_cast<std::uint16_t>(nan ? 0x7E01 : 0xFC00));
}

/// Writes the tensors, with numbers that depend on their places only, behind `shift` bytes.
void write_model(const test::TemporaryFolder& folder, const std::string& config, const std::vector<Declared>& tensors,
                 const std::string& type, std::size_t shift, bool specials) {
    std::string data(shift, '\0');
    std::string header =
        shift == 0 ? "" : fmt::format(R"("pad":{{"dtype":"U8","shape":[{0}],"data_offsets":[0,{0}]}},)", shift);
    for (const Declared& tensor : tensors) {
        const std::size_t begin = data.size();
        for (std::size_t i = 0; i < tensor.rows * tensor.columns; ++i)
            data += specials && i % nan_stride == 0        ? stored_special(type, true)
                    : specials && i % infinity_stride == 0 ? stored_special(type, false)
                                                           : stored_number(type, number_at(i, tensor.rows));
        header += fmt::format(
            R"("{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}},)", tensor.name, type,
            tensor.columns == 1 ? fmt::format("{}", tensor.rows) : fmt::format("{},{}", tensor.rows, tensor.columns),
            begin, data.size());
    }
    header.back() = '}';
    header.insert(0, 1, '{');
    header.append((8 - header.size() % 8) % 8, ' ');
    folder.write("model.safetensors", test::bytes_of(std::uint64_t{header.size()}) + header + data);
    folder.write("config.json", config);
}

/// While it lives this thread, and those that it starts, map nothing: they could not handle a fault.
class NothingToMap {
public:
    NothingToMap() {
        sigset_t bus;
        sigemptyset(&bus);
        sigaddset(&bus, SIGBUS);
        pthread_sigmask(SIG_BLOCK, &bus, &before_);
    }
    ~NothingToMap() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    NothingToMap(const NothingToMap&) = delete;
    NothingToMap& operator=(const NothingToMap&) = delete;

private:
    sigset_t before_{};
};

/// How a model's file is written and read.
struct Way {
    std::string type;
    std::size_t shift = 0;
    bool copied = false;

    [[nodiscard]] std::string name() const {
        return fmt::format("{}, {} bytes, {}", type, shift, copied ? "copied" : "mapped");
    }
};

const Way ways[] = {{"F32", 0, false},  {"F32", 0, true},  {"F32", 3, false}, {"BF16", 0, false},
                    {"BF16", 1, false}, {"BF16", 0, true}, {"F16", 0, false}, {"F64", 0, false}};

void expect_equal_however_stored(const std::string& config, const std::vector<Declared>& tensors) {
    std::vector<Cell> expected;
    for (const Way& way : ways) {
        SCOPED_TRACE(way.name());
        const test::TemporaryFolder folder;
        write_model(folder, config, tensors, way.type, way.shift, false);
        const std::unique_ptr<NothingToMap> nothing = way.copied ? std::make_unique<NothingToMap>() : nullptr;
        {
            const Checkpoint checkpoint = Checkpoint::open(folder.path());
            const TensorInfo& tensor = checkpoint.require(tensors.front().name);
            EXPECT_EQ(TensorRange(checkpoint, tensor, 0, tensor.elements).mapped(), !way.copied);
        }
        PhasesOptions options;
        options.checkpoint = folder.path();
        options.histogram = 0.75;
        const std::vector<Cell> found = cells(run(options));
        options.histogram.reset();
        EXPECT_EQ(table(run(options), "frequencies").numbers("coupling"),
                  table(run(options, 1), "frequencies").numbers("coupling"));
        if (expected.empty()) expected = found;
        EXPECT_GT(found.size(), 1000U);
        EXPECT_EQ(found, expected);
    }
}

TEST(RopeStored, HalvesWithGainsAndSharedKeys) {
    expect_equal_however_stored(llama_config, llama);
    std::vector<Declared> with_gain = llama;
    with_gain.push_back({"model.layers.0.input_layernorm.weight", hidden, 1});
    expect_equal_however_stored(llama_config, with_gain);
}

// Rows of more columns than are taken at once.
TEST(RopeStored, WideRows) {
    constexpr std::size_t wide = 32768 + 512 + 7;
    expect_equal_however_stored(
        fmt::format(R"({{{}, "hidden_size": {}}})", small_llama, wide),
        {{"model.layers.0.self_attn.q_proj.weight", 8, wide}, {"model.layers.0.self_attn.k_proj.weight", 4, wide}});
}

// One tensor for queries, keys and values, and an offset, for which rows are decoded.
TEST(RopeStored, FusedRowsWithOffsets) {
    const std::string layer = "gpt_neox.layers.0.";
    expect_equal_however_stored(
        fmt::format(R"({{"model_type": "gpt_neox", "hidden_size": {}, "num_attention_heads": 8, "head_dim": 16,
                        "num_hidden_layers": 1, "rotary_pct": 0.25, "max_position_embeddings": 2048}})",
                    hidden),
        {{layer + "attention.query_key_value.weight", 384, hidden},
         {layer + "attention.query_key_value.bias", 384, 1},
         {layer + "input_layernorm.weight", hidden, 1},
         {layer + "input_layernorm.bias", hidden, 1}});
}

// Not a number and infinite in each type: only the counts, for sums with them are no numbers.
TEST(RopeStored, HistogramsOfWhatIsNotFinite) {
    std::vector<double> expected;
    for (const Way& way : ways) {
        SCOPED_TRACE(way.name());
        const test::TemporaryFolder folder;
        write_model(folder, llama_config, llama, way.type, way.shift, true);
        const std::unique_ptr<NothingToMap> nothing = way.copied ? std::make_unique<NothingToMap>() : nullptr;
        PhasesOptions options;
        options.checkpoint = folder.path();
        options.histogram = 0.5;
        const std::vector<double> counts = table(run(options), "histograms").numbers("count");
        if (expected.empty()) expected = counts;
        EXPECT_EQ(counts, expected);
    }
    ASSERT_EQ(expected.size(), 2U * 259U);
    for (std::size_t which = 0; which < 2; ++which) {
        const std::size_t elements = llama[which].rows * hidden;
        EXPECT_EQ(expected[259 * which + 258], static_cast<double>(count_multiples(elements, nan_stride)));
        // Below the range lie the numbers below -32/64, and the infinities, all of them negative.
        double below = 0.0;
        for (std::size_t i = 0; i < elements; ++i)
            below += i % nan_stride != 0 && (i % infinity_stride == 0 || number_at(i, llama[which].rows) < -32);
        EXPECT_EQ(expected[259 * which], below);
    }
}

// Heads that do not follow each other are no less themselves.
TEST(RopeStored, HeadsWithGaps) {
    const test::TemporaryFolder folder;
    write_model(folder, llama_config, llama, "BF16", 0, false);
    PhasesOptions options;
    options.checkpoint = folder.path();
    const std::vector<double> all = table(run(options), "frequencies").numbers("coupling");
    options.heads = {0, 3};
    const std::vector<double> two = table(run(options), "frequencies").numbers("coupling");
    ASSERT_EQ(all.size(), 64U);
    ASSERT_EQ(two.size(), 32U);
    EXPECT_TRUE(std::equal(two.begin(), two.begin() + 16, all.begin()));
    EXPECT_TRUE(std::equal(two.begin() + 16, two.end(), all.begin() + 48));
}

TEST(RopeStored, NeighboursAndWhatIsNotRotated) {
    const std::string attention = "transformer.h.0.attn.";
    expect_equal_however_stored(fmt::format(R"({{"model_type": "gptj", "n_embd": {}, "n_head": 4, "n_layer": 1,
                                               "rotary_dim": 12, "n_positions": 100}})",
                                            1032),
                                {{attention + "q_proj.weight", 1032, 1032}, {attention + "k_proj.weight", 1032, 1032}});
}

}  // namespace
}  // namespace rotoscope::rope_tests
