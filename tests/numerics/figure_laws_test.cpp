// Laws that hold for every window: scale, reversal, bounds, threads, refinement.
#include "support/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "rotoscope/core/philox.hpp"
#include "rotoscope/numerics/figures_of_merit.hpp"

namespace rotoscope {
namespace {

using std::numbers::pi;
using test::near;

/// One spec of each window, with parameters where they are needed.
std::vector<WindowSpec> one_of_each() {
    std::vector<WindowSpec> specs;
    for (const WindowInfo& window : all_windows()) {
        std::string text(window.name);
        if (window.name == "chebwin") text += ":70";
        else if (window.name == "cos") text += ":3";
        else if (window.name == "gaussian" || window.name == "cauchy") text += ":3";
        else if (window.name == "general_cosine") text += ":0.4:0.5:0.1";
        else if (window.name == "general_gaussian") text += ":1.5:30";
        else if (window.name == "general_hamming") text += ":0.6";
        else if (window.name == "geometric") text += ":0.98";
        else if (window.name == "exponential") text += ":40";
        else if (window.name == "hann_poisson") text += ":0.5";
        else if (window.name == "kaiser" || window.name == "kaiser_bessel_derived" || window.name == "dpss")
            text += ":2.5";
        else if (window.name == "poisson" || window.name == "decay") text += ":2";
        specs.push_back(parse_window(text));
    }
    return specs;
}

void expect_equal(const FiguresOfMerit& a, const FiguresOfMerit& b, double tolerance, std::string_view name) {
    for (const FigureColumn& column : figure_columns()) {
        if (column.name == "coherent_gain") continue;
        ASSERT_EQ(column.value(a).has_value(), column.value(b).has_value()) << name << ' ' << column.name;
        if (!column.value(a)) continue;
        const double value = *column.value(a);
        if (column.name == "ripple" && value > 1e3 && tolerance > 0) continue;  // nulls, filled by rounding
        // Where W only touches 0 (as x², Parzen's as x⁴), rounding of 1e-16 moves the null by its square (fourth) root.
        const bool is_null = column.name == "main_lobe_edge" && tolerance > 0;
        const double slack = is_null ? (name == "parzen" ? 1e-3 : 1e-7) : tolerance;
        EXPECT_TRUE(near(*column.value(b), value, slack * (1 + std::abs(value)))) << name << ' ' << column.name;
    }
}

TEST(FigureLaws, ScalingChangesTheGainOnly) {
    for (const WindowSpec& spec : one_of_each()) {
        const auto window = make_window(spec, 256);
        const auto figures = figures_of_merit(window);
        for (const double scale : {0x1p-20, -0x1p900, 0x1p-1000, 3.0, 1e-30}) {
            auto scaled = window;
            for (double& value : scaled) value *= scale;
            const auto other = figures_of_merit(scaled);
            int exponent = 0;
            const bool exact = std::abs(std::frexp(scale, &exponent)) == 0.5 && scale > 0x1p-900;
            // Otherwise each sample is rounded once, which the lowest side lobes (1e-5) magnify.
            expect_equal(figures, other, exact ? 0 : 1e-9, spec.text());
            EXPECT_TRUE(near(other.coherent_gain / scale, figures.coherent_gain, 1e-15)) << spec.text();
        }
    }
}

TEST(FigureLaws, ReversalChangesNothing) {
    for (const WindowSpec& spec : one_of_each()) {
        const auto window = make_window(spec, 300);
        expect_equal(figures_of_merit(window), figures_of_merit(std::vector<double>(window.rbegin(), window.rend())),
                     1e-9, spec.text());
    }
}

TEST(FigureLaws, BoundsHoldForRandomGates) {
    // Products of random gates, as a selective decay makes them; and noise, of which some samples are negative.
    const UniformDraws draws(20240607, RandomStream::test);
    std::uint64_t index = 0;
    const auto uniform = [&] { return draws.uniform(index++); };
    for (int trial = 0; trial < 200; ++trial) {
        const std::size_t n = 16 + static_cast<std::size_t>(trial) * 3;
        std::vector<double> w(n, 1.0);
        for (std::size_t t = 1; t < n; ++t) w[t] = trial % 2 == 0 ? w[t - 1] * (1 - 0.05 * uniform()) : uniform() - 0.2;
        const auto figures = figures_of_merit(w);
        EXPECT_GE(figures.noise_bandwidth, 1 - 1e-15);
        EXPECT_GE(figures.width_6db.value_or(0), figures.width_3db.value_or(0));
        EXPECT_LE(std::abs(figures.overlap_75), 1);
        if (figures.leakage_factor) {
            EXPECT_GE(*figures.leakage_factor, 0);
            EXPECT_LE(*figures.leakage_factor, 1);
            EXPECT_TRUE(near(*figures.leakage_factor + *figures.main_lobe_energy, 1, 1e-15));
        }
        if (figures.first_side_lobe) {
            EXPECT_LE(figures.first_side_lobe->level_db, figures.highest_side_lobe->level_db + 1e-7);
            EXPECT_LE(*figures.main_lobe_edge, figures.first_side_lobe->bin);
        }
        EXPECT_GE(figures.ripple.value_or(1), 1);
    }
}

TEST(FigureLaws, AFinerGridFindsTheSame) {
    for (const WindowSpec& spec : one_of_each()) {
        const auto window = make_window(spec, 500);
        const auto changes = estimate_convergence(window);
        for (std::size_t i = 0; i < changes.size(); ++i) {
            const FigureColumn& column = figure_columns()[i];
            // Which lobe is the median one may change, and the place of a multiple null is known to a root of its
            // rounding only; among equal lobes (chebwin) any may come first.
            const bool multiple_null = spec.window->name == "parzen" || spec.window->name == "triang" ||
                                       spec.window->name == "bartlett" || spec.window->name == "bohman";
            const bool loose = column.name == "ripple" || (multiple_null && column.name == "main_lobe_edge");
            const bool any = (column.name == "highest_side_lobe_bin" && spec.window->name == "chebwin") ||
                             (column.name == "ripple" && changes[i] > 1e3);
            EXPECT_LT(any ? 0 : changes[i].value_or(0), loose ? 5e-2 : 1e-8) << spec.text() << ' ' << column.name;
        }
    }
}

TEST(FigureLaws, ThreadsDoNotMatter) {
    std::vector<std::vector<double>> windows;
    for (const WindowSpec& spec : one_of_each())
        for (const std::size_t n : {64U, 250U, 1024U}) windows.push_back(make_window(spec, n));
    ThreadPool one(1);
    ThreadPool three(3);
    const auto a = figures_of_merit(one, windows);
    const auto b = figures_of_merit(three, windows);
    for (std::size_t i = 0; i < windows.size(); ++i) {
        expect_equal(a[i], b[i], 0, "threads");
        expect_equal(a[i], figures_of_merit(windows[i]), 0, "alone");
    }
}

TEST(WindowTails, AreTheTransformsFarOut) {
    // The trapezoidal rule on 2¹⁷ intervals: aliases add (πf/N)², 1e-5 at f = 140, on either frequency. The Gaussian
    // and Cauchy rows are two terms of a series: the third is α⁴/(πf)², below 1e-3 for α = 3.
    constexpr std::size_t n = 1 << 17;
    const auto transform = [](const std::vector<double>& w, double f) {
        std::complex<long double> sum = 0;
        for (std::size_t t = 0; t <= n; ++t) {
            const long double weight = t == 0 || t == n ? 0.5L : 1.0L;
            const long double turns = static_cast<long double>(f) * static_cast<long double>(t) / n;
            sum += weight * w[t] * std::polar(1.0L, -2 * std::numbers::pi_v<long double> * turns);
        }
        return static_cast<double>(std::abs(sum));
    };
    for (const char* text :
         {"boxcar",  "barthann", "bartlett",  "blackman",   "bohman",    "cauchy:3",           "cos:1",
          "cos:2.5", "cos:3",    "flattop",   "gaussian:3", "hann",      "hann_poisson:0.7",   "kaiser:2.5",
          "lanczos", "parzen",   "poisson:3", "riesz",      "tukey:0.3", "general_hamming:0.6"}) {
        const WindowSpec spec = parse_window(text);
        const auto window = make_window(spec, n + 1, Symmetry::symmetric);
        const double reference = transform(window, 100.31) / std::abs(spec.window->tail(spec.arguments, 100.31));
        for (const double f : {101.77, 118.4, 139.2}) {
            const double ratio = transform(window, f) / std::abs(spec.window->tail(spec.arguments, f));
            // SciPy's Parzen window ends at 1 − 1/M, not 1: a jump of the second derivative, b/N of the third's.
            const bool parzen = spec.window->name == "parzen";
            const bool series = spec.window->name == "cauchy" || spec.window->name == "gaussian";
            EXPECT_TRUE(near(ratio / reference, 1, parzen ? 3e-2 : series ? 2e-3 : 5e-5)) << text << " at " << f;
        }
    }
    // SciPy's half-sample cosine and Taylor's windows tend to these.
    const auto tail = [](const char* text, double f) {
        const WindowSpec spec = parse_window(text);
        return spec.window->tail(spec.arguments, f);
    };
    EXPECT_TRUE(
        near(tail("cosine", 200.3) / tail("cosine", 100.4), tail("cos:1", 200.3) / tail("cos:1", 100.4), 1e-11));
}

TEST(WindowTails, OfDecaysAreTheirTransforms) {
    const WindowSpec spec = parse_window("decay:3");
    for (const double f : {0.7, 10.2, 100.6}) {
        // Against the exact sum over many samples, each moved to the middle of its step: an error of (2πf/N)²/24.
        constexpr std::size_t n = 1 << 16;
        std::complex<double> sum = 0;
        for (std::size_t t = 0; t < n; ++t) {
            const double x = (static_cast<double>(t) + 0.5) / n;
            sum += std::polar(std::exp(-3 * x), -2 * pi * f * x) / static_cast<double>(n);
        }
        EXPECT_TRUE(near(spec.window->tail(spec.arguments, f) / std::abs(sum), 1, 1e-5)) << f;
    }
}

}  // namespace
}  // namespace rotoscope
