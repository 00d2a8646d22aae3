// One model in every format: the same phases, bit for bit; and arrays of other programs wherever tools take arrays.
#include "support/files.hpp"
#include "support/format_writers.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "rotoscope/phases/phases.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

Result phases_of(const fs::path& path, const std::string& tokens = "", const fs::path& activations = "") {
    ThreadPool pool(2);
    Progress progress(false);
    Context context{pool, progress};
    PhasesOptions options;
    options.checkpoint = path;
    options.length = 200;
    if (!tokens.empty()) options.tokens = tokens;
    if (!activations.empty()) options.activations = activations;
    return analyse_phases(options, context);
}

/// Every cell of every table; NaN equals itself.
void expect_same_tables(const Result& computed, const Result& expected) {
    ASSERT_EQ(computed.tables.size(), expected.tables.size());
    std::size_t cells = 0;
    for (std::size_t t = 0; t < expected.tables.size(); ++t) {
        const Table& a = computed.tables[t];
        const Table& b = expected.tables[t];
        ASSERT_EQ(a.rows(), b.rows());
        for (std::size_t row = 0; row < b.rows(); ++row)
            for (std::size_t column = 0; column < b.columns().size(); ++column, ++cells) {
                const Cell& left = a.at(row, column);
                const Cell& right = b.at(row, column);
                const auto* x = std::get_if<double>(&left);
                const auto* y = std::get_if<double>(&right);
                const bool both_nan = x != nullptr && y != nullptr && *x != *x && *y != *y;
                EXPECT_TRUE(left == right || both_nan) << b.name() << " " << row << " " << b.columns()[column].name;
            }
    }
    EXPECT_GT(cells, 100U);
}

std::string stored_bytes(const Checkpoint& checkpoint, const TensorInfo& tensor) {
    std::string bytes;
    for (const float value : checkpoint.read_all<float>(tensor)) bytes += test::bytes_of(value);
    return bytes;
}

class FormatsOfOneModel : public ::testing::Test {
protected:
    void SetUp() override {
        ROTOSCOPE_NEEDS_SHARED();
        source_ = test::shared_folder() / "checkpoints/formats";
        fs::copy_file(source_ / "config.json", folder_.path() / "config.json");
    }
    test::TemporaryFolder folder_;
    fs::path source_;
};

TEST_F(FormatsOfOneModel, SamePhasesBitForBit) {
    const Result expected = phases_of(source_ / "model.safetensors");
    for (const std::string name :
         {"state_dict.pt", "pytorch_model.bin", "legacy_not_zip.pt", "training_checkpoint.pt"}) {
        SCOPED_TRACE(name);
        expect_same_tables(phases_of(source_ / name), expected);
    }
    const auto model = Checkpoint::open(source_ / "model.safetensors");
    std::vector<test::ZipEntry> arrays;
    std::vector<test::GgufTensor> tensors;
    for (const TensorInfo& tensor : model.tensors()) {
        const std::string bytes = stored_bytes(model, tensor);
        arrays.push_back(
            {tensor.name + ".npy", test::write_npy("<f4", false, tensor.shape, bytes), arrays.size() % 2 == 0});
        tensors.push_back({tensor.name, 0, tensor.shape, bytes});
    }
    expect_same_tables(phases_of(folder_.write("m.npz", test::write_zip(arrays))), expected);
    expect_same_tables(phases_of(folder_.write("m.gguf", test::write_gguf(tensors))), expected);
    expect_same_tables(phases_of(folder_.path()), expected);  // its only .gguf
}

TEST_F(FormatsOfOneModel, NarrowTypesAgreeAcrossFormats) {
    const auto narrow = Checkpoint::open(source_ / "half.pt");
    std::vector<test::ZipEntry> arrays;
    for (const TensorInfo& tensor : narrow.tensors()) {
        std::string bytes;  // float32 holds every float16
        for (const float value : narrow.read_all<float>(tensor)) bytes += test::bytes_of(value, true);
        arrays.push_back({tensor.name + ".npy", test::write_npy(">f4", false, tensor.shape, bytes)});
    }
    expect_same_tables(phases_of(folder_.write("m.npz", test::write_zip(arrays))), phases_of(source_ / "half.pt"));
}

TEST_F(FormatsOfOneModel, TokensAndActivationsAsArrays) {
    const std::vector<std::int32_t> ids{3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
    std::string bytes;
    for (const std::int32_t id : ids) bytes += test::bytes_of(id);
    const Result expected = phases_of(source_ / "model.safetensors", "3,1,4,1,5,9,2,6,5,3");
    const fs::path file = folder_.write("ids.npy", test::write_npy("<i4", false, {ids.size()}, bytes));
    expect_same_tables(phases_of(source_ / "model.safetensors", file.string()), expected);

    const std::uint64_t width = 64;
    std::string states;
    for (std::uint64_t i = 0; i < 40 * width; ++i) states += test::bytes_of(static_cast<float>(i * i % 17) - 8.0F);
    const std::string array = test::write_npy("<f4", false, {40, width}, states);
    const fs::path single = folder_.write("layer0.hidden_states.npy", array);
    const fs::path archive = folder_.write("a.npz", test::write_zip({{"layer0.hidden_states.npy", array, true}}));
    expect_same_tables(phases_of(source_ / "model.safetensors", "", single),
                       phases_of(source_ / "model.safetensors", "", archive));
}

}  // namespace
}  // namespace rotoscope
