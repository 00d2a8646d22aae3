// Differential: random valid files, written by naive writers, read back bit-equal; and archives against libzip.
#include "support/files.hpp"
#include "support/format_writers.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

using ::testing::HasSubstr;

/// A sequence of draws of one seed.
class Draws {
public:
    explicit Draws(std::uint64_t seed) : draws_(seed, RandomStream::test) {}
    std::uint64_t below(std::uint64_t bound) { return draws_.below(next_++, bound); }
    std::string bytes(std::size_t count) {
        std::string bytes(count, '\0');
        for (char& byte : bytes) byte = static_cast<char>(below(256));
        return bytes;
    }

private:
    UniformDraws draws_;
    std::uint64_t next_ = 0;
};

struct Type {
    std::string npy;
    std::string torch;
    DType dtype;
};
const std::vector<Type> types{
    {"f8", "DoubleStorage", DType::f64}, {"f4", "FloatStorage", DType::f32}, {"f2", "HalfStorage", DType::f16},
    {"i8", "LongStorage", DType::i64},   {"i4", "IntStorage", DType::i32},   {"i2", "ShortStorage", DType::i16},
    {"i1", "CharStorage", DType::i8},    {"u1", "ByteStorage", DType::u8},   {"b1", "BoolStorage", DType::boolean}};

std::string swap_each(std::string bytes, std::size_t size) {
    for (std::size_t i = 0; i + size <= bytes.size(); i += size)
        std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                     bytes.begin() + static_cast<std::ptrdiff_t>(i + size));
    return bytes;
}

std::uint64_t product(const std::vector<std::uint64_t>& shape) {
    std::uint64_t elements = 1;
    for (const std::uint64_t size : shape) elements *= size;
    return elements;
}

/// Element by element: position Σ index·stride of row-major indices.
std::string gather(const std::string& storage, std::size_t size, const std::vector<std::uint64_t>& shape,
                   const std::vector<std::uint64_t>& strides, std::uint64_t offset) {
    std::string packed;
    for (std::uint64_t i = 0; i < product(shape); ++i) {
        std::uint64_t rest = i;
        std::uint64_t place = offset;
        for (std::size_t k = shape.size(); k-- > 0;) {
            place += rest % shape[k] * strides[k];
            rest /= shape[k];
        }
        packed += storage.substr(place * size, size);
    }
    return packed;
}

std::vector<std::uint64_t> random_shape(Draws& draws) {
    std::vector<std::uint64_t> shape(draws.below(5));
    for (std::uint64_t& size : shape) size = draws.below(6);
    return shape;
}

/// The values of the tensor are those of the packed little-endian bytes.
void expect_values(const Checkpoint& checkpoint, const std::string& name, DType dtype,
                   const std::vector<std::uint64_t>& shape, const std::string& packed, Draws& draws) {
    const TensorInfo& tensor = checkpoint.require(name);
    EXPECT_EQ(tensor.shape, shape);
    ASSERT_EQ(tensor.dtype, dtype);
    std::vector<double> expected(packed.size() / dtype_size(dtype));
    decode<double>(dtype, std::as_bytes(std::span(packed)), expected);
    const auto values = checkpoint.read_all<double>(tensor);
    ASSERT_EQ(values.size(), expected.size());
    if (values.empty()) return;
    EXPECT_EQ(std::memcmp(values.data(), expected.data(), values.size() * sizeof(double)), 0) << name;
    const std::size_t begin = draws.below(values.size());
    std::vector<double> part(1 + draws.below(values.size() - begin));
    checkpoint.read<double>(tensor, begin, part);
    EXPECT_EQ(std::memcmp(part.data(), expected.data() + begin, part.size() * sizeof(double)), 0) << name;
    std::vector<double> any_order;
    checkpoint.visit_any_order<double>(tensor, 0, tensor.elements, [&](std::span<const double> piece) {
        any_order.insert(any_order.end(), piece.begin(), piece.end());
    });
    ASSERT_EQ(any_order.size(), values.size()) << name;
    const auto by_bits = [](double a, double b) {
        return std::bit_cast<std::uint64_t>(a) < std::bit_cast<std::uint64_t>(b);
    };
    std::sort(any_order.begin(), any_order.end(), by_bits);
    std::sort(expected.begin(), expected.end(), by_bits);
    EXPECT_EQ(std::memcmp(any_order.data(), expected.data(), expected.size() * sizeof(double)), 0) << name;
}

struct NpyCase {
    std::string name;
    Type type;
    std::vector<std::uint64_t> shape;
    std::string packed;
    std::string file;
};

NpyCase random_npy(Draws& draws, std::size_t index) {
    NpyCase made{fmt::format("layer{}.\xCF\x86", index), types[draws.below(types.size())], random_shape(draws), {}, {}};
    const std::size_t size = dtype_size(made.type.dtype);
    const bool fortran = draws.below(2) == 0;
    const bool big = size > 1 && draws.below(2) == 0;
    const std::string storage = draws.bytes(product(made.shape) * size);
    std::vector<std::uint64_t> strides(made.shape.size());
    std::uint64_t stride = 1;
    for (std::size_t k = 0; k < strides.size(); ++k) {
        const std::size_t axis = fortran ? k : strides.size() - 1 - k;
        strides[axis] = stride;
        stride *= made.shape[axis];
    }
    made.packed = gather(storage, size, made.shape, strides, 0);
    made.file = test::write_npy((size == 1 ? "|"
                                 : big     ? ">"
                                           : "<") +
                                    made.type.npy,
                                fortran, made.shape, big ? swap_each(storage, size) : storage,
                                1 + static_cast<int>(draws.below(3)));
    return made;
}

TEST(FormatsDifferential, RandomArraysAndArchives) {
    const test::TemporaryFolder folder;
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        SCOPED_TRACE(seed);
        Draws draws(seed);
        std::vector<NpyCase> cases;
        std::vector<test::ZipEntry> entries;
        for (std::size_t i = 0; i < 1 + draws.below(5); ++i) {
            cases.push_back(random_npy(draws, i));
            entries.push_back({cases.back().name + ".npy", cases.back().file, draws.below(2) == 0, draws.below(2) == 0,
                               draws.below(3) == 0});
        }
        const auto archive = Checkpoint::open(folder.write("a", test::write_zip(entries, draws.below(2) == 0)));
        EXPECT_EQ(archive.format(), "NumPy archive");
        ASSERT_EQ(archive.tensors().size(), cases.size());
        for (const NpyCase& each : cases)
            expect_values(archive, each.name, each.type.dtype, each.shape, each.packed, draws);
        archive.check_content();
        const auto single = Checkpoint::open(folder.write("weights.npy", cases[0].file));
        expect_values(single, "weights", cases[0].type.dtype, cases[0].shape, cases[0].packed, draws);
    }
}

TEST(FormatsDifferential, RandomViewsInPyTorchFiles) {
    const test::TemporaryFolder folder;
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        SCOPED_TRACE(seed);
        Draws draws(1'000 + seed);
        const bool big = draws.below(3) == 0;
        std::map<std::string, std::string> storages;
        std::map<std::string, std::string> stored;
        std::vector<test::TorchView> views;
        std::vector<std::pair<DType, std::string>> expected;
        for (std::size_t s = 0; s < 1 + draws.below(3); ++s) {
            const Type& type = types[draws.below(types.size())];
            const std::size_t size = dtype_size(type.dtype);
            const std::uint64_t elements = draws.below(400);
            const std::string key = std::to_string(s * 7);
            storages[key] = draws.bytes(elements * size);
            stored[key] = big ? swap_each(storages[key], size) : storages[key];
            for (std::size_t v = 0; v < 1 + draws.below(3); ++v) {
                test::TorchView view{fmt::format("t{}.{}", s, v), key, type.torch, elements, 0,
                                     random_shape(draws),         {}};
                // Random strides, also 0 and overlapping, that stay inside.
                std::uint64_t room = elements;
                if (product(view.shape) > 0 && room == 0) view.shape.push_back(0);
                for (const std::uint64_t dimension : view.shape) {
                    const std::uint64_t most = dimension > 1 && room > 1 ? (room - 1) / (dimension - 1) : 0;
                    view.strides.push_back(draws.below(std::min<std::uint64_t>(most, 20) + 1));
                    if (dimension > 1) room -= (dimension - 1) * view.strides.back();
                }
                view.offset = room > 1 && product(view.shape) > 0 ? draws.below(room) : 0;
                expected.emplace_back(type.dtype, gather(storages[key], size, view.shape, view.strides, view.offset));
                views.push_back(std::move(view));
            }
        }
        const auto check = [&](const Checkpoint& checkpoint) {
            ASSERT_EQ(checkpoint.tensors().size(), views.size());
            for (std::size_t i = 0; i < views.size(); ++i)
                expect_values(checkpoint, views[i].name, expected[i].first, views[i].shape, expected[i].second, draws);
            checkpoint.check_content();
        };
        check(Checkpoint::open(folder.write("zip", test::write_torch_zip(views, stored, big))));
        check(Checkpoint::open(folder.write("legacy", test::write_torch_legacy(views, storages))));
    }
}

// A member larger than the spacing of the places from which inflating goes on, read backwards and by several threads.
TEST(FormatsDifferential, LargeDeflatedMemberInAnyOrder) {
    constexpr std::uint64_t elements = 3'000'000;
    std::vector<std::int32_t> values(elements);
    for (std::size_t i = 0; i < elements; ++i) values[i] = static_cast<std::int32_t>(i * i % 1'000'003);
    const std::string data(reinterpret_cast<const char*>(values.data()), elements * sizeof(std::int32_t));
    const test::TemporaryFolder folder;
    const auto file =
        folder.write("a.npz", test::write_zip({{"a.npy", test::write_npy("<i4", false, {elements}, data), true}}));
    const auto checkpoint = Checkpoint::open(file);
    const TensorInfo& tensor = checkpoint.require("a");
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    for (std::size_t t = 0; t < wrong.size(); ++t)
        threads.emplace_back([&, t] {
            std::vector<std::int64_t> part(1'000);
            for (std::uint64_t k = 60; k-- > t % 2;) {
                const std::uint64_t begin = k * 49'000 + t;
                checkpoint.read_integers(tensor, begin, part);
                for (std::size_t i = 0; i < part.size(); ++i) wrong[t] += part[i] != values[begin + i] ? 1 : 0;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

// A transposed array beyond the windows, so that it is gathered in parts.
TEST(FormatsDifferential, LargeColumnMajorArray) {
    constexpr std::uint64_t rows = 1'237;
    constexpr std::uint64_t columns = 911;
    std::vector<float> stored(rows * columns);
    for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = static_cast<float>(i);
    const test::TemporaryFolder folder;
    const std::string data(reinterpret_cast<const char*>(stored.data()), stored.size() * sizeof(float));
    const auto checkpoint =
        Checkpoint::open(folder.write("a.npy", test::write_npy("<f4", true, {rows, columns}, data)));
    const auto values = checkpoint.read_all<double>(checkpoint.require("a"));
    std::size_t wrong = 0;
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) wrong += values[r * columns + c] != stored[c * rows + r] ? 1U : 0U;
    EXPECT_EQ(wrong, 0U);
}

TEST(Numpy, RawPairsAreBfloat16WhereAskedFor) {
    const test::TemporaryFolder folder;
    const auto file = folder.write("a.npy", test::write_npy("|V2", false, {2}, std::string("\x80\x3f\x00\xc0", 4)));
    const auto plain = Checkpoint::open(file);
    EXPECT_EQ(plain.require("a").type, "|V2");
    EXPECT_FALSE(plain.require("a").dtype);
    EXPECT_THROW((void)plain.read_all<float>(plain.require("a")), Error);
    const auto asked = Checkpoint::open(file, {.raw_pairs_are_bf16 = true});
    EXPECT_EQ(asked.read_all<float>(asked.require("a")), (std::vector<float>{1.0F, -2.0F}));
}

/// What libzip, which shares no code with the reader, finds in an archive: names and contents in order of names, or
/// nothing where it refuses any of it.
std::optional<std::vector<std::pair<std::string, std::string>>> read_by_libzip(const std::string& path) {
    zip_t* const archive = zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, nullptr);
    if (archive == nullptr) return std::nullopt;
    std::vector<std::pair<std::string, std::string>> found;
    bool sound = true;
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0) && sound; ++i) {
        zip_stat_t status;
        zip_file_t* const file = zip_fopen_index(archive, static_cast<zip_uint64_t>(i), 0);
        if (file == nullptr) {
            sound = false;
            break;
        }
        sound = zip_stat_index(archive, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW, &status) == 0 &&
                status.size < 1'000'000;
        std::string bytes(sound ? status.size : 0, '\0');
        sound = sound && zip_fread(file, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size());
        char beyond = 0;
        sound = sound && zip_fread(file, &beyond, 1) == 0;  // checks the CRC
        sound = zip_fclose(file) == 0 && sound;
        if (sound) found.emplace_back(status.name, std::move(bytes));
    }
    zip_discard(archive);
    if (!sound) return std::nullopt;
    std::sort(found.begin(), found.end());
    return found;
}

// What both accept, they read alike: whole archives, and archives of which one byte was changed.
TEST(FormatsDifferential, ArchivesAgainstLibzip) {
    const test::TemporaryFolder folder;
    const auto array = [](char letter) { return test::write_npy("|u1", false, {5}, std::string(5, letter)); };
    std::size_t both = 0;
    std::size_t changed = 0;
    for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
        Draws draws(5'000 + seed);
        std::vector<test::ZipEntry> entries;
        for (const char letter : {'x', 'y'})
            entries.push_back({std::string(1, letter) + ".npy", array(letter), draws.below(2) == 0, draws.below(2) == 0,
                               draws.below(3) == 0});
        std::string bytes = test::write_zip(entries, draws.below(2) == 0);
        if (seed >= 30) bytes[draws.below(bytes.size())] = static_cast<char>(draws.below(256));
        const auto path = folder.write("a.npz", bytes);
        const auto theirs = read_by_libzip(path.string());
        try {
            const auto checkpoint = Checkpoint::open(path);
            checkpoint.check_content();
            if (!theirs) continue;  // it refuses more: dates, versions
            ++both;
            if (seed >= 30) ++changed;
            ASSERT_EQ(checkpoint.tensors().size(), theirs->size()) << seed;
            for (std::size_t i = 0; i < theirs->size(); ++i) {
                const TensorInfo& tensor = checkpoint.tensors()[i];
                EXPECT_EQ(tensor.name + ".npy", (*theirs)[i].first) << seed;
                std::string data;
                for (const double value : checkpoint.read_all<double>(tensor))
                    data += static_cast<char>(static_cast<unsigned char>(value));
                EXPECT_THAT((*theirs)[i].second, ::testing::EndsWith(data)) << seed;
            }
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::input) << error.what();
            EXPECT_GE(seed, 30U) << error.what();
        }
    }
    EXPECT_GE(both, 30U);
    EXPECT_GT(changed, 100U);
}

TEST(Formats, FoldersAndShardsOfEachFormat) {
    const auto source = [](const std::string& name) {
        return test::source_path("tests/checkpoint/permissive/" + name);
    };
    EXPECT_EQ(Checkpoint::open(source("folder_pytorch")).format(), "PyTorch");
    EXPECT_EQ(Checkpoint::open(source("folder_pytorch_index")).format(), "PyTorch, 1 shard");
    EXPECT_EQ(Checkpoint::open(source("folder_gguf_parts")).format(), "GGUF version 3, 2 shards");
    EXPECT_EQ(Checkpoint::open(source("folder_gguf_parts/m-00002-of-00002.gguf")).tensors().size(), 2U);
    EXPECT_THAT(Checkpoint::open(source("torch_nested.pt")).notes(),
                ::testing::ElementsAre("'state_dict' of the training checkpoint is shown; left out: 'epoch'",
                                       "names are shown without their common prefix 'module._orig_mod.'"));
}

// A path of names of names: many tensors behind one long key, containers shared exponentially often.
TEST(FormatsHostile, PicklesThatRepeatThemselves) {
    const test::TemporaryFolder folder;
    std::string pickle("\x80\x02}q\x00", 5);
    for (char level = 1; level < 60; ++level) {
        const char previous = static_cast<char>(level - 1);
        pickle +=
            std::string("0}(X\1\0\0\0ah", 10) + previous + std::string("X\1\0\0\0bh", 7) + previous + "uq" + level;
    }
    const auto file = folder.write("a.pt", test::write_zip({{"m/data.pkl", pickle + "."}}));
    try {
        (void)Checkpoint::open(file);
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input);
    }
}

}  // namespace
}  // namespace rotoscope
