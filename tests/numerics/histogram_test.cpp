#include "rotoscope/numerics/histogram.hpp"

#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double inf = std::numeric_limits<double>::infinity();
using Counts = std::vector<std::uint64_t>;

TEST(Histogram, EdgesBelongToTheBinAboveAndTheLastOneIsClosed) {
    Histogram histogram(0.0, 1.0, 4);
    histogram.add(std::vector<double>{0.0, 0.25, std::nextafter(0.25, 0.0), 0.5, 1.0, std::nextafter(1.0, 2.0), -0.0,
                                      -1e-300, inf, std::nan("")});
    EXPECT_EQ(histogram.counts(), (Counts{3, 1, 1, 1}));
    EXPECT_EQ(histogram.underflow(), 1U);
    EXPECT_EQ(histogram.overflow(), 1U);
    EXPECT_EQ(histogram.non_finite(), 2U);
    EXPECT_EQ(histogram.total(), 10U);
}

// The slow twin: a linear search over the edges. Every edge and its neighbours on both sides, for awkward ranges.
TEST(Histogram, AgreesWithALinearSearch) {
    for (const std::size_t bins : {1U, 3U, 7U, 100U, 4096U}) {
        for (const double low : {-1.0, 0.1, -1e300}) {
            Histogram histogram(low, 1.5e308, bins);
            Histogram narrow(low, low + std::abs(low) * 0.37, bins);
            for (Histogram* tested : {&histogram, &narrow}) {
                const std::vector<double> edges = tested->edges();
                Counts expected(bins, 0);
                for (std::size_t b = 0; b < edges.size(); ++b) {
                    for (const double value :
                         {std::nextafter(edges[b], -inf), edges[b], std::nextafter(edges[b], inf)}) {
                        if (value < edges.front() || value > edges.back()) continue;
                        std::size_t bin = 0;
                        while (bin + 1 < bins && value >= edges[bin + 1]) ++bin;
                        ++expected[bin];
                        tested->add(value);
                    }
                }
                EXPECT_EQ(tested->counts(), expected);
            }
        }
    }
}

TEST(Histogram, AutomaticRange) {
    const Histogram histogram = histogram_of(std::vector<double>{1.0, 2.0, std::nan(""), 5.0}, 4);
    EXPECT_EQ(histogram.edges(), (std::vector<double>{1, 2, 3, 4, 5}));
    EXPECT_EQ(histogram.counts(), (Counts{1, 1, 0, 1}));
    EXPECT_EQ(histogram.non_finite(), 1U);
    EXPECT_EQ(histogram_of(std::vector<double>{3.0, 3.0}, 2).edges(), (std::vector<double>{2.5, 3.0, 3.5}));
    EXPECT_EQ(histogram_of(std::vector<double>{1e18}, 1).counts(), (Counts{1}));
    EXPECT_EQ(histogram_of({}, 1).counts(), (Counts{0}));
    EXPECT_THROW(Histogram(1.0, 1.0, 3), Error);
    EXPECT_THROW(Histogram(0.0, inf, 3), Error);
    EXPECT_THROW(Histogram(0.0, 1.0, 0), Error);
}

TEST(WrapAngle, IsTheRemainderExactly) {
    const auto expect_same = [](double angle) {
        const double remainder = std::remainder(angle, 2.0 * pi);
        EXPECT_EQ(wrap_angle(angle), remainder == pi ? -pi : remainder) << angle;
    };
    const UniformDraws draws(3, RandomStream::test);
    for (std::size_t i = 0; i < 20000; ++i) {
        const double scale = std::exp2(80.0 * draws.uniform(2 * i));
        expect_same(scale * (draws.uniform(2 * i + 1) - 0.5));
    }
    for (int k = -999; k <= 999; ++k) {
        const double odd = pi * k;
        for (const double angle : {odd, std::nextafter(odd, inf), std::nextafter(odd, -inf)}) expect_same(angle);
    }
    for (const double angle : {1e300, -1e300, 0x1p50, 5e-324}) expect_same(angle);
    EXPECT_TRUE(std::isnan(wrap_angle(inf)) && std::isnan(wrap_angle(std::nan(""))));
}

TEST(WrappedHistogram, HalfTurns) {
    WrappedHistogram histogram(4);
    const double below = std::nextafter(pi, 0.0);
    const double above = std::nextafter(pi, 4.0);
    histogram.add(std::vector<double>{-pi, pi, above, below, -below, -above, 0.0, std::nextafter(0.0, -1.0), inf});
    // First bin: −π, π, just above π, just above −π; last bin: just below π, just below −π.
    EXPECT_EQ(histogram.counts(), (Counts{4, 1, 1, 2}));
    EXPECT_EQ(histogram.non_finite(), 1U);
}

TEST(WrappedHistogram, WholeTurnsChangeNothing) {
    WrappedHistogram plain(36);
    WrappedHistogram wound(36);
    for (int i = 0; i < 360; ++i) {
        const double angle = (i + 0.5) * pi / 180.0;
        plain.add(angle);
        wound.add(angle + 2.0 * pi * 1000.0 * (i - 180));  // rounds by 10^−10, half a degree inside its bin
    }
    EXPECT_EQ(plain.counts(), Counts(36, 10));
    EXPECT_EQ(wound.counts(), Counts(36, 10));
}

}  // namespace
}  // namespace rotoscope
