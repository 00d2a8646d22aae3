// GGUF: blocks packed by the loops of the published reference, so that what they must decode to is known; byte orders.
#include "support/files.hpp"
#include "support/format_writers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

using Bytes = std::vector<unsigned>;

class Draws {
public:
    explicit Draws(std::uint64_t seed) : draws_(seed, RandomStream::test) {}
    unsigned below(std::uint64_t bound) { return static_cast<unsigned>(draws_.below(next_++, bound)); }
    Bytes many(std::size_t count, std::uint64_t bound) {
        Bytes values(count);
        for (unsigned& value : values) value = below(bound);
        return values;
    }

private:
    UniformDraws draws_;
    std::uint64_t next_ = 0;
};

/// A half-precision number as its parts: ±(1024 + m)·2^(e − 25), e from 1 to 30.
struct Half {
    unsigned sign;
    unsigned exponent;
    unsigned mantissa;

    explicit Half(Draws& draws) : sign(draws.below(2)), exponent(1 + draws.below(30)), mantissa(draws.below(1024)) {}
    [[nodiscard]] double value() const {
        const double magnitude = std::ldexp(1024.0 + mantissa, static_cast<int>(exponent) - 25);
        return sign == 1 ? -magnitude : magnitude;
    }
    [[nodiscard]] Bytes bytes() const {
        const unsigned bits = sign << 15 | exponent << 10 | mantissa;
        return {bits & 255, bits >> 8};
    }
};

/// A block in both byte orders and the values that it stands for.
struct Block {
    std::string little;
    std::string big;
    std::vector<double> values;

    void add(const Bytes& bytes) {
        for (const unsigned byte : bytes) {
            little += static_cast<char>(byte);
            big += static_cast<char>(byte);
        }
    }
    void add_turned(const Bytes& bytes) {
        for (const unsigned byte : bytes) little += static_cast<char>(byte);
        for (std::size_t i = bytes.size(); i-- > 0;) big += static_cast<char>(bytes[i]);
    }
};

/// Q4_0, Q4_1, Q5_0, Q5_1: `wide` quants of five bits, with or without a minimum.
Block nibble_block(Draws& draws, bool wide, bool with_minimum) {
    const Half scale(draws);
    const Half minimum(draws);
    const Bytes quants = draws.many(32, wide ? 32 : 16);
    Bytes low(16);
    std::uint32_t high = 0;
    for (unsigned j = 0; j < 16; ++j) {
        low[j] = (quants[j] & 15) | (quants[j + 16] & 15) << 4;
        high |= (quants[j] >> 4) << j;
        high |= (quants[j + 16] >> 4) << (j + 16);
    }
    Block block;
    block.add_turned(scale.bytes());
    if (with_minimum) block.add_turned(minimum.bytes());
    if (wide) block.add_turned({high & 255, high >> 8 & 255, high >> 16 & 255, high >> 24});
    block.add(low);
    const double zero = wide ? 16 : 8;
    for (const unsigned quant : quants)
        block.values.push_back(with_minimum ? scale.value() * quant + minimum.value() : scale.value() * (quant - zero));
    return block;
}

Block q8_0_block(Draws& draws) {
    const Half scale(draws);
    Block block;
    block.add_turned(scale.bytes());
    const Bytes quants = draws.many(32, 256);
    block.add(quants);
    for (const unsigned quant : quants)
        block.values.push_back(scale.value() * (static_cast<int>(quant) - (quant > 127 ? 256 : 0)));
    return block;
}

Bytes pack_two_bits(const Bytes& quants) {
    Bytes packed(64);
    for (std::size_t j = 0; j < 256; j += 128)
        for (std::size_t l = 0; l < 32; ++l)
            packed[j / 4 + l] = (quants[j + l] & 3) | (quants[j + l + 32] & 3) << 2 | (quants[j + l + 64] & 3) << 4 |
                                (quants[j + l + 96] & 3) << 6;
    return packed;
}

Block q2_k_block(Draws& draws) {
    const Half scale(draws);
    const Half minimum(draws);
    const Bytes scales = draws.many(16, 16);
    const Bytes minima = draws.many(16, 16);
    const Bytes quants = draws.many(256, 4);
    Block block;
    Bytes packed(16);
    for (std::size_t g = 0; g < 16; ++g) packed[g] = scales[g] | minima[g] << 4;
    block.add(packed);
    block.add(pack_two_bits(quants));
    block.add_turned(scale.bytes());
    block.add_turned(minimum.bytes());
    for (std::size_t i = 0; i < 256; ++i)
        block.values.push_back(scale.value() * scales[i / 16] * quants[i] - minimum.value() * minima[i / 16]);
    return block;
}

Block q3_k_block(Draws& draws) {
    const Half scale(draws);
    const Bytes scales = draws.many(16, 64);
    const Bytes quants = draws.many(256, 8);
    Bytes mask(32);
    std::size_t m = 0;
    unsigned bit = 1;
    for (const unsigned quant : quants) {
        if (quant > 3) mask[m] |= bit;
        if (++m == 32) {
            m = 0;
            bit <<= 1;
        }
    }
    Bytes packed(12);
    for (std::size_t j = 0; j < 16; ++j) {
        if (j < 8) packed[j] |= scales[j] & 15;
        else packed[j - 8] |= (scales[j] & 15) << 4;
        packed[j % 4 + 8] |= scales[j] >> 4 << (2 * (j / 4));
    }
    Block block;
    block.add(mask);
    block.add(pack_two_bits(quants));
    block.add(packed);
    block.add_turned(scale.bytes());
    for (std::size_t i = 0; i < 256; ++i)
        block.values.push_back(scale.value() * (static_cast<int>(scales[i / 16]) - 32) *
                               (static_cast<int>(quants[i]) - 4));
    return block;
}

Bytes pack_scales_and_minima(const Bytes& scales, const Bytes& minima) {
    Bytes packed(12);
    for (std::size_t j = 0; j < 8; ++j) {
        if (j < 4) {
            packed[j] |= scales[j];
            packed[j + 4] |= minima[j];
        } else {
            packed[j + 4] = (scales[j] & 15) | (minima[j] & 15) << 4;
            packed[j - 4] |= scales[j] >> 4 << 6;
            packed[j] |= minima[j] >> 4 << 6;
        }
    }
    return packed;
}

/// Q4_K and Q5_K.
Block two_level_block(Draws& draws, bool wide) {
    const Half scale(draws);
    const Half minimum(draws);
    const Bytes scales = draws.many(8, 64);
    const Bytes minima = draws.many(8, 64);
    const Bytes quants = draws.many(256, wide ? 32 : 16);
    Bytes low;
    Bytes high(32);
    unsigned first = 1;
    unsigned second = 2;
    for (std::size_t n = 0; n < 256; n += 64) {
        for (std::size_t j = 0; j < 32; ++j) {
            low.push_back((quants[n + j] & 15) | (quants[n + j + 32] & 15) << 4);
            if (quants[n + j] > 15) high[j] |= first;
            if (quants[n + j + 32] > 15) high[j] |= second;
        }
        first <<= 2;
        second <<= 2;
    }
    Block block;
    block.add_turned(scale.bytes());
    block.add_turned(minimum.bytes());
    block.add(pack_scales_and_minima(scales, minima));
    if (wide) block.add(high);
    block.add(low);
    for (std::size_t i = 0; i < 256; ++i)
        block.values.push_back(scale.value() * scales[i / 32] * quants[i] - minimum.value() * minima[i / 32]);
    return block;
}

Block q6_k_block(Draws& draws) {
    const Half scale(draws);
    const Bytes scales = draws.many(16, 256);
    const Bytes quants = draws.many(256, 64);
    Bytes low(128);
    Bytes high(64);
    for (std::size_t j = 0; j < 256; j += 128)
        for (std::size_t l = 0; l < 32; ++l) {
            const auto quant = [&](std::size_t k) { return quants[j + l + 32 * k]; };
            low[j / 2 + l] = (quant(0) & 15) | (quant(2) & 15) << 4;
            low[j / 2 + l + 32] = (quant(1) & 15) | (quant(3) & 15) << 4;
            high[j / 4 + l] = quant(0) >> 4 | quant(1) >> 4 << 2 | quant(2) >> 4 << 4 | quant(3) >> 4 << 6;
        }
    Block block;
    block.add(low);
    block.add(high);
    block.add(scales);
    block.add_turned(scale.bytes());
    for (std::size_t i = 0; i < 256; ++i) {
        const unsigned group = scales[i / 16];
        block.values.push_back(scale.value() * (static_cast<int>(group) - (group > 127 ? 256 : 0)) *
                               (static_cast<int>(quants[i]) - 32));
    }
    return block;
}

struct Quantised {
    std::uint32_t type;
    std::string name;
    std::function<Block(Draws&)> make;
};
const std::vector<Quantised> quantised{{2, "Q4_0", [](Draws& draws) { return nibble_block(draws, false, false); }},
                                       {3, "Q4_1", [](Draws& draws) { return nibble_block(draws, false, true); }},
                                       {6, "Q5_0", [](Draws& draws) { return nibble_block(draws, true, false); }},
                                       {7, "Q5_1", [](Draws& draws) { return nibble_block(draws, true, true); }},
                                       {8, "Q8_0", q8_0_block},
                                       {10, "Q2_K", q2_k_block},
                                       {11, "Q3_K", q3_k_block},
                                       {12, "Q4_K", [](Draws& draws) { return two_level_block(draws, false); }},
                                       {13, "Q5_K", [](Draws& draws) { return two_level_block(draws, true); }},
                                       {14, "Q6_K", q6_k_block}};

TEST(Gguf, EveryBlockTypeDecodesExactly) {
    const test::TemporaryFolder folder;
    for (const Quantised& each : quantised) {
        SCOPED_TRACE(each.name);
        constexpr std::size_t rows = 3;
        constexpr std::size_t blocks = 5;  // a row
        Draws draws(each.type);
        std::vector<double> expected;
        test::GgufTensor little{"a", each.type, {}, {}};
        test::GgufTensor big = little;
        std::size_t values = 0;
        for (std::size_t i = 0; i < rows * blocks; ++i) {
            const Block block = each.make(draws);
            little.bytes += block.little;
            big.bytes += block.big;
            values = block.values.size();
            expected.insert(expected.end(), block.values.begin(), block.values.end());
        }
        little.shape = big.shape = {rows, blocks * values};
        for (const bool swapped : {false, true}) {
            const auto checkpoint =
                Checkpoint::open(folder.write("m.gguf", test::write_gguf({swapped ? big : little}, {}, swapped)));
            const TensorInfo& tensor = checkpoint.require("a");
            EXPECT_EQ(tensor.type, each.name);
            EXPECT_EQ(tensor.bytes, little.bytes.size());
            EXPECT_EQ(checkpoint.read_all<double>(tensor), expected);
            std::vector<float> floats(expected.size());
            std::transform(expected.begin(), expected.end(), floats.begin(),
                           [](double value) { return static_cast<float>(value); });
            EXPECT_EQ(checkpoint.read_all<float>(tensor), floats);
            for (const auto& [begin, count] :
                 {std::pair<std::size_t, std::size_t>{0, 1}, {values - 1, 2}, {7, 3 * values}}) {
                std::vector<double> part(count);
                checkpoint.read<double>(tensor, begin, part);
                EXPECT_TRUE(
                    std::equal(part.begin(), part.end(), expected.begin() + static_cast<std::ptrdiff_t>(begin)));
            }
        }
    }
}

TEST(Gguf, PlainTypesInBothByteOrders) {
    const test::TemporaryFolder folder;
    const std::vector<float> values{1.5F, -0.0F, 3e38F, 0x1p-149F, 7.0F, 8.0F};
    for (const bool big : {false, true})
        for (const std::uint32_t version : {2U, 3U}) {
            test::GgufTensor f32{"f32", 0, {2, 3}, {}};
            test::GgufTensor i64{"i64", 27, {6}, {}};
            test::GgufTensor bf16{
                "bf16",
                30,
                {2},
                test::bytes_of(std::uint16_t{0x3F80}, big) + test::bytes_of(std::uint16_t{0xC000}, big)};
            for (const float value : values) f32.bytes += test::bytes_of(value, big);
            for (std::int64_t i = 0; i < 6; ++i) i64.bytes += test::bytes_of(i * 1'000'000'000'007 - 5, big);
            const std::string name = test::bytes_of(std::uint32_t{8}, big) + test::bytes_of(std::uint64_t{5}, big);
            const auto checkpoint = Checkpoint::open(folder.write(
                "m", test::write_gguf({i64, f32, bf16}, {{"general.name", name + "model"}}, big, version)));
            EXPECT_EQ(checkpoint.format(),
                      std::string("GGUF version ") + std::to_string(version) + (big ? ", big-endian" : ""));
            EXPECT_EQ(checkpoint.metadata().at("general.name"), "model");
            EXPECT_EQ(checkpoint.require("f32").shape, (std::vector<std::uint64_t>{2, 3}));
            EXPECT_EQ(checkpoint.read_all<float>(checkpoint.require("f32")), values);
            EXPECT_EQ(checkpoint.read_all<float>(checkpoint.require("bf16")), (std::vector<float>{1.0F, -2.0F}));
            std::vector<std::int64_t> integers(6);
            checkpoint.read_integers(checkpoint.require("i64"), 0, integers);
            EXPECT_EQ(integers[5], 5 * 1'000'000'000'007 - 5);
        }
}

TEST(Gguf, EntriesAreText) {
    const auto checkpoint = Checkpoint::open(test::source_path("tests/checkpoint/permissive/gguf_entries.gguf"));
    EXPECT_EQ(checkpoint.metadata().at("k0"), "0");
    EXPECT_EQ(checkpoint.metadata().at("k7"), "false");
    EXPECT_EQ(checkpoint.metadata().at("list"), "[2 string]");
    EXPECT_EQ(checkpoint.metadata().at("numbers"), "[3 u16]");
}

/// What describes the model is a table, without the architecture's name; what belongs to others is not in it.
TEST(Gguf, EntriesOfTheModelAreATable) {
    const test::TemporaryFolder folder;
    const auto open = [&](const std::vector<std::pair<std::string, std::string>>& entries) {
        return Checkpoint::open(
            folder.write("m.gguf", test::write_gguf({{"a", 0, {1}, std::string(4, '\0')}}, entries)));
    };
    using test::gguf_value;
    const std::string huge = test::bytes_of(std::uint32_t{10}) + test::bytes_of(~std::uint64_t{0});
    const auto checkpoint = open({{"a.b.heads", gguf_value(8U)},
                                  {"a.b.scale", gguf_value(0.1F)},
                                  {"a.b.nan", gguf_value(std::nanf(""))},
                                  {"a.b.kind", gguf_value("ya\"rn")},
                                  {"a.b.windows", gguf_value(std::vector<bool>{true, false})},
                                  {"a.b.counts", gguf_value(std::vector<std::uint32_t>{4, 2})},
                                  {"a.b.many", gguf_value(std::vector<std::uint32_t>(1025, 1))},
                                  {"a.b.none", gguf_value(std::vector<float>{})},
                                  {"a.b.huge", huge},
                                  {"a.b.general.architecture", gguf_value("c")},
                                  {"a.bb.heads", gguf_value(9U)},
                                  {"general.architecture", gguf_value("a.b")}});
    const JsonTable& entries = checkpoint.entries();
    EXPECT_EQ(entries.string("/general.architecture"), "a.b");
    EXPECT_EQ(entries.integer("/heads"), 8);
    EXPECT_EQ(entries.number("/scale"), 0.1);  // as it was written, not 0.1F
    EXPECT_EQ(entries.string("/nan"), "nan");
    EXPECT_EQ(entries.string("/kind"), "ya\"rn");
    EXPECT_EQ(entries.boolean("/windows/0"), true);
    EXPECT_EQ(entries.integer("/counts/1"), 2);
    EXPECT_FALSE(entries.contains("/many"));
    EXPECT_EQ(entries.kind("/none"), JsonKind::array);
    EXPECT_FALSE(entries.integer("/huge"));
    EXPECT_EQ(entries.number("/huge"), 0x1p64);
    EXPECT_EQ(entries.children("").size(), 9U);
    EXPECT_EQ(checkpoint.metadata().at("a.b.counts"), "[2 u32]");
    EXPECT_TRUE(open({{"a.b.heads", gguf_value(8U)}}).entries().empty());
    EXPECT_THROW((void)open({{"general.architecture", gguf_value(8U)}}), Error);
}

TEST(Gguf, CodebookTypesAreListedOnly) {
    const test::TemporaryFolder folder;
    const auto checkpoint =
        Checkpoint::open(folder.write("m", test::write_gguf({{"a", 23, {256}, std::string(136, 'x')}})));
    EXPECT_EQ(checkpoint.require("a").type, "IQ4_XS");
    EXPECT_FALSE(checkpoint.require("a").dtype);
    EXPECT_THROW((void)checkpoint.read_all<float>(checkpoint.require("a")), Error);
}

}  // namespace
}  // namespace rotoscope
