// One model as PyTorch saved it in every layout, and views of shared storages: bit for bit what safetensors holds.
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::filesystem::path formats(const std::string& name) { return test::shared_folder() / "checkpoints/formats" / name; }

std::vector<std::uint64_t> bits(const Checkpoint& checkpoint, const TensorInfo& tensor) {
    std::vector<std::uint64_t> result;
    for (const double value : checkpoint.read_all<double>(tensor))
        result.push_back(std::bit_cast<std::uint64_t>(value));
    return result;
}

void expect_same(const Checkpoint& computed, const Checkpoint& expected, bool same_types = true) {
    ASSERT_EQ(computed.tensors().size(), expected.tensors().size());
    for (const TensorInfo& tensor : expected.tensors()) {
        const TensorInfo& found = computed.require(tensor.name);
        EXPECT_EQ(found.shape, tensor.shape) << tensor.name;
        EXPECT_TRUE(found.dtype == tensor.dtype || !same_types) << tensor.name;
        EXPECT_EQ(bits(computed, found), bits(expected, tensor)) << tensor.name;
    }
    computed.check_content();
}

TEST(SharedFormats, FourLayoutsOfPyTorchHoldTheSameBits) {
    ROTOSCOPE_NEEDS_SHARED();
    const auto expected = Checkpoint::open(formats("model.safetensors"));
    for (const std::string name :
         {"state_dict.pt", "pytorch_model.bin", "legacy_not_zip.pt", "training_checkpoint.pt"}) {
        SCOPED_TRACE(name);
        expect_same(Checkpoint::open(formats(name)), expected);
    }
    EXPECT_EQ(Checkpoint::open(formats("state_dict.pt")).format(), "PyTorch");
    EXPECT_EQ(Checkpoint::open(formats("legacy_not_zip.pt")).format(), "PyTorch, legacy layout");
    EXPECT_THAT(
        Checkpoint::open(formats("training_checkpoint.pt")).notes(),
        ElementsAre("'model' of the training checkpoint is shown; left out: 'epoch', 'optimizer', 'args', 'rng'"));
}

// Stored in fewer bits, every value is the nearest one.
TEST(SharedFormats, HalfAndBfloat16AreTheNearestValues) {
    ROTOSCOPE_NEEDS_SHARED();
    const auto expected = Checkpoint::open(formats("model.safetensors"));
    for (const auto& [name, type, digits] : {std::tuple("half.pt", "float16", 11), {"bfloat16.pt", "bfloat16", 8}}) {
        const auto narrow = Checkpoint::open(formats(name));
        ASSERT_EQ(narrow.tensors().size(), expected.tensors().size());
        for (const TensorInfo& tensor : narrow.tensors()) {
            EXPECT_EQ(tensor.type, type);
            const auto values = narrow.read_all<double>(tensor);
            const auto exact = expected.read_all<double>(expected.require(tensor.name));
            ASSERT_EQ(values.size(), exact.size());
            for (std::size_t i = 0; i < exact.size(); ++i) {
                // Half a unit in the last place, or of the smallest subnormal of float16.
                const double tolerance = std::max(std::ldexp(std::abs(exact[i]), -digits), 0x1p-25);
                EXPECT_LE(std::abs(values[i] - exact[i]), tolerance) << name << " " << tensor.name << " " << i;
            }
        }
    }
}

TEST(SharedFormats, ViewsOfSharedStorages) {
    ROTOSCOPE_NEEDS_SHARED();
    const auto views = Checkpoint::open(formats("views_shared_storage.pt"));
    const auto expected = Checkpoint::open(formats("views_expected.safetensors"));
    expect_same(views, expected, false);  // which holds doubles
    EXPECT_EQ(views.require("scalar").shape.size(), 0U);
    // Any part of a transposed view is the same part of the whole.
    const TensorInfo& transposed = views.require("a_t");
    const auto whole = views.read_all<float>(transposed);
    for (const std::uint64_t begin : {0U, 1U, 255U, 256U, 300U, 60'001U}) {
        for (const std::size_t count : {1U, 2U, 255U, 256U, 257U, 5'000U}) {
            std::vector<float> part(count);
            views.read<float>(transposed, begin, part);
            EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(begin)));
        }
    }
}

TEST(SharedFormats, APickledModuleIsRefusedByName) {
    ROTOSCOPE_NEEDS_SHARED();
    try {
        (void)Checkpoint::open(formats("whole_module_pickled.pt"));
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input);
        EXPECT_THAT(error.what(), HasSubstr("the pickle wants 'common.LM' to be called or constructed"));
        EXPECT_THAT(error.what(), HasSubstr("torch.save(model.state_dict(), 'weights.pt')"));
    }
}

}  // namespace
}  // namespace rotoscope
