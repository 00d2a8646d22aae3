// Differential: what an independent writer in this file wrote, and what SafetensorsWriter wrote, reads back bit-equal.
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/checkpoint/safetensors_writer.hpp"
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

private:
    UniformDraws draws_;
    std::uint64_t next_ = 0;
};

struct Written {
    std::string name;
    DType dtype;
    std::vector<std::uint64_t> shape;
    std::string bytes;
};

std::string random_spaces(Draws& draws) { return std::string(draws.below(3), draws.below(2) == 0 ? ' ' : '\n'); }

std::string random_bytes(Draws& draws, std::size_t count) {
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(draws.below(256));
    return bytes;
}

std::vector<Written> random_tensors(Draws& draws) {
    std::vector<Written> tensors(draws.below(8));
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        Written& tensor = tensors[i];
        tensor.name = "layer." + std::to_string(draws.below(3)) + "/\xCF\x86." + std::to_string(i);
        tensor.dtype = static_cast<DType>(draws.below(15));
        tensor.shape.resize(draws.below(4));
        std::uint64_t elements = 1;
        for (std::uint64_t& dimension : tensor.shape) elements *= dimension = draws.below(6);
        tensor.bytes = random_bytes(draws, elements * dtype_size(tensor.dtype));
    }
    return tensors;
}

/// A valid file with tensors in any order, spaces anywhere, fields in any order.
std::string write_independently(Draws& draws, std::vector<Written> tensors) {
    std::string data;
    std::vector<std::string> entries;
    for (std::size_t i = tensors.size(); i > 1; --i) std::swap(tensors[i - 1], tensors[draws.below(i)]);
    for (const Written& tensor : tensors) {
        std::string shape;
        for (const std::uint64_t dimension : tensor.shape)
            shape += (shape.empty() ? "" : ",") + std::to_string(dimension);
        std::vector<std::string> fields{"\"dtype\":\"" + std::string(dtype_name(tensor.dtype)) + "\"",
                                        "\"shape\":[" + shape + random_spaces(draws) + "]",
                                        "\"data_offsets\":[" + std::to_string(data.size()) + "," +
                                            std::to_string(data.size() + tensor.bytes.size()) + "]"};
        std::swap(fields[draws.below(3)], fields[draws.below(3)]);
        data += tensor.bytes;
        entries.insert(
            entries.begin() + static_cast<std::ptrdiff_t>(draws.below(entries.size() + 1)),
            "\"" + tensor.name + "\":{" + fields[0] + "," + fields[1] + random_spaces(draws) + "," + fields[2] + "}");
    }
    std::string header = "{";
    for (const std::string& entry : entries) header += (header.size() > 1 ? "," : "") + random_spaces(draws) + entry;
    header += "}" + random_spaces(draws);
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
}

template <class Scalar>
std::vector<Scalar> decode_all(const Written& tensor) {
    std::vector<Scalar> values(tensor.bytes.size() / dtype_size(tensor.dtype));
    decode(tensor.dtype, std::as_bytes(std::span(tensor.bytes)), std::span(values));
    return values;
}

template <class Scalar>
bool same_bits(const std::vector<Scalar>& a, const std::vector<Scalar>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(Scalar)) == 0);
}

TEST(Differential, RandomValidFiles) {
    const test::TemporaryFolder folder;
    std::size_t tensors_read = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Draws draws(seed);
        const std::vector<Written> tensors = random_tensors(draws);
        const auto checkpoint =
            Checkpoint::open(folder.write("model.safetensors", write_independently(draws, tensors)));
        ASSERT_EQ(checkpoint.tensors().size(), tensors.size()) << seed;
        for (const Written& tensor : tensors) {
            const TensorInfo& info = checkpoint.require(tensor.name);
            EXPECT_EQ(info.shape, tensor.shape);
            EXPECT_EQ(info.dtype, tensor.dtype);
            EXPECT_TRUE(same_bits(checkpoint.read_all<double>(info), decode_all<double>(tensor))) << seed;
            EXPECT_TRUE(same_bits(checkpoint.read_all<float>(info), decode_all<float>(tensor))) << seed;
            ++tensors_read;
        }
    }
    EXPECT_GT(tensors_read, 1000U);
}

// Pieces of a tensor across the read window, from four threads at once.
TEST(Differential, PiecesFromSeveralThreads) {
    constexpr std::uint64_t elements = 300'000;
    const test::TemporaryFolder folder;
    SafetensorsWriter writer(folder.path() / "m.safetensors", {{"a", DType::i32, {elements}}});
    std::vector<std::int64_t> values(elements);
    for (std::size_t i = 0; i < elements; ++i) values[i] = static_cast<std::int64_t>(i * 6007) - 1'000'000;
    writer.write<std::int64_t>("a", 0, values);
    writer.commit();
    const auto checkpoint = Checkpoint::open(folder.path() / "m.safetensors");
    std::vector<std::int64_t> read(elements);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            const std::size_t quarter = elements / 4;
            checkpoint.read_integers(checkpoint.require("a"), t * quarter,
                                     std::span(read).subspan(t * quarter, quarter));
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(read, values);
    std::vector<double> two(2);
    EXPECT_THROW(checkpoint.read<double>(checkpoint.require("a"), elements - 1, two), Error);
}

TEST(SafetensorsWriter, RoundTripAlignedAndDeterministic) {
    const test::TemporaryFolder folder;
    const std::vector<double> doubles{1.5, -0.0, 1e300, 0x1p-1074};
    const std::vector<float> floats{1.5F, -0.0F, 3e38F, 0x1p-149F, 7.0F, 8.0F};
    const std::vector<std::int64_t> bytes{0, 1, 255};
    const auto write = [&](const std::string& name, bool reversed) {
        std::vector<TensorDeclaration> declared{{"u", DType::u8, {3}},  {"f", DType::f32, {3, 2}},
                                                {"d", DType::f64, {4}}, {"e", DType::f64, {0, 5}},
                                                {"s", DType::i64, {}},  {"z\"\n", DType::f32, {2}}};
        if (reversed) std::reverse(declared.begin(), declared.end());
        SafetensorsWriter writer(folder.path() / name, declared, {{"config", "{\"a\": \"\\u00e9\"}\n"}});
        writer.write_rows<float>("f", 1, std::span(floats).subspan(2));
        writer.write_rows<float>("f", 0, std::span(floats).first(2));
        writer.write<double>("d", 0, doubles);
        writer.write<std::int64_t>("u", 0, bytes);
        writer.write<std::int64_t>("s", 0, std::vector<std::int64_t>{INT64_MIN});
        writer.commit();
        return test::read_bytes(folder.path() / name);
    };
    const std::string first = write("a", false);
    EXPECT_EQ(first, write("b", true));
    const auto checkpoint = Checkpoint::open(folder.path() / "a");
    for (const TensorInfo& tensor : checkpoint.tensors()) EXPECT_EQ(tensor.offset % dtype_size(*tensor.dtype), 0U);
    EXPECT_TRUE(same_bits(checkpoint.read_all<double>(checkpoint.require("d")), doubles));
    EXPECT_TRUE(same_bits(checkpoint.read_all<float>(checkpoint.require("f")), floats));
    EXPECT_EQ(checkpoint.read_all<double>(checkpoint.require("u")), (std::vector<double>{0, 1, 255}));
    EXPECT_EQ(checkpoint.read_all<double>(checkpoint.require("s")), (std::vector<double>{-0x1p63}));
    EXPECT_EQ(checkpoint.read_all<float>(checkpoint.require("z\"\n")), (std::vector<float>{0, 0}));  // never written
    EXPECT_EQ(checkpoint.metadata().at("config"), "{\"a\": \"\\u00e9\"}\n");
}

TEST(SafetensorsWriter, RefusesWhatDoesNotFit) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "m";
    EXPECT_THROW(SafetensorsWriter(path, {{"a", DType::bf16, {1}}}), Error);
    EXPECT_THROW(SafetensorsWriter(path, {{"a", DType::f32, {1}}, {"a", DType::f32, {1}}}), Error);
    EXPECT_THROW(SafetensorsWriter(path, {{"\xFF", DType::f32, {1}}}), Error);
    EXPECT_THROW(SafetensorsWriter(path, {{"a", DType::f64, {std::uint64_t{1} << 62}}}), Error);
    SafetensorsWriter writer(path,
                             {{"a", DType::u8, {2}}, {"f", DType::f32, {2}}, {"e", DType::u8, {0, 1ULL << 63, 2}}});
    EXPECT_THROW(writer.write<std::int64_t>("a", 0, std::vector<std::int64_t>{256}), Error);
    EXPECT_THROW(writer.write<std::int64_t>("a", 0, std::vector<std::int64_t>{-1}), Error);
    EXPECT_THROW(writer.write<std::int64_t>("a", 1, std::vector<std::int64_t>{1, 2}), Error);
    EXPECT_THROW(writer.write<std::int64_t>("f", 0, std::vector<std::int64_t>{1}), Error);
    EXPECT_THROW(writer.write<float>("a", 0, std::vector<float>{1}), Error);
    EXPECT_THROW(writer.write<float>("b", 0, std::vector<float>{1}), Error);
    EXPECT_THROW(writer.write_rows<std::int64_t>("e", 1, std::vector<std::int64_t>{}), Error);
    EXPECT_FALSE(std::filesystem::exists(path));  // not committed
}

TEST(Checkpoint, WhatIndexAndShardsDisagreeAbout) {
    const auto folder = test::source_path("tests/checkpoint/permissive/index_wrong_shard");
    const auto checkpoint = Checkpoint::open(folder);
    ASSERT_EQ(checkpoint.notes().size(), 2U);
    EXPECT_THAT(checkpoint.notes()[0], HasSubstr("1 tensor that the index names not found in the named file: 'b'"));
    EXPECT_THAT(checkpoint.notes()[1],
                HasSubstr("1 tensor in the shards left out, since the index does not place them there: 'b'"));
    EXPECT_EQ(checkpoint.find("b"), nullptr);
    try {
        (void)checkpoint.require("b");
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(),
                    HasSubstr("one.safetensors: tensor 'b': is not in this file, where the index places it"));
    }
    EXPECT_EQ(checkpoint.inputs(false).size(), 3U);
    EXPECT_EQ(checkpoint.inputs(false)[0].path, (folder / "model.safetensors.index.json").string());
    EXPECT_EQ(Checkpoint::open(folder / "model.safetensors.index.json").tensors().size(), 2U);  // the index itself
    const auto same_file = Checkpoint::open(test::source_path("tests/checkpoint/permissive/index_same_file_twice"));
    EXPECT_EQ(same_file.format(), "safetensors, 1 shard");
}

TEST(Checkpoint, MissingTensorNamesTheNearest) {
    const test::TemporaryFolder folder;
    SafetensorsWriter writer(folder.path() / "m",
                             {{"layers.0.attn.q_proj.weight", DType::f32, {1}}, {"step", DType::i64, {}}});
    writer.commit();
    const auto checkpoint = Checkpoint::open(folder.path() / "m");
    const auto message = [&](const char* name) {
        try {
            (void)checkpoint.require(name);
            return std::string();
        } catch (const Error& error) {
            return std::string(error.what());
        }
    };
    EXPECT_THAT(message("layers.0.attn.k_proj.weight"), HasSubstr("the nearest name is 'layers.0.attn.q_proj.weight'"));
    EXPECT_THAT(message("lm_head"), HasSubstr("tensor 'lm_head': is not among the 2 tensors"));
    std::vector<std::int64_t> step(1);
    EXPECT_THROW(checkpoint.read_integers(checkpoint.require("layers.0.attn.q_proj.weight"), 0, step), Error);
    const auto unknown = Checkpoint::open(test::source_path("tests/checkpoint/permissive/unknown_dtype.safetensors"));
    EXPECT_FALSE(unknown.require("b").dtype);
    EXPECT_EQ(unknown.require("b").elements, 6U);
    EXPECT_THROW((void)unknown.read_all<float>(unknown.require("b")), Error);
}

}  // namespace
}  // namespace rotoscope
