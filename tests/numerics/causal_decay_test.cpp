// Figures of merit of e^{−αt/T}: THEORY's values and closed forms.
#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "rotoscope/numerics/figures_of_merit.hpp"

namespace rotoscope {
namespace {

using std::numbers::pi;
using test::near;

FiguresOfMerit figures_of(const std::string& text, std::size_t n) { return figures_of_merit(parse_window(text), n); }

struct DecayRow {
    double alpha;
    double level_db;
    double bin;  ///< 0: not stated
};

TEST(CausalDecay, HasTheHighestSideLobesOfTheTheory) {
    for (const DecayRow& row :
         {DecayRow{0, -13.26, 0}, DecayRow{0.5, -13.08, 0}, DecayRow{1, -12.57, 0}, DecayRow{2, -10.79, 0},
          DecayRow{2.15, -15.13, 0}, DecayRow{4, -23.10, 9.3}, DecayRow{6, -36.54, 64.3}}) {
        const auto figures = figures_of("decay:" + std::to_string(row.alpha), 20000);
        ASSERT_TRUE(figures.highest_side_lobe) << row.alpha;
        // Half a unit of the last digit, and half a unit in 20,000 samples of the decay's discontinuity.
        EXPECT_TRUE(near(figures.highest_side_lobe->level_db, row.level_db, 0.0051)) << row.alpha;
        const double bin = figures.highest_side_lobe->bin;
        EXPECT_TRUE(near(bin, row.bin > 0 ? row.bin : bin, 0.05)) << row.alpha;
    }
}

TEST(CausalDecay, ShowsItsFirstLobeHoweverNarrow) {
    // sin 2πf = e^α/(2πf), about: the lobes begin where the right side falls below 1, and the first may be narrower
    // than the grid. The derivative of the exact discrete response, 1 − 2q cos 2πf + q² over 1 − 2a cos(2πf/N) + a²,
    // tells.
    constexpr double n = 20000;
    for (const double alpha : {3.0, 4.0, 5.0, 5.5, 6.0, 6.25, 6.5}) {
        const double q = std::exp(-alpha);
        const double a = std::exp(-alpha / n);
        const auto slope = [&](double f) {
            const double x = 2 * pi * f;
            return 2 * q * std::sin(x) * (1 - 2 * a * std::cos(x / n) + a * a) -
                   (1 - 2 * q * std::cos(x) + q * q) * 2 * a * std::sin(x / n) / n;
        };
        double edge = 0.3;
        while (slope(edge) <= 0) edge += 1e-5;
        const auto figures = figures_of("decay:" + std::to_string(alpha), 20000);
        EXPECT_TRUE(near(figures.main_lobe_edge.value(), edge, 2e-5)) << alpha;
        EXPECT_GT(figures.first_side_lobe.value().bin, edge) << alpha;
        EXPECT_LT(figures.first_side_lobe.value().bin, edge + 0.5) << alpha;
    }
}

TEST(CausalDecay, HasItsNoiseBandwidthAndRipple) {
    constexpr double n = 20000;
    for (const double alpha : {0.25, 0.5, 1.0, 2.0, 4.0, 6.0}) {
        const auto figures = figures_of("decay:" + std::to_string(alpha), 20000);
        const double coth = 1 / std::tanh(alpha / 2);
        // Of the samples exactly N coth(α/2) tanh(α/2N), which tends to (α/2) coth(α/2) as (α/2N)²/3. A sum of N.
        EXPECT_TRUE(near(figures.noise_bandwidth, n * coth * std::tanh(alpha / 2 / n), 1e-12)) << alpha;
        EXPECT_TRUE(near(figures.noise_bandwidth, alpha / 2 * coth, 1e-7)) << alpha;
        // The slope 1/f of the trend moves extrema by 1/(f r″) and their levels by half its square times r″ = (2π)² q
        // over (1 ± q)², r the logarithm of the ripple; the median lobe is near f = N/8, and there are two extrema.
        const double q = std::exp(-alpha);
        const double bend = 4 * pi * pi * q / ((1 + q) * (1 + q));
        EXPECT_TRUE(near(figures.ripple.value(), coth, 2 * coth / (bend * 2000.0 * 2000.0))) << alpha;
    }
    EXPECT_EQ(figures_of("decay:0", 20000).ripple, HUGE_VAL);
    EXPECT_EQ(figures_of("hann", 4096).ripple, HUGE_VAL);
}

TEST(CausalDecay, HasTheLevelsOfTheTheory) {
    // The row's transform holds for all f: |W(10.5)/W(0)|.
    const double levels[][2] = {{1, -29.7}, {2, -28.0}, {4, -24.0}};
    for (const auto& [alpha, level] : levels) {
        const WindowSpec spec = parse_window("decay:" + std::to_string(alpha));
        const auto response = [&](double f) { return spec.window->tail(spec.arguments, f); };
        EXPECT_TRUE(near(20 * std::log10(response(10.5) / response(0)), level, 0.051));
    }
}

TEST(CausalDecay, MeansTheSameForwardsBackwardsAndPerStep) {
    const auto forwards = make_window(parse_window("decay:3"), 500);
    const std::vector<double> backwards(forwards.rbegin(), forwards.rend());
    const auto per_step = make_window(parse_window("geometric:" + std::to_string(std::exp(-3.0 / 500))), 500);
    const auto a = figures_of_merit(forwards);
    const auto b = figures_of_merit(backwards);
    const auto c = figures_of_merit(per_step);
    for (const FigureColumn& column : figure_columns()) {
        ASSERT_EQ(column.value(a).has_value(), column.value(b).has_value()) << column.name;
        if (!column.value(a)) continue;
        EXPECT_TRUE(near(*column.value(b), *column.value(a), 1e-9 * (1 + std::abs(*column.value(a))))) << column.name;
        // a was printed with 6 decimals: 5e-7 a step, over 500 steps.
        EXPECT_TRUE(near(*column.value(c), *column.value(a), 3e-4 * (1 + std::abs(*column.value(a))))) << column.name;
    }
}

TEST(CausalDecay, DoesNotDependOnItsLength) {
    // In bins the continuous response is a function of f alone; samples differ from it by O(1/N) (the step).
    const auto convergence = estimate_convergence(parse_window("decay:1"), 8192);
    for (std::size_t i = 0; i < convergence.size(); ++i) {
        const std::string_view name = figure_columns()[i].name;
        if (name == "fall_off" || name == "first_side_lobe_bin" || name == "highest_side_lobe_bin") continue;
        EXPECT_LT(convergence[i].value(), 8.0 / 8192) << name;
    }
}

}  // namespace
}  // namespace rotoscope
