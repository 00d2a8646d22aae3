// Checkpoints that other programs wrote.
#include "support/files.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"

namespace rotoscope {
namespace {

// Every narrow type beside its float64 value, both written by PyTorch.
TEST(SharedDtypes, BitExactAsDouble) {
    ROTOSCOPE_NEEDS_SHARED();
    const auto checkpoint = Checkpoint::open(test::shared_folder() / "checkpoints/formats/dtypes.safetensors");
    for (const std::string name : {"float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"}) {
        const auto computed = checkpoint.read_all<double>(checkpoint.require(name));
        const auto expected = checkpoint.read_all<double>(checkpoint.require(name + "_as_float64"));
        ASSERT_EQ(computed.size(), expected.size());
        for (std::size_t i = 0; i < computed.size(); ++i) {
            if (std::isnan(expected[i])) EXPECT_TRUE(std::isnan(computed[i])) << name << " " << i;
            else
                EXPECT_EQ(std::bit_cast<std::uint64_t>(computed[i]), std::bit_cast<std::uint64_t>(expected[i])) << name;
        }
    }
}

TEST(SharedDtypes, IntegersAgreeWithDouble) {
    ROTOSCOPE_NEEDS_SHARED();
    const auto checkpoint = Checkpoint::open(test::shared_folder() / "checkpoints/formats/dtypes.safetensors");
    for (const std::string name : {"int64", "int32", "int16", "int8", "uint8"}) {
        const TensorInfo& tensor = checkpoint.require(name);
        std::vector<std::int64_t> integers(tensor.elements);
        checkpoint.read_integers(tensor, 0, integers);
        const auto doubles = checkpoint.read_all<double>(tensor);
        for (std::size_t i = 0; i < integers.size(); ++i)
            EXPECT_EQ(static_cast<double>(integers[i]), doubles[i]) << name;
    }
}

TEST(SharedModels, ShardsWithIndex) {
    ROTOSCOPE_NEEDS_SHARED();
    const auto folder = test::shared_folder() / "checkpoints/lm-llama-hf";
    const auto checkpoint = Checkpoint::open(folder);
    EXPECT_EQ(checkpoint.format(), "safetensors, 3 shards");
    EXPECT_EQ(checkpoint.files().size(), 3U);
    EXPECT_TRUE(checkpoint.notes().empty());
    EXPECT_EQ(checkpoint.require("lm_head.weight").shape, (std::vector<std::uint64_t>{256, 256}));
    EXPECT_EQ(checkpoint.file_of(checkpoint.require("lm_head.weight")), folder / "model-00003-of-00003.safetensors");
    EXPECT_EQ(checkpoint.config().number("/rope_parameters/rope_theta"), 10000.0);
    EXPECT_EQ(checkpoint.config().string("/architectures/0"), "LlamaForCausalLM");
    EXPECT_EQ(checkpoint.inputs(false).size(), 5U);
    std::uint64_t parameters = 0;  // the index's metadata: total_parameters
    for (const TensorInfo& tensor : checkpoint.tensors()) parameters += tensor.elements;
    EXPECT_EQ(parameters, 3082496U);
}

TEST(SharedModels, EveryFolderOpens) {
    ROTOSCOPE_NEEDS_SHARED();
    std::size_t opened = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(test::shared_folder() / "checkpoints")) {
        if (entry.path().extension() != ".safetensors") continue;
        const auto checkpoint = Checkpoint::open(entry.path());
        EXPECT_FALSE(checkpoint.tensors().empty());
        ++opened;
    }
    EXPECT_GT(opened, 40U);
}

}  // namespace
}  // namespace rotoscope
