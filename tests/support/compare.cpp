#include "support/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace rotoscope::test {
namespace {

/// |computed − expected| / tolerance; 0 where both are the same, infinite where only one is finite or a number.
double ratio(double computed, double expected, double tolerance) {
    if (computed == expected || (std::isnan(computed) && std::isnan(expected))) return 0.0;
    const double error = std::abs(computed - expected);
    return std::isfinite(error) && tolerance > 0.0 ? error / tolerance : HUGE_VAL;
}

std::int64_t ulps_between(double a, double b) {
    const auto ordered = [](double value) {
        const auto bits = std::bit_cast<std::int64_t>(value);
        return bits < 0 ? INT64_MIN - bits : bits;
    };
    return std::abs(ordered(a) - ordered(b));
}

std::string describe(double computed, double expected, double tolerance) {
    return fmt::format("computed {:.17g}\nexpected {:.17g}\nerror    {:.3g} = {:.3g} x tolerance {:.3g}, {} ulp",
                       computed, expected, computed - expected, ratio(computed, expected, tolerance), tolerance,
                       ulps_between(computed, expected));
}

/// Passes, and records the largest error of what the test has compared so far, as a fraction of its tolerance.
::testing::AssertionResult pass_with(double error) {
    thread_local const ::testing::TestInfo* test = nullptr;
    thread_local double largest = 0.0;
    const ::testing::TestInfo* const now = ::testing::UnitTest::GetInstance()->current_test_info();
    if (now != test) largest = 0.0;
    if (now != nullptr && (now != test || error > largest)) {
        largest = error;
        ::testing::Test::RecordProperty("clearance", fmt::format("{:.3g}", largest));
    }
    test = now;
    return ::testing::AssertionSuccess();
}

}  // namespace

::testing::AssertionResult near(double computed, double expected, double tolerance) {
    if (const double error = ratio(computed, expected, tolerance); error <= 1.0) return pass_with(error);
    return ::testing::AssertionFailure() << describe(computed, expected, tolerance);
}

::testing::AssertionResult all_near(std::span<const double> computed, std::span<const double> expected,
                                    std::span<const double> tolerance) {
    if (computed.size() != expected.size() || computed.empty() ||
        (tolerance.size() != 1 && tolerance.size() != computed.size()))
        return ::testing::AssertionFailure() << fmt::format("{} computed, {} expected, {} tolerances", computed.size(),
                                                            expected.size(), tolerance.size());
    std::size_t worst = 0;
    std::size_t failures = 0;
    double worst_value = -1.0;
    for (std::size_t i = 0; i < computed.size(); ++i) {
        const double value = ratio(computed[i], expected[i], tolerance[tolerance.size() == 1 ? 0 : i]);
        if (value > 1.0) ++failures;
        if (value > worst_value) {
            worst_value = value;
            worst = i;
        }
    }
    if (failures == 0) return pass_with(worst_value);
    return ::testing::AssertionFailure() << fmt::format("{} of {} outside; the worst is element {}:\n", failures,
                                                        computed.size(), worst)
                                         << describe(computed[worst], expected[worst],
                                                     tolerance[tolerance.size() == 1 ? 0 : worst]);
}

::testing::AssertionResult all_near(std::span<const double> computed, std::span<const double> expected,
                                    double tolerance) {
    return all_near(computed, expected, std::span<const double>(&tolerance, 1));
}

::testing::AssertionResult near_angle(double computed, double expected, double tolerance) {
    return near(std::remainder(computed - expected, 2.0 * std::numbers::pi), 0.0, tolerance);
}

}  // namespace rotoscope::test
