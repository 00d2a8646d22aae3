// Emulated arithmetic against the decoders of stored numbers and the processor's own float.
#include "rotoscope/claims/number_format.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <vector>

#include "rotoscope/checkpoint/dtype.hpp"
#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

/// All numbers ≥ 0 of a 16-bit format, ascending, without infinity.
std::vector<double> all_numbers(DType dtype) {
    std::vector<double> numbers;
    for (unsigned bits = 0; bits < 0x8000; ++bits) {
        const std::array bytes{static_cast<std::byte>(bits & 0xFF), static_cast<std::byte>(bits >> 8)};
        double value = 0.0;
        decode<double>(dtype, bytes, std::span(&value, 1));
        if (std::isfinite(value)) numbers.push_back(value);
    }
    return numbers;
}

void check_rounding(const NumberFormat& format, DType dtype) {
    const std::vector<double> numbers = all_numbers(dtype);
    EXPECT_EQ(numbers.back(), format.largest);
    for (std::size_t i = 0; i + 1 < numbers.size(); ++i) {
        const double low = numbers[i], high = numbers[i + 1], middle = 0.5 * (low + high);
        ASSERT_EQ(format.round(low), low) << i;
        ASSERT_EQ(format.round(-low), -low) << i;
        ASSERT_EQ(format.round(middle), i % 2 == 0 ? low : high) << i << ": ties go to even";
        ASSERT_EQ(format.round(std::nextafter(middle, low)), low) << i;
        ASSERT_EQ(format.round(-std::nextafter(middle, high)), -high) << i;
    }
    const double half = 0.5 * (numbers.back() - numbers[numbers.size() - 2]);
    EXPECT_EQ(format.round(numbers.back() + half), HUGE_VAL);
    EXPECT_EQ(format.round(std::nextafter(numbers.back() + half, 0.0)), numbers.back());
}

TEST(NumberFormat, RoundsToTheNearestFloat16) { check_rounding(float16_format, DType::f16); }
TEST(NumberFormat, RoundsToTheNearestBfloat16) { check_rounding(bfloat16_format, DType::bf16); }

TEST(NumberFormat, AddsAndMultipliesAsFloat) {
    const UniformDraws draws(7, RandomStream::test);
    for (std::uint64_t i = 0; i < 100000; ++i) {
        const std::uint64_t bits = draws.bits(i);
        const auto a = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        const auto b = std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32));
        if (!std::isfinite(a) || !std::isfinite(b)) continue;
        const volatile float sum = a + b, product = a * b;
        ASSERT_EQ(float32_format.add(a, b), static_cast<double>(sum)) << a << " " << b;
        // Results below the normal numbers may round twice.
        if (std::abs(product) > 1e-37F) {
            ASSERT_EQ(float32_format.multiply(a, b), static_cast<double>(product)) << a << " " << b;
        }
    }
    EXPECT_EQ(float64_format.add(0.1, 0.2), 0.1 + 0.2);
}

}  // namespace
}  // namespace rotoscope
