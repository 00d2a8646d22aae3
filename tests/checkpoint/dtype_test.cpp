#include "rotoscope/checkpoint/dtype.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

/// The layout of a floating-point format without hidden cleverness: sign, exponent, mantissa.
struct Format {
    DType dtype;
    int exponent_bits;
    int mantissa_bits;
    bool finite_only;  ///< "fn": the all-ones exponent is an ordinary one, only the all-ones mantissa is NaN
};

/// The slow twin: (−1)^sign · (1 + m/2^M) · 2^(e − bias), subnormal where e = 0, by ldexp.
double decode_by_formula(const Format& format, unsigned bits) {
    const int bias = (1 << (format.exponent_bits - 1)) - 1;
    const int mantissa = static_cast<int>(bits & ((1U << format.mantissa_bits) - 1));
    const int exponent = static_cast<int>(bits >> format.mantissa_bits & ((1U << format.exponent_bits) - 1));
    const double sign = bits >> (format.exponent_bits + format.mantissa_bits) != 0 ? -1.0 : 1.0;
    const bool last_exponent = exponent == (1 << format.exponent_bits) - 1;
    if (last_exponent && format.finite_only && mantissa == (1 << format.mantissa_bits) - 1) return NAN;
    if (last_exponent && !format.finite_only) return mantissa == 0 ? sign * HUGE_VAL : NAN;
    const int leading = exponent == 0 ? 0 : 1 << format.mantissa_bits;
    return sign * std::ldexp(leading + mantissa, (exponent == 0 ? 1 : exponent) - bias - format.mantissa_bits);
}

template <class Scalar>
void expect_same(Scalar computed, double expected, unsigned bits) {
    if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(computed)) << bits;
    } else {
        EXPECT_EQ(static_cast<double>(computed), expected) << bits;
        EXPECT_EQ(std::signbit(computed), std::signbit(expected)) << bits;
    }
}

class EveryValue : public ::testing::TestWithParam<Format> {};

TEST_P(EveryValue, AgreesWithTheFormula) {
    const Format& format = GetParam();
    const std::size_t size = dtype_size(format.dtype);
    for (unsigned bits = 0; bits < 1U << (8 * size); ++bits) {
        std::byte stored[2];
        std::memcpy(stored, &bits, size);
        float as_float = 0.0F;
        double as_double = 0.0;
        decode(format.dtype, std::span(stored).first(size), std::span(&as_float, 1));
        decode(format.dtype, std::span(stored).first(size), std::span(&as_double, 1));
        const double expected = decode_by_formula(format, bits);
        expect_same(as_float, expected, bits);
        expect_same(as_double, expected, bits);
    }
}

INSTANTIATE_TEST_SUITE_P(Narrow, EveryValue,
                         ::testing::Values(Format{DType::f16, 5, 10, false}, Format{DType::bf16, 8, 7, false},
                                           Format{DType::f8_e4m3, 4, 3, true}, Format{DType::f8_e5m2, 5, 2, false}),
                         [](const auto& chosen) { return std::string(dtype_name(chosen.param.dtype)); });

template <class Stored, class Scalar>
std::vector<Scalar> decode_values(DType dtype, const std::vector<Stored>& stored) {
    std::vector<std::byte> bytes(1 + stored.size() * sizeof(Stored));  // one byte off: unaligned
    std::memcpy(bytes.data() + 1, stored.data(), bytes.size() - 1);
    std::vector<Scalar> out(stored.size());
    if constexpr (std::is_same_v<Scalar, std::int64_t>) decode_integers(dtype, std::span(bytes).subspan(1), out);
    else decode(dtype, std::span(bytes).subspan(1), std::span(out));
    return out;
}

template <class Stored>
void expect_extremes(DType dtype) {
    const std::vector<Stored> stored{std::numeric_limits<Stored>::min(), 0, 1, 100, std::numeric_limits<Stored>::max()};
    const auto doubles = decode_values<Stored, double>(dtype, stored);
    const auto floats = decode_values<Stored, float>(dtype, stored);
    for (std::size_t i = 0; i < stored.size(); ++i) {
        EXPECT_EQ(doubles[i], static_cast<double>(stored[i]));
        EXPECT_EQ(floats[i], static_cast<float>(stored[i]));
    }
    if constexpr (!std::is_same_v<Stored, std::uint64_t>) {
        const auto integers = decode_values<Stored, std::int64_t>(dtype, stored);
        for (std::size_t i = 0; i < stored.size(); ++i) EXPECT_EQ(integers[i], static_cast<std::int64_t>(stored[i]));
    }
}

TEST(Decode, ExtremesOfIntegers) {
    expect_extremes<std::int64_t>(DType::i64);
    expect_extremes<std::int32_t>(DType::i32);
    expect_extremes<std::int16_t>(DType::i16);
    expect_extremes<std::int8_t>(DType::i8);
    expect_extremes<std::uint64_t>(DType::u64);
    expect_extremes<std::uint32_t>(DType::u32);
    expect_extremes<std::uint16_t>(DType::u16);
    expect_extremes<std::uint8_t>(DType::u8);
}

TEST(Decode, UnsignedBeyondSignedIsAnError) {
    const std::uint64_t largest = 0x7FFFFFFFFFFFFFFF;
    EXPECT_EQ((decode_values<std::uint64_t, std::int64_t>(DType::u64, {largest})[0]), INT64_MAX);
    EXPECT_THROW((decode_values<std::uint64_t, std::int64_t>(DType::u64, {0, largest + 1})), Error);
}

TEST(Decode, DoublesRoundToFloat) {
    const std::vector<double> stored{1.0 + 0x1p-24, 1.0 + 0x1p-24 + 0x1p-50, 1e300, -1e300, 0x1p-149, -0.0};
    const auto floats = decode_values<double, float>(DType::f64, stored);
    const std::vector<float> expected{1.0F, 1.0F + 0x1p-23F, HUGE_VALF, -HUGE_VALF, 0x1p-149F, -0.0F};
    for (std::size_t i = 0; i < stored.size(); ++i)
        EXPECT_EQ(std::bit_cast<std::uint32_t>(floats[i]), std::bit_cast<std::uint32_t>(expected[i])) << i;
    EXPECT_EQ((decode_values<double, double>(DType::f64, stored)), stored);
}

TEST(Decode, BooleansAreZeroOrOne) {
    EXPECT_EQ((decode_values<std::uint8_t, double>(DType::boolean, {0, 1, 2, 255})), (std::vector<double>{0, 1, 1, 1}));
}

TEST(Decode, SizesMustAgree) {
    std::vector<std::byte> bytes(9);
    std::vector<double> out(2);
    EXPECT_THROW(decode(DType::f32, bytes, std::span(out)), Error);
    std::vector<std::int64_t> integers(9);
    EXPECT_THROW(decode_integers(DType::boolean, bytes, integers), Error);
}

TEST(DTypeNames, RoundTrip) {
    for (const DType dtype :
         {DType::f64, DType::f32, DType::f16, DType::bf16, DType::f8_e4m3, DType::f8_e5m2, DType::i64, DType::i32,
          DType::i16, DType::i8, DType::u8, DType::u16, DType::u32, DType::u64, DType::boolean}) {
        EXPECT_EQ(parse_dtype(dtype_name(dtype)), dtype);
        EXPECT_FALSE(is_floating(dtype) && is_integer(dtype));
    }
    EXPECT_EQ(dtype_name(DType::f8_e4m3), "F8_E4M3");
    EXPECT_EQ(dtype_name(DType::boolean), "BOOL");
    EXPECT_FALSE(parse_dtype("f32"));
    EXPECT_FALSE(parse_dtype(""));
    EXPECT_FALSE(is_integer(DType::boolean));
}

}  // namespace
}  // namespace rotoscope
