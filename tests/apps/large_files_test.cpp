// Files and models larger than the memory that a tool may take.
#include "program.hpp"
#include "support/files.hpp"
#include "support/format_writers.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rotoscope/checkpoint/safetensors_writer.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

/// Skips where a child's peak is not its own: sanitizers have memory of their own, and a child that has not yet become
/// the program counts what this process was.
class LargeFiles : public ::testing::Test {
protected:
    void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        GTEST_SKIP() << "needs a plain build: sanitizers have memory of their own";
#endif
        test::RunningProgram smallest({"--version"});
        ASSERT_EQ(smallest.wait(), 0);
        if (smallest.peak_kibibytes() > 40 * 1024) GTEST_SKIP() << "needs a process of its own, as ctest gives it";
    }

    /// Runs the program to its end, which shall be good, what it prints into the file `output`; its peak in KiB.
    long peak_of(const test::Arguments& arguments) const {
        const int output = open((folder_.path() / "output").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        test::RunningProgram program(arguments, output);
        close(output);
        EXPECT_EQ(program.wait(), 0);
        RecordProperty("peak_kibibytes", std::to_string(program.peak_kibibytes()));
        return program.peak_kibibytes();
    }

    [[nodiscard]] std::string output() const { return test::read_bytes(folder_.path() / "output"); }

    /// A file that begins with `head`, and goes on for `hole` bytes that are zero and take no space.
    fs::path write_sparse(const std::string& name, const std::string& head, std::uint64_t hole) const {
        fs::path file = folder_.write(name, head);
        fs::resize_file(file, head.size() + hole);
        return file;
    }

    test::TemporaryFolder folder_;
};

// A sparse file of 4 GiB: its header alone is read. The time is recorded, not judged.
TEST_F(LargeFiles, AreInspectedInLittleMemory) {
    const std::string header = R"({"w":{"dtype":"U8","shape":[4294967296],"data_offsets":[0,4294967296]}})";
    const fs::path file =
        write_sparse("big.safetensors", test::bytes_of(std::uint64_t{header.size()}) + header, std::uint64_t{4} << 30);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_LT(peak_of({"inspect", file.string()}), 50 * 1024);
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
    RecordProperty("milliseconds", std::to_string(taken.count()));
    EXPECT_THAT(output(), HasSubstr("4.0 GiB"));
}

// Every value of a tensor is read from each format, archives with their checksums, in less memory than any of the
// tensors would take.
TEST_F(LargeFiles, AreReadInLittleMemoryWhateverTheirFormat) {
    constexpr std::uint64_t hole = std::uint64_t{128} << 20;
    // In archives: the most that is accepted of next to nothing.
    constexpr std::uint64_t held = std::uint64_t{64} << 20;
    const auto view = [](std::uint64_t elements) {
        return test::TorchView{"w", "0", "FloatStorage", elements, 0, {elements}, {1}};
    };
    std::string legacy = test::write_torch_legacy({view(hole / 4)}, {{"0", ""}});
    legacy.replace(legacy.size() - 8, 8, test::bytes_of(hole / 4));
    constexpr std::uint64_t q8_blocks = hole / 34;
    const std::pair<fs::path, std::uint64_t> files[] = {
        {write_sparse("w.npy", test::write_npy("<f4", false, {hole / 4}, ""), hole), hole / 4},
        {write_sparse("turned.npy", test::write_npy(">f2", true, {2, hole / 4}, ""), hole), hole / 2},
        {write_sparse("f16.gguf", test::write_gguf({{"w", 1, {hole / 2}, ""}}), hole), hole / 2},
        {write_sparse("q8_0.gguf", test::write_gguf({{"w", 8, {q8_blocks * 32}, ""}}), q8_blocks * 34), q8_blocks * 32},
        {write_sparse("legacy.pt", legacy, hole), hole / 4},
        {folder_.write("zip.pt", test::write_torch_zip({view(held / 4)}, {{"0", std::string(held, '\0')}})), held / 4},
        {folder_.write("stored.npz", test::write_zip({{"w.npy", test::write_npy("<f4", false, {held / 4},
                                                                                std::string(held, '\0'))}})),
         held / 4},
        {folder_.write(
             "deflated.npz",
             test::write_zip({{"w.npy", test::write_npy("<f4", false, {held / 4}, std::string(held, '\0')), true}})),
         held / 4},
    };
    for (const auto& [file, elements] : files) {
        SCOPED_TRACE(file.filename());
        EXPECT_LT(peak_of({"inspect", file.string(), "--stats", "--json"}), 48 * 1024);
        const json columns = json::parse(output())["tables"][1]["columns"];
        const auto first = [&](std::string_view name) -> std::uint64_t {
            for (const json& column : columns)
                if (column["name"] == name) return column["values"][0];
            return 0;
        };
        EXPECT_EQ(first("count"), elements);
        EXPECT_EQ(first("zeros"), elements);
    }
}

// Forty layers whose weights take 12 MiB each, all zero, in a sparse file.
TEST_F(LargeFiles, OfModelsAreRunOneLayerAtATime) {
    folder_.write("config.json", R"({"model_type": "transformer", "hidden_size": 1024, "num_heads": 16, "head_dim": 32,
        "num_hidden_layers": 40, "position_embedding": {"type": "selective_rope", "conv_act": null}})");
    std::vector<TensorDeclaration> tensors;
    for (int layer = 0; layer < 40; ++layer) {
        const std::string prefix = "model.layers." + std::to_string(layer) + ".attn.rotary.";
        tensors.push_back({prefix + "phi_proj.0.weight", DType::f32, {1280, 1024}});
        tensors.push_back({prefix + "phi_proj.1.weight", DType::f32, {256, 1280}});
        tensors.push_back({prefix + "phi_conv1d.weight", DType::f32, {256, 1, 4}});
        tensors.push_back({prefix + "temperature", DType::f32, {1, 1, 1, 16}});
    }
    SafetensorsWriter(folder_.path() / "model.safetensors", tensors).commit();
    // All layers at once would take 40·12.5 MiB = 500 MiB.
    EXPECT_LT(peak_of({"phases", folder_.path().string(), "--inputs", "sphere", "--length", "16", "--json"}),
              256 * 1024);
}

}  // namespace
}  // namespace rotoscope
