// One defect a file, discovered by folder; make_malformed.py writes them. Accepted oddities likewise.
#include "support/files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

struct Case {
    std::string name;
    fs::path path;
    std::string expected;
};

std::vector<Case> list_cases(const std::string& kind) {
    std::vector<Case> cases;
    const fs::path folder = test::source_path("tests/checkpoint/" + kind);
    std::map<std::string, fs::path> paths;  // by name without extension
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() != ".expected") paths[entry.path().stem().string()] = entry.path();
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != ".expected") continue;
        std::string expected = test::read_bytes(entry.path());
        expected.pop_back();
        const std::string name = entry.path().stem().string();
        cases.push_back({name, paths.at(name), expected});
    }
    return cases;
}

/// Reads every value of every known type, and says which tensors there are, one a line.
std::string read_everything(const Checkpoint& checkpoint) {
    std::string names;
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        names += (names.empty() && &tensor == checkpoint.tensors().data() ? "" : "\n") + tensor.name;
        if (!tensor.dtype) continue;
        EXPECT_EQ(checkpoint.read_all<double>(tensor).size(), tensor.elements);
    }
    checkpoint.check_content();
    return names;
}

/// RELIABILITY rule 7.
void expect_readable(const Error& error, const fs::path& path) {
    const std::string text = error.what();
    EXPECT_EQ(error.code(), ExitCode::input) << text;
    EXPECT_LE(text.size(), 1000U);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 2) << text;
    EXPECT_EQ(text.find("json.exception"), std::string::npos) << text;
    EXPECT_EQ(text.rfind(path.string(), 0), 0U) << text;
}

TEST(Malformed, EachIsOneClearError) {
    const std::vector<Case> cases = list_cases("malformed");
    ASSERT_GT(cases.size(), 250U);
    for (const Case& each : cases) {
        SCOPED_TRACE(each.name);
        try {
            (void)read_everything(Checkpoint::open(each.path));
            ADD_FAILURE() << "accepted; expected: " << each.expected;
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(each.expected), std::string::npos)
                << error.what() << "\nexpected: " << each.expected;
            expect_readable(error, each.path);
        }
    }
}

TEST(Permissive, EachIsAccepted) {
    const std::vector<Case> cases = list_cases("permissive");
    ASSERT_GT(cases.size(), 60U);
    for (const Case& each : cases) {
        SCOPED_TRACE(each.name);
        EXPECT_EQ(read_everything(Checkpoint::open(each.path)), each.expected);
    }
}

/// Small files with something of every part of their formats.
const std::vector<std::string> small_files{
    "unaligned.safetensors", "npy_big_endian_fortran.npy", "npz_of_all_kinds.npz", "torch_small.pt", "torch_legacy.pt",
    "gguf_small.gguf",       "gguf_entries.gguf"};

// Every prefix is an Error; every change of one byte reads or is an Error, and never anything else.
class Exhaustive : public ::testing::TestWithParam<std::string> {
protected:
    static bool can_read(const fs::path& file) {
        try {
            (void)read_everything(Checkpoint::open(file));
            return true;
        } catch (const Error& error) {
            expect_readable(error, file);
            return false;
        }
    }

    std::string valid_ = test::read_bytes(test::source_path("tests/checkpoint/permissive/" + GetParam()));
    test::TemporaryFolder folder_;
};

TEST_P(Exhaustive, EveryPrefixIsAnError) {
    ASSERT_TRUE(can_read(folder_.write("model", valid_)));
    for (std::size_t length = 0; length < valid_.size(); ++length)
        EXPECT_FALSE(can_read(folder_.write("model", valid_.substr(0, length)))) << length;
}

/// What is added to a byte: all 255 with ROTOSCOPE_EXHAUSTIVE set (minutes; scripts/exhaustive), else its neighbours,
/// its opposite and a few between.
std::vector<unsigned> changes_of_a_byte() {
    if (std::getenv("ROTOSCOPE_EXHAUSTIVE") == nullptr) return {1, 2, 16, 32, 64, 127, 128, 192, 254, 255};
    std::vector<unsigned> all(255);
    std::iota(all.begin(), all.end(), 1U);
    return all;
}

TEST_P(Exhaustive, EveryChangeOfOneByteReadsOrIsAnError) {
    const std::vector<unsigned> changes = changes_of_a_byte();
    const fs::path file = folder_.write("model", valid_);
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    const auto put = [&](std::size_t i, unsigned char byte) {
        stream.seekp(static_cast<std::streamoff>(i)).put(static_cast<char>(byte)).flush();
        ASSERT_TRUE(stream.good());
    };
    std::size_t refused = 0;
    for (std::size_t i = 0; i < valid_.size(); ++i) {
        const auto original = static_cast<unsigned char>(valid_[i]);
        for (const unsigned change : changes) {
            put(i, static_cast<unsigned char>(original + change));
            if (!can_read(file)) ++refused;
        }
        put(i, original);
    }
    ASSERT_TRUE(can_read(file));
    std::printf("%s: %zu of %zu changes refused\n", GetParam().c_str(), refused, valid_.size() * changes.size());
    EXPECT_GT(refused, 0U);
    if (GetParam() != "unaligned.safetensors") return;
    // All changes of the data and few of the header are valid; this file has 12 bytes of data.
    EXPECT_GT(refused, (valid_.size() - 12) * changes.size() * 8 / 10);
    EXPECT_LT(refused, (valid_.size() - 12) * 255);
}

INSTANTIATE_TEST_SUITE_P(EachFormat, Exhaustive, ::testing::ValuesIn(small_files), [](const auto& each) {
    std::string name = each.param;
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
});

}  // namespace
}  // namespace rotoscope
