// Rows that are summed and counted as they are stored, and rows that are decoded or copied first: the same bits.
#include "rope_models.hpp"
#include "support/format_writers.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
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

/// Writes the tensors, with numbers that depend on their places only, behind `shift` bytes.
void write_model(const test::TemporaryFolder& folder, const std::string& config, const std::vector<Declared>& tensors,
                 const std::string& type, std::size_t shift) {
    std::string data(shift, '\0');
    std::string header =
        shift == 0 ? "" : fmt::format(R"("pad":{{"dtype":"U8","shape":[{0}],"data_offsets":[0,{0}]}},)", shift);
    for (const Declared& tensor : tensors) {
        const std::size_t begin = data.size();
        for (std::size_t i = 0; i < tensor.rows * tensor.columns; ++i)
            data += stored_number(type, static_cast<int>((i * 7919 + i / 127 * 31 + tensor.rows) % 127) - 63);
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

std::vector<Cell> cells(const Result& result) {
    std::vector<Cell> all;
    for (const Table& each : result.tables)
        for (std::size_t row = 0; row < each.rows(); ++row)
            for (std::size_t column = 0; column < each.columns().size(); ++column) all.push_back(each.at(row, column));
    return all;
}

/// While it lives no mapping is left for others: they copy.
class NothingToMap {
public:
    NothingToMap() {
        const std::string header = R"({"w":{"dtype":"U8","shape":[266338304],"data_offsets":[0,266338304]}})";
        const auto path = folder_.write("m.safetensors", test::bytes_of(std::uint64_t{header.size()}) + header);
        std::filesystem::resize_file(path, 8 + header.size() + size);
        checkpoint_.emplace(Checkpoint::open(path));
        range_.emplace(*checkpoint_, checkpoint_->require("w"), 0, size);
        EXPECT_TRUE(range_->mapped());
    }

private:
    static constexpr std::uint64_t size = std::uint64_t{254} << 20;
    test::TemporaryFolder folder_;
    std::optional<Checkpoint> checkpoint_;
    std::optional<TensorRange> range_;
};

void expect_equal_however_stored(const std::string& config, const std::vector<Declared>& tensors) {
    std::vector<Cell> expected;
    struct Way {
        std::string type;
        std::size_t shift;
        bool copied;
    };
    for (const Way& way : {Way{"F32", 0, false}, Way{"F32", 0, true}, Way{"F32", 3, false}, Way{"BF16", 0, false},
                           Way{"BF16", 1, false}, Way{"BF16", 0, true}, Way{"F16", 0, false}, Way{"F64", 0, false}}) {
        SCOPED_TRACE(fmt::format("{}, {} bytes, {}", way.type, way.shift, way.copied ? "copied" : "mapped"));
        const test::TemporaryFolder folder;
        write_model(folder, config, tensors, way.type, way.shift);
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
    const std::string layer = "model.layers.0.";
    const std::string config = fmt::format(
        R"({{"model_type": "llama", "hidden_size": {}, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32,
             "num_hidden_layers": 1, "rope_theta": 100.0, "max_position_embeddings": 40}})",
        hidden);
    const std::vector<Declared> plain = {{layer + "self_attn.q_proj.weight", 128, hidden},
                                         {layer + "self_attn.k_proj.weight", 64, hidden}};
    expect_equal_however_stored(config, plain);
    std::vector<Declared> with_gain = plain;
    with_gain.push_back({layer + "input_layernorm.weight", hidden, 1});
    expect_equal_however_stored(config, with_gain);
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
