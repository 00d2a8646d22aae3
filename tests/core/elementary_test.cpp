#include "rotoscope/core/elementary.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

/// The relative error of `computed` in units of ε = 2^−53; 0 where both are 0.
double relative_error(double computed, long double exact) {
    if (exact == 0.0L) return computed == 0.0 ? 0.0 : std::numeric_limits<double>::infinity();
    return static_cast<double>(std::abs(static_cast<long double>(computed) / exact - 1.0L)) * 0x1p53;
}

long double exact_versine(long double x) {
    const long double half = std::sin(0.5L * x);
    return 2.0L * half * half;
}

void expect_accurate(double x) {
    const SineVersine value = sine_versine(x);
    const auto extended = static_cast<long double>(x);
    EXPECT_LE(relative_error(value.sine, std::sin(extended)), 4.0) << x;
    EXPECT_LE(relative_error(value.versine, exact_versine(extended)), 8.0) << x;
}

TEST(SineVersine, AgreesWithExtendedPrecisionAtEveryScale) {
    const UniformDraws draws(1, RandomStream::test);
    for (std::size_t i = 0; i < 200000; ++i) {
        const double sign = i % 2 == 0 ? 1.0 : -1.0;
        // Exponents from 2^−400 to 2^20: squares of the smallest are still normal numbers.
        expect_accurate(sign * std::exp2(20.0 - 420.0 * std::pow(draws.uniform(i), 4.0)));
    }
}

// The double nearest to a multiple of π/2 and its neighbours: sine or versine is tiny there or has an even multiple to
// lose, and only an accurate subtraction of the multiple keeps its digits.
TEST(SineVersine, AgreesNearMultiplesOfAQuarterTurn) {
    for (int k = -3000; k <= 3000; ++k) {
        const double multiple = static_cast<double>(k) * (0.5 * std::numbers::pi);
        expect_accurate(multiple);
        if (k != 0) expect_accurate(std::nextafter(multiple, 1e9));  // beside 0 the square underflows
        expect_accurate(multiple + 1e-9);
        expect_accurate(multiple + 0.25 * std::numbers::pi);
    }
}

TEST(SineVersine, ZeroIsExact) {
    EXPECT_EQ(sine_versine(0.0).sine, 0.0);
    EXPECT_EQ(sine_versine(0.0).versine, 0.0);
}

}  // namespace
}  // namespace rotoscope
