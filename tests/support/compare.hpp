// The one comparison helper: a failure prints what was expected, what was computed, and by how much it misses. Of what
// passes the largest error, as a fraction of its tolerance, is a property of the test, clearance: see it with
// --gtest_output=xml.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string>

namespace rotoscope::test {

/// Passes where |computed − expected| ≤ tolerance; NaN passes only beside NaN, an infinity beside the same one. The
/// failure prints both numbers, the error as a multiple of the tolerance, and their distance in ULPs.
///
///     EXPECT_TRUE(near(computed, expected, 4 * epsilon));
[[nodiscard]] ::testing::AssertionResult near(double computed, double expected, double tolerance);

/// The same for each element, with tolerance[i], or tolerance[0] for all; prints the worst. The sizes must agree and
/// must not be 0.
[[nodiscard]] ::testing::AssertionResult all_near(std::span<const double> computed, std::span<const double> expected,
                                                  std::span<const double> tolerance);
[[nodiscard]] ::testing::AssertionResult all_near(std::span<const double> computed, std::span<const double> expected,
                                                  double tolerance);

/// The angle computed − expected modulo 2π is within the tolerance of 0 (radians).
[[nodiscard]] ::testing::AssertionResult near_angle(double computed, double expected, double tolerance);

}  // namespace rotoscope::test
