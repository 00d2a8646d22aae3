#include "rotoscope/theory/rotation_bank.hpp"

#include "support/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using ::testing::ElementsAre;

TEST(RotationBank, OfADftHasExactFractionsOfATurn) {
    const RotationBank bank = parse_rotation_bank("dft:12");
    ASSERT_EQ(bank.size(), 12U);
    EXPECT_EQ(bank.spacing, Spacing::dft);
    EXPECT_EQ(bank.specification, "dft:12");
    for (std::size_t n = 0; n < 12; ++n) {
        // Two roundings of an angle below 2π.
        EXPECT_TRUE(test::near(bank.frequencies[n], 2.0 * std::numbers::pi * static_cast<double>(n) / 12.0, 0x1p-50));
        EXPECT_EQ(bank.turns()[n], Turns::of_fraction(n, 12));
    }
}

TEST(RotationBank, OfRopeHasItsFrequencies) {
    const RotationBank bank = parse_rotation_bank("rope:8:10000");
    EXPECT_EQ(bank.spacing, Spacing::arbitrary);
    // 10000^(−n/4); pow is good to an ulp, the exponents are exact.
    EXPECT_TRUE(test::all_near(bank.frequencies, std::vector<double>{1.0, 0.1, 0.01, 0.001}, 0x1p-52));
}

// THEORY 3.1's figure: at ε = 1/500000 and P = 32 the second largest is 6.2e-5.
TEST(RotationBank, OfRandomFeaturesHasNormalisedTangents) {
    const RotationBank bank = parse_rotation_bank("rfa:32:2e-6");
    ASSERT_EQ(bank.size(), 32U);
    EXPECT_EQ(bank.frequencies.front(), 0.0);
    EXPECT_EQ(bank.frequencies.back(), 1.0);
    EXPECT_NEAR(bank.frequencies[30], 6.2e-5, 0.05e-5);
}

TEST(RotationBank, OfALineIncludesBothEnds) {
    const RotationBank bank = parse_rotation_bank("linear:5:-1:3");
    EXPECT_EQ(bank.spacing, Spacing::uniform);
    EXPECT_THAT(bank.frequencies, ElementsAre(-1.0, 0.0, 1.0, 2.0, 3.0));
    EXPECT_THAT(parse_rotation_bank("linear:1:0.25:3").frequencies, ElementsAre(0.25));
    const RotationBank odd = linear_bank(7, 0.1, 0.9);
    for (std::size_t n = 0; n < 7; ++n)
        EXPECT_TRUE(test::near(odd.turns()[n].radians(), odd.frequencies[n], 0x1p-52)) << n;
}

TEST(RotationBank, OfAListHasItAsItIs) {
    EXPECT_THAT(parse_rotation_bank("0.1,-2,1e-3").frequencies, ElementsAre(0.1, -2.0, 1e-3));
    EXPECT_THAT(parse_rotation_bank("0.5").frequencies, ElementsAre(0.5));
    EXPECT_EQ(explicit_bank({0.1, -2.0}).specification, "0.1,-2");
}

class BadBank : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(BadBank, IsRefusedByName) {
    const auto [text, part] = GetParam();
    try {
        (void)parse_rotation_bank(text);
        FAIL() << text;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::usage);
        EXPECT_THAT(error.message(), ::testing::HasSubstr(text));
        EXPECT_THAT(error.message(), ::testing::HasSubstr(part));
    }
}

INSTANTIATE_TEST_SUITE_P(Each, BadBank,
                         ::testing::Values(std::pair{"", "expected dft:N"}, std::pair{"fft:8", "expected dft:N"},
                                           std::pair{"dft", "dft:N"}, std::pair{"dft:8:9", "dft:N"},
                                           std::pair{"dft:0", "bank of 0"}, std::pair{"dft:-1", "'-1'"},
                                           std::pair{"dft:8x", "'8x'"}, std::pair{"dft:99999999", "99999999"},
                                           std::pair{"rope:8", "rope:DIM:BASE"}, std::pair{"rope:7:10", "even"},
                                           std::pair{"rope:8:0", "base"}, std::pair{"rope:8:nan", "nan"},
                                           std::pair{"rope:8:1e-300", "frequency"}, std::pair{"rfa:8:0", "EPS"},
                                           std::pair{"rfa:8:1", "EPS"}, std::pair{"rfa:0:0.5", "bank of 0"},
                                           std::pair{"linear:3:0:inf", "inf"}, std::pair{"linear:3:0:", "''"},
                                           std::pair{"0.1,,2", "''"}, std::pair{"0.1,a", "'a'"},
                                           std::pair{"1e99", "1e+99"}));

}  // namespace
}  // namespace rotoscope
