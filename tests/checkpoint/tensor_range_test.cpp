// Mapped parts of tensors: the same values as by reading, and no more than an Error where the file gives way.
#include "rotoscope/checkpoint/tensor_range.hpp"

#include "support/files.hpp"
#include "support/format_writers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A safetensors file of one tensor `w` of one dimension, its bytes running through all values, the data at an odd
/// place.
fs::path write_tensor(const test::TemporaryFolder& folder, const std::string& type, std::size_t size,
                      std::size_t elements) {
    std::string header = R"({"w":{"dtype":")" + type + R"(","shape":[)" + std::to_string(elements) +
                         R"(],"data_offsets":[0,)" + std::to_string(elements * size) + "]}}";
    if (header.size() % 2 == 0) header += ' ';
    std::string data(elements * size, '\0');
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>((i * 37 + i / 251) & 0x3F);
    return folder.write("m.safetensors", test::bytes_of(std::uint64_t{header.size()}) + header + data);
}

/// What check() says; empty where it is content.
std::string complaint(const TensorRange& range) {
    try {
        range.check();
        return {};
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input);
        return error.what();
    }
}

TEST(TensorRange, ReadsWhatReadDoes) {
    constexpr std::size_t elements = 100'000;
    const std::pair<std::string, std::size_t> types[] = {{"F64", 8}, {"F32", 4},     {"F16", 2}, {"BF16", 2},
                                                         {"I16", 2}, {"F8_E4M3", 1}, {"U8", 1}};
    for (const auto& [type, size] : types) {
        SCOPED_TRACE(type);
        const test::TemporaryFolder folder;
        const Checkpoint checkpoint = Checkpoint::open(write_tensor(folder, type, size, elements));
        const TensorInfo& tensor = checkpoint.require("w");
        const std::vector<float> all = checkpoint.read_all<float>(tensor);
        for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{12'345}}) {
            const std::uint64_t count = elements - first - 3;
            const TensorRange range(checkpoint, tensor, first, count);
            EXPECT_TRUE(range.mapped());
            for (const std::uint64_t begin : {first, first + 77, first + count - 100}) {
                std::vector<float> piece(100);
                range.read(begin, piece);
                EXPECT_TRUE(std::equal(piece.begin(), piece.end(), all.begin() + static_cast<std::ptrdiff_t>(begin)));
                std::vector<float> decoded(100);
                decode<float>(*tensor.dtype, range.stored(begin, 100), decoded);
                EXPECT_EQ(decoded, piece);
            }
            EXPECT_EQ(complaint(range), "");
            std::vector<float> beyond(100);
            EXPECT_THROW(range.read(first + count - 99, beyond), Error);
            if (first > 0) {
                EXPECT_THROW(range.read(first - 1, beyond), Error);
            }
            EXPECT_THROW((void)range.stored(first + 1, count), Error);
        }
        EXPECT_THROW(TensorRange(checkpoint, tensor, 1, elements), Error);
        // Few are copied, which costs less.
        const TensorRange few(checkpoint, tensor, 5, 100);
        EXPECT_FALSE(few.mapped());
        std::vector<float> piece(100);
        few.read(5, piece);
        EXPECT_TRUE(std::equal(piece.begin(), piece.end(), all.begin() + 5));
        EXPECT_EQ(complaint(few), "");
        EXPECT_THROW((void)few.stored(5, 1), Error);
    }
}

TEST(TensorRange, WhatIsNotStoredPlainlyIsRead) {
    const test::TemporaryFolder folder;
    constexpr std::size_t elements = 50'000;
    std::string data(4 * elements, '\1');
    const fs::path turned = folder.write("w.npy", test::write_npy(">f4", false, {elements}, data));
    const Checkpoint checkpoint = Checkpoint::open(turned);
    const TensorRange range(checkpoint, checkpoint.tensors().front(), 0, elements);
    EXPECT_FALSE(range.mapped());
    std::vector<float> values(elements);
    range.read(0, values);
    EXPECT_EQ(values, checkpoint.read_all<float>(checkpoint.tensors().front()));
}

// Three megabytes, of which all but half a kilobyte goes while they are mapped; then all but the last 100 bytes, which
// the page that holds them hides from the processor; then a file that grows back, as zeros.
TEST(TensorRange, AFileThatShrinksIsAnError) {
    constexpr std::size_t elements = 750'000;
    for (const int way : {0, 1, 2}) {
        const test::TemporaryFolder folder;
        const fs::path path = write_tensor(folder, "F32", 4, elements);
        const std::uint64_t size = fs::file_size(path);
        const Checkpoint checkpoint = Checkpoint::open(path);
        const TensorRange range(checkpoint, checkpoint.require("w"), 0, elements);
        ASSERT_TRUE(range.mapped());
        std::vector<float> values(elements);
        range.read(0, values);
        EXPECT_EQ(complaint(range), "");
        fs::resize_file(path, way == 1 ? size - 100 : 500);
        range.read(0, values);
        EXPECT_EQ(values.back(), 0.0F);
        if (way == 2) fs::resize_file(path, size);
        range.read(0, values);
        const std::string start = path.string() + ": tensor 'w': at byte ";
        const std::string ended = std::to_string(way == 1 ? size - 100 : 500) +
                                  ": ends here while it is read; it had " + std::to_string(size);
        EXPECT_THAT(complaint(range),
                    way == 2 ? ::testing::Matcher<std::string>(HasSubstr("could not be read, though now it can"))
                             : ::testing::Matcher<std::string>(StartsWith(start + ended)));
    }
}

// A program of its own may handle SIGBUS or block it: then nothing is mapped that could bring one.
TEST(TensorRange, NothingIsMappedWhereNoFaultCouldBeHandled) {
    const test::TemporaryFolder folder;
    const Checkpoint checkpoint = Checkpoint::open(write_tensor(folder, "F32", 4, 100'000));
    const auto maps = [&] {
        const TensorRange range(checkpoint, checkpoint.require("w"), 0, 100'000);
        std::vector<float> values(100'000);
        range.read(0, values);
        EXPECT_EQ(values, checkpoint.read_all<float>(checkpoint.require("w")));
        return range.mapped();
    };
    EXPECT_TRUE(maps());
    sigset_t bus, before;
    sigemptyset(&bus);
    sigaddset(&bus, SIGBUS);
    ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &bus, &before), 0);
    EXPECT_FALSE(maps());
    ASSERT_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
    struct sigaction ours{};
    ASSERT_EQ(sigaction(SIGBUS, nullptr, &ours), 0);
    ASSERT_NE(std::signal(SIGBUS, SIG_DFL), SIG_ERR);
    EXPECT_FALSE(maps());
    ASSERT_EQ(sigaction(SIGBUS, &ours, nullptr), 0);
    EXPECT_TRUE(maps());
}

// To read a mapped hole of a file in memory fills it: of a sparse one, all of its size.
TEST(TensorRange, HolesOfFilesInMemoryStayHoles) {
    const fs::path folder = "/dev/shm";
    if (!fs::is_directory(folder) || !test::in_memory(folder)) GTEST_SKIP() << "needs files in memory at /dev/shm";
    const fs::path path = folder / fmt::format("rotoscope-test-{}.safetensors", getpid());
    const std::string header = R"({"w":{"dtype":"U8","shape":[33554432],"data_offsets":[0,33554432]}})";
    std::ofstream(path, std::ios::binary) << test::bytes_of(std::uint64_t{header.size()}) + header;
    fs::resize_file(path, 8 + header.size() + (std::size_t{32} << 20));
    const Checkpoint checkpoint = Checkpoint::open(path);
    const TensorInfo& tensor = checkpoint.require("w");
    EXPECT_FALSE(TensorRange(checkpoint, tensor, 0, tensor.elements).mapped());
    EXPECT_EQ(checkpoint.read_all<float>(tensor, std::uint64_t{1} << 30).back(), 0.0F);
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    fs::remove(path);
    EXPECT_LE(status.st_blocks * 512, 1 << 16);
}

// The other ways to the same values.
TEST(TensorRange, AFileThatShrankIsAnErrorHoweverItIsRead) {
    constexpr std::size_t elements = 750'000;
    const test::TemporaryFolder folder;
    const fs::path path = write_tensor(folder, "BF16", 2, elements);
    const Checkpoint checkpoint = Checkpoint::open(path);
    const TensorInfo& tensor = checkpoint.require("w");
    fs::resize_file(path, 1'000'000);
    const auto refusal = [](const auto& read) -> std::string {
        try {
            read();
            return "was read";
        } catch (const Error& error) {
            return error.what();
        }
    };
    const std::string expected = path.string() + ": tensor 'w': at byte 1000000: ends here while it is read";
    EXPECT_THAT(refusal([&] { (void)checkpoint.read_all<float>(tensor); }), StartsWith(expected));
    EXPECT_THAT(refusal([&] { checkpoint.visit_any_order<float>(tensor, 0, elements, [](std::span<const float>) {}); }),
                StartsWith(expected));
}

// The handler knows which thread's mapping is which.
TEST(TensorRange, ThreadsLoseTheirOwnFilesOnly) {
    constexpr std::size_t elements = 200'000;
    const auto use = [](bool shrinks, std::string& found) {
        for (int round = 0; round < 20 && found.empty(); ++round) {
            const test::TemporaryFolder folder;
            const fs::path path = write_tensor(folder, "F32", 4, elements);
            const Checkpoint checkpoint = Checkpoint::open(path);
            const TensorRange range(checkpoint, checkpoint.require("w"), 0, elements);
            if (shrinks) fs::resize_file(path, 100);
            std::vector<float> values(elements);
            range.read(0, values);
            if (complaint(range).empty() == shrinks) found = shrinks ? "a loss went unseen" : complaint(range);
            if (!shrinks && values != checkpoint.read_all<float>(checkpoint.require("w"))) found = "other values";
        }
    };
    std::string found[4];
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 4; ++i) threads.emplace_back([&, i] { use(i % 2 == 0, found[i]); });
    for (std::thread& thread : threads) thread.join();
    for (const std::string& each : found) EXPECT_EQ(each, "");
}

// 110 MiB, and 40 MiB more: what does not fit is read. A hole of the file takes no memory.
TEST(TensorRange, MappingsTogetherAreBounded) {
    const test::TemporaryFolder folder;
    if (test::in_memory(folder.path())) GTEST_SKIP() << "needs a folder for temporary files that is on a disk";
    constexpr std::uint64_t elements = std::uint64_t{320} << 20;
    const std::string header = R"({"w":{"dtype":"U8","shape":[335544320],"data_offsets":[0,335544320]}})";
    const fs::path path = folder.write("m.safetensors", test::bytes_of(std::uint64_t{header.size()}) + header);
    fs::resize_file(path, 8 + header.size() + elements);
    const Checkpoint checkpoint = Checkpoint::open(path);
    const TensorInfo& tensor = checkpoint.require("w");
    constexpr std::uint64_t mebibyte = 1 << 20;
    auto most = std::make_unique<TensorRange>(checkpoint, tensor, 0, 110 * mebibyte);
    EXPECT_TRUE(most->mapped());
    const TensorRange more(checkpoint, tensor, 100 * mebibyte, 40 * mebibyte);
    EXPECT_FALSE(more.mapped());
    std::vector<float> values(1000, 1.0F);
    more.read(100 * mebibyte + 5, values);
    EXPECT_EQ(values, std::vector<float>(1000, 0.0F));
    EXPECT_EQ(complaint(more), "");
    most.reset();
    EXPECT_TRUE(TensorRange(checkpoint, tensor, 100 * mebibyte, 40 * mebibyte).mapped());
    EXPECT_FALSE(TensorRange(checkpoint, tensor, 0, elements).mapped());
}

/// Reads a byte that its file no longer has, of a mapping that is nobody's but the test's.
void read_lost_byte(const fs::path& path) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT, 0600);
    if (ftruncate(file, 4096) != 0) _exit(0);
    void* const mapped = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED || ftruncate(file, 0) != 0) _exit(0);
    static_cast<void>(*static_cast<const volatile char*>(mapped));
}

void map_some_tensor(const test::TemporaryFolder& folder) {
    const Checkpoint checkpoint = Checkpoint::open(write_tensor(folder, "U8", 1, 100'000));
    if (!TensorRange(checkpoint, checkpoint.require("w"), 0, 100'000).mapped()) _exit(0);
}

// Only faults of its own mappings are the handler's: others end the process as they always did, or go to the handler
// that was there first.
TEST(TensorRangeDeathTest, FaultsElsewhereAreNotHidden) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const test::TemporaryFolder folder;
    EXPECT_EXIT(
        {
            map_some_tensor(folder);
            read_lost_byte(folder.path() / "lost");
            _exit(0);
        },
        // By SIGBUS, or as a sanitizer ends a process that it has seen to receive one.
        [](int status) { return WIFSIGNALED(status) ? WTERMSIG(status) == SIGBUS : WEXITSTATUS(status) != 0; }, "");
    EXPECT_EXIT(
        {
            static_cast<void>(std::signal(SIGBUS, [](int) { _exit(7); }));
            map_some_tensor(folder);
            read_lost_byte(folder.path() / "lost");
            _exit(0);
        },
        ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace rotoscope
