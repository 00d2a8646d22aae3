// Registers of floats loaded from stored elements, against decode() of every bit pattern.
#include "rotoscope/checkpoint/stored_lanes.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace rotoscope {
namespace {

constexpr std::size_t width = lane_count<float>;

bool same(float a, float b) {
    return std::isnan(a) ? std::isnan(b) : std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

/// How many of all patterns of 16 bits, behind one byte so that none is aligned, come out otherwise.
template <DType dtype>
std::size_t count_differences() {
    constexpr std::size_t patterns = 1 << 16;
    std::vector<std::byte> bytes(1 + 2 * patterns);
    for (std::size_t i = 0; i < patterns; ++i) {
        bytes[1 + 2 * i] = static_cast<std::byte>(i & 0xFFU);
        bytes[2 + 2 * i] = static_cast<std::byte>(i >> 8U);
    }
    std::vector<float> expected(patterns);
    decode<float>(dtype, std::span(bytes).subspan(1), expected);
    std::size_t differences = 0;
    for (std::size_t i = 0; i < patterns; i += width) {
        const Lanes<float> loaded = load_stored<dtype>(bytes.data() + 1 + 2 * i);
        for (std::size_t lane = 0; lane < width; ++lane)
            differences += same(loaded[lane], expected[i + lane]) ? 0U : 1U;
    }
    return differences;
}

TEST(StoredLanes, EveryHalfIsWhatDecodeGives) {
    EXPECT_EQ(count_differences<DType::f16>(), 0U);
    EXPECT_EQ(count_differences<DType::bf16>(), 0U);
}

TEST(StoredLanes, APartIsFollowedByZeros) {
    const std::vector<std::uint16_t> halves(width, 0x3C00);  // 1 as binary16
    const std::vector<float> floats(width, 1.0F);
    for (std::size_t count = 0; count < width; ++count) {
        const Lanes<float> f16 = load_stored<DType::f16>(std::as_bytes(std::span(halves)).data(), count);
        const Lanes<float> f32 = load_stored<DType::f32>(std::as_bytes(std::span(floats)).data(), count);
        for (std::size_t lane = 0; lane < width; ++lane) {
            EXPECT_EQ(f16[lane], lane < count ? 1.0F : 0.0F);
            EXPECT_EQ(f32[lane], lane < count ? 1.0F : 0.0F);
        }
    }
}

}  // namespace
}  // namespace rotoscope
