// Arithmetic on sizes from files, against the same in 128 bits.
#include "rotoscope/core/checked.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

__extension__ using Wide = unsigned __int128;
constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

std::optional<std::uint64_t> narrow(Wide value) {
    return value > largest ? std::nullopt : std::optional(static_cast<std::uint64_t>(value));
}

/// Random bits shifted by a random amount: sizes of every magnitude.
std::uint64_t draw_size(const UniformDraws& draws, std::uint64_t i) {
    return draws.bits(2 * i) >> (draws.bits(2 * i + 1) % 64);
}

TEST(Checked, AgreesWith128Bits) {
    const UniformDraws draws(4, RandomStream::test);
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        const std::uint64_t a = draw_size(draws, 2 * i);
        const std::uint64_t b = draw_size(draws, 2 * i + 1);
        EXPECT_EQ(checked_add(a, b), narrow(Wide{a} + b)) << a << " + " << b;
        EXPECT_EQ(checked_multiply(a, b), narrow(Wide{a} * b)) << a << " * " << b;
    }
}

TEST(Checked, AtTheEdge) {
    EXPECT_EQ(checked_add(largest, 0), largest);
    EXPECT_EQ(checked_add(largest, 1), std::nullopt);
    EXPECT_EQ(checked_multiply(largest, 1), largest);
    EXPECT_EQ(checked_multiply(std::uint64_t{1} << 32, std::uint64_t{1} << 32), std::nullopt);
    EXPECT_EQ(checked_multiply((std::uint64_t{1} << 32) - 1, (std::uint64_t{1} << 32) + 1), largest);
    EXPECT_EQ(checked_multiply(largest, 0), 0U);
}

TEST(CheckedProduct, OfShapes) {
    const auto product = [](std::vector<std::uint64_t> shape) { return checked_product(shape); };
    EXPECT_EQ(product({}), 1U);
    EXPECT_EQ(product({3, 4, 5}), 60U);
    EXPECT_EQ(product({0, largest}), 0U);
    EXPECT_EQ(product({largest, 0, largest}), 0U);
    EXPECT_EQ(product({std::uint64_t{1} << 63, 2}), std::nullopt) << "wraps to 0";
    EXPECT_EQ(product({std::uint64_t{1} << 63, std::uint64_t{1} << 63, 0}), std::nullopt);
    static_assert(checked_product(std::array<std::uint64_t, 2>{6, 7}) == 42);
}

}  // namespace
}  // namespace rotoscope
