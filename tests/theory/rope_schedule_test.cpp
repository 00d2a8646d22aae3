#include "rotoscope/theory/rope_schedule.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr double epsilon = 0x1p-53;
constexpr double two_pi = 2.0 * std::numbers::pi;

RopeSchedule schedule(RopeScaling scaling, std::size_t d = 128, double base = 500000.0) {
    RopeSchedule result;
    result.base = base;
    result.rotary_dim = d;
    result.scaling = scaling;
    result.factor = 8.0;
    result.original_context = 8192.0;
    return result;
}

/// base^(−2n/d) in long double.
long double plain(const RopeSchedule& s, std::size_t n) {
    return std::exp(-std::log(static_cast<long double>(s.base)) * 2.0L * static_cast<long double>(n) /
                    static_cast<long double>(s.rotary_dim));
}

/// A few roundings, of an exponent of up to ln base.
double tolerance(double expected) { return 40 * epsilon * expected; }

TEST(RopeSchedule, WithoutScalingIsGeometric) {
    const RopeSchedule s = schedule(RopeScaling::none);
    const RopeFrequencies f = scaled_rope_frequencies(s, 1e6);
    ASSERT_EQ(f.frequencies.size(), 64U);
    EXPECT_EQ(f.attention_factor, 1.0);
    for (std::size_t n = 0; n < 64; ++n) {
        const auto expected = static_cast<double>(plain(s, n));
        EXPECT_TRUE(test::near(f.frequencies[n], expected, tolerance(expected)));
    }
}

TEST(RopeSchedule, LinearDividesByTheFactor) {
    const RopeSchedule s = schedule(RopeScaling::linear);
    const RopeFrequencies f = scaled_rope_frequencies(s, 1.0);
    for (std::size_t n = 0; n < 64; ++n) {
        const auto expected = static_cast<double>(plain(s, n) / 8.0L);
        EXPECT_TRUE(test::near(f.frequencies[n], expected, tolerance(expected)));
    }
}

// The base grows so that the lowest frequency is divided by s·T/L − (s − 1) exactly, and the highest stays.
TEST(RopeSchedule, DynamicNtkStretchesTheLowestFrequencyByTheExcess) {
    const RopeSchedule s = schedule(RopeScaling::dynamic_ntk);
    EXPECT_EQ(scaled_rope_frequencies(s, 100.0).frequencies,
              scaled_rope_frequencies(schedule(RopeScaling::none), 100.0).frequencies);
    const RopeFrequencies f = scaled_rope_frequencies(s, 4.0 * 8192.0);
    EXPECT_EQ(f.frequencies.front(), 1.0);
    const auto expected = static_cast<double>(plain(s, 63) / (8.0L * 4.0L - 7.0L));
    EXPECT_TRUE(test::near(f.frequencies.back(), expected, tolerance(expected)));
}

// Case by case as published with Llama 3.1, with wavelengths.
TEST(RopeSchedule, Llama3IsItsPublishedCases) {
    const RopeSchedule s = schedule(RopeScaling::llama3);
    const RopeFrequencies f = scaled_rope_frequencies(s, 131072.0);
    EXPECT_EQ(f.attention_factor, 1.0);
    std::size_t kept = 0, divided = 0, between = 0;
    for (std::size_t n = 0; n < 64; ++n) {
        const long double w = plain(s, n);
        const long double wavelength = 2.0L * std::numbers::pi_v<long double> / w;
        long double expected = 0.0L;
        if (wavelength < 8192.0L / 4.0L) {
            expected = w;
            ++kept;
        } else if (wavelength > 8192.0L / 1.0L) {
            expected = w / 8.0L;
            ++divided;
        } else {
            const long double smooth = (8192.0L / wavelength - 1.0L) / (4.0L - 1.0L);
            expected = (1.0L - smooth) * w / 8.0L + smooth * w;
            ++between;
        }
        EXPECT_TRUE(test::near(f.frequencies[n], static_cast<double>(expected), tolerance(static_cast<double>(w))))
            << n;
    }
    EXPECT_GT(kept, 0U);
    EXPECT_GT(divided, 0U);
    EXPECT_GT(between, 0U);
}

TEST(RopeSchedule, YarnKeepsFastAndInterpolatesSlowFrequencies) {
    const RopeSchedule s = schedule(RopeScaling::yarn);
    const RopeFrequencies f = scaled_rope_frequencies(s, 65536.0);
    // 0.1 ln 8 + 1.
    EXPECT_TRUE(test::near(f.attention_factor, 1.2079441541679836, 2e-15));
    // D(b) = 64·ln(8192/(2πb))/ln 500000: D(32) = 18.08, D(1) = 34.98, so the ramp goes from 18 to 35.
    const double low = 18.0, high = 35.0;
    EXPECT_EQ(std::floor(64.0 * std::log(8192.0 / (two_pi * 32.0)) / std::log(500000.0)), low);
    EXPECT_EQ(std::ceil(64.0 * std::log(8192.0 / two_pi) / std::log(500000.0)), high);
    for (std::size_t n = 0; n < 64; ++n) {
        const auto w = static_cast<double>(plain(s, n));
        const double ramp = std::min(1.0, std::max(0.0, (static_cast<double>(n) - low) / (high - low)));
        const double expected = w * (1.0 - ramp) + w / 8.0 * ramp;
        EXPECT_TRUE(test::near(f.frequencies[n], expected, tolerance(w))) << n;
    }
}

TEST(RopeSchedule, YarnTakesTheAttentionFactorsThatAreGiven) {
    RopeSchedule s = schedule(RopeScaling::yarn);
    s.mscale = 0.707;
    s.mscale_all = 1.0;
    const double expected = (0.1 * 0.707 * std::log(8.0) + 1.0) / (0.1 * std::log(8.0) + 1.0);
    EXPECT_TRUE(test::near(scaled_rope_frequencies(s, 1.0).attention_factor, expected, 1e-15));
    s.attention_factor = 0.5;
    EXPECT_EQ(scaled_rope_frequencies(s, 1.0).attention_factor, 0.5);
}

TEST(RopeSchedule, LongRopeTakesItsFactorsByTheContext) {
    RopeSchedule s = schedule(RopeScaling::longrope, 4);
    s.factor = 32.0;
    s.original_context = 4096.0;
    s.short_factors = {1.0, 2.0};
    s.long_factors = {4.0, 64.0};
    const RopeFrequencies within = scaled_rope_frequencies(s, 4096.0);
    const RopeFrequencies beyond = scaled_rope_frequencies(s, 4097.0);
    const auto slow = static_cast<double>(plain(s, 1));
    EXPECT_EQ(within.frequencies[0], 1.0);
    EXPECT_TRUE(test::near(within.frequencies[1], slow / 2.0, tolerance(slow)));
    EXPECT_EQ(beyond.frequencies[0], 0.25);
    EXPECT_TRUE(test::near(beyond.frequencies[1], slow / 64.0, tolerance(slow)));
    // sqrt(1 + ln 32/ln 4096) = sqrt(1 + 5/12).
    EXPECT_TRUE(test::near(within.attention_factor, std::sqrt(17.0 / 12.0), 4 * epsilon));
}

/// llama3 as one divisor a frequency, w_plain/w_llama3, is llama3 again.
TEST(RopeSchedule, DividedIsWhatItsDivisorsSay) {
    RopeSchedule llama3 = schedule(RopeScaling::llama3);
    llama3.factor = 8.0;
    llama3.original_context = 8192.0;
    const std::vector<double> w = scaled_rope_frequencies(schedule(RopeScaling::none), 1.0).frequencies;
    const RopeFrequencies expected = scaled_rope_frequencies(llama3, 1.0);
    RopeSchedule s = schedule(RopeScaling::divided);
    for (std::size_t n = 0; n < w.size(); ++n) s.divisors.push_back(w[n] / expected.frequencies[n]);
    const RopeFrequencies divided = scaled_rope_frequencies(s, 1.0);
    for (std::size_t n = 0; n < w.size(); ++n)  // two roundings and their product
        EXPECT_TRUE(test::near(divided.frequencies[n], expected.frequencies[n], 3 * epsilon * expected.frequencies[n]))
            << n;
    EXPECT_EQ(divided.attention_factor, 1.0);
    EXPECT_EQ(describe(s), "base 500000, divided (by 1 to 8)");
}

TEST(RopeSchedule, RefusesWhatIsMissingOrOutOfRange) {
    const auto refused = [](RopeSchedule s) {
        try {
            static_cast<void>(scaled_rope_frequencies(s, 8192.0));
        } catch (const Error& error) {
            return error.code() == ExitCode::input;
        }
        return false;
    };
    for (const RopeScaling scaling :
         {RopeScaling::linear, RopeScaling::dynamic_ntk, RopeScaling::yarn, RopeScaling::llama3}) {
        EXPECT_FALSE(refused(schedule(scaling))) << scaling_name(scaling);
        for (const double factor : {0.5, 0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
            RopeSchedule s = schedule(scaling);
            s.factor = factor;
            EXPECT_TRUE(refused(s)) << scaling_name(scaling) << ' ' << factor;
        }
    }
    for (const RopeScaling scaling : {RopeScaling::dynamic_ntk, RopeScaling::yarn, RopeScaling::llama3}) {
        RopeSchedule s = schedule(scaling);
        s.original_context = 0.0;
        EXPECT_TRUE(refused(s)) << scaling_name(scaling);
    }
    RopeSchedule equal = schedule(RopeScaling::llama3);
    equal.high_frequency_factor = equal.low_frequency_factor;
    EXPECT_TRUE(refused(equal));
    RopeSchedule few = schedule(RopeScaling::longrope, 8);
    few.short_factors = {1.0, 1.0, 1.0, 1.0};
    few.long_factors = {1.0, 1.0};
    EXPECT_TRUE(refused(few));
    RopeSchedule divided = schedule(RopeScaling::divided, 4);
    EXPECT_TRUE(refused(divided));
    divided.divisors = {1.0, 0.0};
    EXPECT_TRUE(refused(divided));
}

}  // namespace
}  // namespace rotoscope
