#include "rotoscope/checkpoint/file.hpp"

#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refusal(const fs::path& path) {
    try {
        (void)Checkpoint::open(path);
        return "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input);
        return error.what();
    }
}

std::string pack(const std::string& header, const std::string& data) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(header.size() >> (8 * i));
    return bytes + header + data;
}

TEST(InputFile, OnlyRegularFiles) {
    const test::TemporaryFolder folder;
    ASSERT_EQ(mkfifo((folder.path() / "fifo").c_str(), 0600), 0);
    EXPECT_THAT(refusal(folder.path() / "fifo"), HasSubstr("fifo: is a FIFO; expected a regular file"));
    EXPECT_THAT(refusal("/dev/zero"), HasSubstr("/dev/zero: is a device; expected a regular file"));
    EXPECT_THAT(refusal(folder.path() / "none"), HasSubstr("none: does not exist"));
    EXPECT_THAT(refusal(folder.path()), HasSubstr("the folder has no model.safetensors"));
    EXPECT_THROW(InputFile(folder.path()), Error);
    fs::create_directory(folder.path() / "model.safetensors");
    EXPECT_THAT(refusal(folder.path()), HasSubstr("model.safetensors: is a folder; expected a regular file"));
}

TEST(InputFile, ConfigurationMustBeReadable) {
    const test::TemporaryFolder folder;
    const fs::path model = folder.write("m.bin", pack("{}", ""));
    EXPECT_EQ(refusal(model), "accepted");
    ASSERT_EQ(mkfifo((folder.path() / "config.json").c_str(), 0600), 0);
    EXPECT_THAT(refusal(model), HasSubstr("config.json: is a FIFO"));
    fs::remove(folder.path() / "config.json");
    fs::create_symlink("nowhere", folder.path() / "config.json");
    EXPECT_THAT(refusal(model), HasSubstr("config.json: does not exist"));
    fs::remove(folder.path() / "config.json");
    folder.write("config.json", "{\"a\":\"" + std::string(1 << 20, 'x') + "\"}");
    EXPECT_THAT(refusal(model), HasSubstr("config.json: has 1.0 MiB of JSON; expected at most 1.0 MiB"));
}

TEST(InputFile, LinksAreFollowed) {
    const test::TemporaryFolder folder;
    const std::string header = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
    folder.write("blobs/0123", pack(header, "\x05\x06"));
    fs::create_directory(folder.path() / "snapshot");
    fs::create_symlink("../blobs/0123", folder.path() / "snapshot/model.safetensors");
    const auto checkpoint = Checkpoint::open(folder.path() / "snapshot");
    EXPECT_EQ(checkpoint.read_all<double>(checkpoint.require("a")), (std::vector<double>{5, 6}));
}

TEST(InputFile, TruncationWhileReadingIsAnError) {
    const test::TemporaryFolder folder;
    const std::string header = R"({"a":{"dtype":"F32","shape":[1000],"data_offsets":[0,4000]}})";
    const fs::path path = folder.write("m.safetensors", pack(header, std::string(4000, '\1')));
    const auto checkpoint = Checkpoint::open(path);
    fs::resize_file(path, 500);
    for (const bool direct : {true, false}) try {
            if (direct) (void)checkpoint.read_all<float>(checkpoint.require("a"));
            else (void)checkpoint.read_all<double>(checkpoint.require("a"));
            ADD_FAILURE() << "read beyond the end";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::input);
            EXPECT_THAT(error.what(),
                        StartsWith(path.string() + ": tensor 'a': at byte 500: ends here while it is read"));
        }
}

// A sparse file of 64 GiB: nothing but the header and what is asked for is touched.
TEST(InputFile, SparseAndLarge) {
    const test::TemporaryFolder folder;
    const std::uint64_t data = std::uint64_t{64} << 30;
    const std::string header = R"({"last":{"dtype":"F32","shape":[1],"data_offsets":[68719476732,68719476736]},)"
                               R"("big":{"dtype":"BF16","shape":[34359738366],"data_offsets":[0,68719476732]}})";
    const fs::path path = folder.write("m.safetensors", pack(header, ""));
    std::error_code error;
    fs::resize_file(path, 8 + header.size() + data, error);
    if (error) GTEST_SKIP() << "no sparse files of 64 GiB here: " << error.message();
    const auto checkpoint = Checkpoint::open(path);
    EXPECT_EQ(checkpoint.read_all<float>(checkpoint.require("last")), std::vector<float>{0.0F});
    std::array<float, 3> values{1.0F, 1.0F, 1.0F};
    checkpoint.read<float>(checkpoint.require("big"), 34359738363, values);
    EXPECT_EQ(values, (std::array<float, 3>{}));
    try {
        (void)checkpoint.read_all<float>(checkpoint.require("big"));
        ADD_FAILURE() << "allocated 128 GiB";
    } catch (const Error& refused) {
        EXPECT_THAT(refused.what(),
                    HasSubstr("BF16 [34359738366] needs 128.0 GiB in memory; expected at most 256.0 MiB"));
    }
    const InputRecord record = record_input(path, false);
    EXPECT_FALSE(record.sha256);
    EXPECT_TRUE(record.header_sha256);
    EXPECT_EQ(record.bytes, 8 + header.size() + data);
}

TEST(RecordInput, KnownHash) {
    const test::TemporaryFolder folder;
    const InputRecord record = record_input(folder.write("abc", "abc"), false);
    // FIPS 180-4's example.
    EXPECT_EQ(record.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(record.bytes, 3U);
    EXPECT_FALSE(record.header_sha256);
    EXPECT_EQ(record.path, (folder.path() / "abc").string());
    EXPECT_EQ(record_input(folder.write("empty", ""), true).sha256,
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace rotoscope
