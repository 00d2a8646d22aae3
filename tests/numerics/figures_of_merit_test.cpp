// Figures of merit against a slow twin that shares nothing with them, closed forms, and THEORY's values.
#include "rotoscope/numerics/figures_of_merit.hpp"

#include "support/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using std::numbers::pi;
using test::near;

FiguresOfMerit figures_of(const std::string& text, std::size_t n, WidthLevel level = WidthLevel::half,
                          Symmetry symmetry = Symmetry::periodic) {
    return figures_of_merit(parse_window(text), n, symmetry, {.width_level = level});
}

// ---- The slow twin: the definition, in extended precision, on a grid of 1/256 bins and by golden sections.

using Real = long double;

Real power(const std::vector<double>& w, Real f) {
    std::complex<Real> sum = 0;
    for (std::size_t t = 0; t < w.size(); ++t)
        sum += static_cast<Real>(w[t]) * std::polar<Real>(1, -2 * std::numbers::pi_v<Real> * f * static_cast<Real>(t) /
                                                                 static_cast<Real>(w.size()));
    return std::norm(sum);
}

/// The f in [low, high] where sign·P is largest.
Real golden_section(const std::vector<double>& w, Real low, Real high, Real sign) {
    const Real share = std::numbers::phi_v<Real> - 1;
    while (high - low > 1e-9L) {
        const Real a = high - share * (high - low);
        const Real b = low + share * (high - low);
        (sign * power(w, a) < sign * power(w, b) ? low : high) = sign * power(w, a) < sign * power(w, b) ? a : b;
    }
    return (low + high) / 2;
}

Real bisect(const std::vector<double>& w, Real level, Real low, Real high) {
    for (int i = 0; i < 60; ++i) {
        const Real middle = (low + high) / 2;
        (power(w, middle) > level ? low : high) = middle;
    }
    return low;
}

struct Twin {
    Real half_width = 0;
    Real edge = 0;
    Real highest_db = -HUGE_VALL;
    Real first_db = 0;
    Real energy_inside = 0;
};

Twin slow_figures(const std::vector<double>& w) {
    constexpr Real step = 1.0L / 256;
    const std::size_t last = w.size() * 256 / 4;
    std::vector<Real> p;
    for (std::size_t k = 0; k <= last + 1; ++k) p.push_back(power(w, static_cast<Real>(k) * step));
    Twin twin;
    std::size_t k = 1;
    while (p[k] > p[0] / 2) ++k;
    twin.half_width = bisect(w, p[0] / 2, static_cast<Real>(k - 1) * step, static_cast<Real>(k) * step);
    for (; k <= last; ++k) {
        const Real low = static_cast<Real>(k - 1) * step;
        if (twin.edge == 0 && p[k] < p[k - 1] && p[k] <= p[k + 1])
            twin.edge = golden_section(w, low, low + 2 * step, -1);
        if (twin.edge == 0 || !(p[k] > p[k - 1] && p[k] >= p[k + 1])) continue;
        const Real level = 10 * std::log10(power(w, golden_section(w, low, low + 2 * step, 1)) / p[0]);
        if (twin.highest_db == -HUGE_VALL) twin.first_db = level;
        twin.highest_db = std::max(twin.highest_db, level);
    }
    // Simpson's rule with 200 intervals a bin: relative error (2π/200)⁴/180 < 1e-8.
    const auto intervals = 2 * static_cast<std::size_t>(std::ceil(100 * twin.edge));
    const Real h = twin.edge / static_cast<Real>(intervals);
    for (std::size_t i = 0; i <= intervals; ++i) {
        const Real weight = i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2;
        twin.energy_inside += 2 * weight * h / 3 * power(w, static_cast<Real>(i) * h);
    }
    return twin;
}

class AgainstTheTwin : public ::testing::TestWithParam<const char*> {};

TEST_P(AgainstTheTwin, FiguresAgree) {
    const auto window = make_window(parse_window(GetParam()), 61);
    const FiguresOfMerit figures = figures_of_merit(window);
    const Twin twin = slow_figures(window);
    const auto value = [](Real x) { return static_cast<double>(x); };
    // A crossing and an edge are where Newton stops (1e-10), a level is flat there: 1e-9 dB and rounding of W against
    // W(0), below 1e-15, at lobes of −100 dB: 1e-10 of them, 1e-9 dB. The twin's golden section gives 1e-9 bins.
    EXPECT_TRUE(near(figures.width_3db.value(), 2 * value(twin.half_width), 1e-11));
    EXPECT_TRUE(near(figures.main_lobe_edge.value(), value(twin.edge), 2e-8));
    EXPECT_TRUE(near(figures.highest_side_lobe.value().level_db, value(twin.highest_db), 1e-8));
    EXPECT_TRUE(near(figures.first_side_lobe.value().level_db, value(twin.first_db), 1e-8));
    // Parseval: what lies inside, integrated, and what lies outside, summed, make up N Σ w².
    const double total = 61 * std::inner_product(window.begin(), window.end(), window.begin(), 0.0);
    EXPECT_TRUE(near(figures.main_lobe_energy.value(), value(twin.energy_inside) / total, 2e-8));
    EXPECT_TRUE(near(figures.scallop_loss_db, -10 * std::log10(value(power(window, 0.5L) / power(window, 0))), 1e-12));
}

INSTANTIATE_TEST_SUITE_P(Windows, AgainstTheTwin,
                         ::testing::Values("boxcar", "hann", "hamming", "flattop", "blackmanharris", "kaiser:3",
                                           "tukey:0.25", "poisson:2", "decay:1", "decay:2", "chebwin:60", "taylor",
                                           "exponential:20:center=10", "cauchy:4",
                                           // W is 1, 0.85 and 1 at 0, 1 and 2 bins: a minimum inside the main lobe.
                                           "general_cosine:1:1.7:2"));

TEST(FiguresOfMerit, FindTheHighestOfNearlyEqualSideLobes) {
    // Chebyshev's equal lobes, made to differ by 1e-4 and less, which is what the grid's parabolas miss.
    for (const double difference : {3e-4, 1e-4, 3e-5, 1e-5, 3e-6}) {
        auto window = make_window(parse_window("chebwin:40"), 57, Symmetry::symmetric);
        for (std::size_t t = 0; t < window.size(); ++t)
            window[t] *= 1 + difference * std::cos(0.4 * static_cast<double>(t) * static_cast<double>(t));
        const double expected = static_cast<double>(slow_figures(window).highest_db);
        EXPECT_TRUE(near(figures_of_merit(window).highest_side_lobe.value().level_db, expected, 1e-7)) << difference;
    }
}

// ---- Values of the theory.

TEST(FiguresOfMerit, HaveTheLeakageFactorsOfTheTheory) {
    const std::pair<const char*, double> percents[] = {
        {"boxcar", 9.72}, {"triangle", 0.294}, {"hann", 0.0514}, {"hamming", 0.0366}, {"blackman", 0.00019}};
    const double half_units[] = {0.005, 0.0005, 0.00005, 0.00005, 0.000005};
    for (std::size_t i = 0; i < std::size(percents); ++i) {
        const auto figures = figures_of(percents[i].first, 20000);
        EXPECT_TRUE(near(100 * figures.leakage_factor.value(), percents[i].second, 1.02 * half_units[i]));
        EXPECT_EQ(figures.leakage_bound, MainLobeBound::first_minimum);
    }
}

TEST(FiguresOfMerit, TakeNoRoundingForLobes) {
    // Hann-Poisson windows have no side lobes; at 2²⁰ points their response falls by 190 dB and more up to N/4.
    for (const char* window : {"hann_poisson:1", "hann_poisson:2"}) {
        const auto figures = figures_of(window, 1 << 20);
        EXPECT_FALSE(figures.highest_side_lobe) << window;
        EXPECT_FALSE(figures.main_lobe_edge) << window;
    }
}

TEST(FiguresOfMerit, NameTheBoundWhereThereIsNoMinimum) {
    const auto figures = figures_of("hann_poisson:2", 20000);
    EXPECT_FALSE(figures.main_lobe_edge);
    EXPECT_FALSE(figures.highest_side_lobe);
    EXPECT_FALSE(figures.ripple);
    EXPECT_EQ(figures.leakage_bound, MainLobeBound::half_power);
    EXPECT_EQ(describe(figures.leakage_bound), "half-power width");
    EXPECT_GT(figures.leakage_factor.value(), 0.1);  // about a quarter of a bell lies outside its half width
    EXPECT_LT(figures.leakage_factor.value(), 0.4);
}

TEST(FiguresOfMerit, ReadWidthsAtEitherLevel) {
    const auto expect = [](const char* window, double at_half_power, double at_half_amplitude, double unit) {
        const auto figures = figures_of(window, 20000);
        EXPECT_TRUE(near(figures.width_3db.value(), at_half_power, 0.51 * unit)) << window;
        EXPECT_TRUE(near(figures.width_6db.value(), at_half_amplitude, 0.51 * unit)) << window;
        const auto lower = figures_of(window, 20000, WidthLevel::decibels);
        EXPECT_LT(lower.width_3db.value(), figures.width_3db.value());
        EXPECT_LT(lower.width_6db.value(), figures.width_6db.value());
        EXPECT_EQ(lower.main_lobe_edge, figures.main_lobe_edge);  // the edge is beyond half power in either case
    };
    expect("boxcar", 0.8859, 1.2067, 1e-4);
    expect("hann", 1.4406, 2.0000, 1e-4);
    expect("poisson:2", 1.213, 1.700, 1e-3);
}

TEST(FiguresOfMerit, OfPoissonWindowsHaveTheirNoiseBandwidth) {
    for (const double alpha : {0.5, 1.0, 2.0, 3.0, 4.0}) {
        const double expected = alpha / 2 / std::tanh(alpha / 2);
        // The trapezoidal rule on each half: (α/N)²/3, twice.
        EXPECT_TRUE(near(figures_of("poisson:" + std::to_string(alpha), 20000).noise_bandwidth, expected, 1e-7));
    }
}

TEST(FiguresOfMerit, OfChebyshevWindowsAreAsDesigned) {
    for (const std::size_t n : {101U, 256U}) {
        const auto figures = figures_of("chebwin:100", n, WidthLevel::half, Symmetry::symmetric);
        EXPECT_TRUE(near(figures.highest_side_lobe.value().level_db, -100, 1e-7));  // rounding of 1e-15 at 1e-5
        EXPECT_TRUE(near(figures.first_side_lobe.value().level_db, -100, 1e-7));
    }
    // One sample less: about −96.4 dB at 4096.
    EXPECT_TRUE(near(figures_of("chebwin:100", 4096).highest_side_lobe.value().level_db, -96.4, 0.06));
}

TEST(FiguresOfMerit, FitTheFallOffOfSamples) {
    const auto fitted = [](const char* text, std::size_t n) {
        return figures_of_merit(make_window(parse_window(text), n)).fall_off;
    };
    // Up to N/8 the aliases of a step raise it by 20 log10((π/8)/sin(π/8)) = 0.23 dB over some six octaves.
    EXPECT_TRUE(near(fitted("boxcar", 4096).value().db_per_octave, -6.02, 0.15));
    EXPECT_TRUE(near(fitted("hann", 4096).value().db_per_octave, -18.06, 0.5));
    EXPECT_FALSE(fitted("boxcar", 4096)->closed_form);
    EXPECT_GE(fitted("boxcar", 4096)->first_bin, 10);
    EXPECT_LE(fitted("boxcar", 4096)->last_bin, 512);
    EXPECT_FALSE(fitted("boxcar", 64));  // too few lobes between 10 and 8 bins
    EXPECT_FALSE(figures_of("gaussian:std=500", 4096).fall_off.value().closed_form);
    EXPECT_TRUE(figures_of("gaussian:3", 4096).fall_off.value().closed_form);
}

TEST(FiguresOfMerit, FitTheClosedForms) {
    const auto slope = [](const char* text) { return closed_form_fall_off(parse_window(text)).value().db_per_octave; };
    EXPECT_TRUE(near(slope("poisson:4"), -6.17, 0.005));  // THEORY's own value
    EXPECT_TRUE(near(slope("nuttall"), -6.02, 0.1));
    EXPECT_TRUE(near(slope("general_cosine:0.3125:0.46875:0.1875:0.03125"), -42.1, 0.1));  // cos⁶: 6.02 × 7
    EXPECT_TRUE(near(slope("cos:6"), -42.1, 0.1));
    EXPECT_FALSE(closed_form_fall_off(parse_window("dpss:3")));
    EXPECT_FALSE(closed_form_fall_off(parse_window("exponential:20")));
    EXPECT_FALSE(closed_form_fall_off(parse_window("geometric:0.99")));
}

// ---- Edges of the domain.

TEST(FiguresOfMerit, AreEmptyWhereThereIsNothingToSee) {
    const auto one = figures_of_merit(std::vector<double>{0.7});
    EXPECT_EQ(one.coherent_gain, 0.7);
    EXPECT_EQ(one.noise_bandwidth, 1);
    EXPECT_FALSE(one.width_3db || one.width_6db || one.main_lobe_edge || one.leakage_factor || one.fall_off);
    const auto two = figures_of_merit(std::vector<double>{1, 1});  // |cos(πf/2)|
    EXPECT_TRUE(near(two.width_3db.value(), 1, 1e-12));
    EXPECT_FALSE(two.main_lobe_edge);
    EXPECT_EQ(two.leakage_bound, MainLobeBound::half_power);
    // Outside |f| < ½ of cos²(πf/2) over |f| < 1: ½ − 1/π.
    EXPECT_TRUE(near(two.leakage_factor.value(), 0.5 - 1 / pi, 1e-9));
}

TEST(FiguresOfMerit, RefuseWhatHasNone) {
    const auto code_of = [](std::vector<double> samples, FigureOptions options = {}) {
        try {
            (void)figures_of_merit(samples, options);
        } catch (const Error& error) {
            return error.code();
        }
        return ExitCode::done;
    };
    EXPECT_EQ(code_of({1, -1, 1, -1}), ExitCode::input);
    EXPECT_EQ(code_of({0, 0}), ExitCode::input);
    EXPECT_EQ(code_of({1, std::nan("")}), ExitCode::input);
    EXPECT_EQ(code_of({1, HUGE_VAL}), ExitCode::input);
    EXPECT_EQ(code_of({}), ExitCode::usage);
    EXPECT_EQ(code_of({1, 1}, {.points_per_bin = 15}), ExitCode::usage);
    EXPECT_EQ(code_of({1, 1}, {.points_per_bin = 18}), ExitCode::done);
    EXPECT_THROW((void)FigureAnalyser(4)(std::vector<double>(5, 1.0)), Error);
}

}  // namespace
}  // namespace rotoscope
