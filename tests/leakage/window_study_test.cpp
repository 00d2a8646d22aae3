// The window study: THEORY's table from the tool itself, windows from files, notes.
#include "run_leakage.hpp"
#include "support/compare.hpp"
#include "support/files.hpp"
#include "support/harris_table.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "rotoscope/checkpoint/safetensors_writer.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using test::near;
using test::number;
using test::run_leakage;
using test::table_of;
using ::testing::Contains;
using ::testing::HasSubstr;

LeakageOptions windows(const std::string& list, std::uint64_t length = 1024) {
    LeakageOptions options;
    options.windows = list;
    options.length = length;
    return options;
}

// As `rotoscope leakage --width-level 3dB --length 20000 --window …`.
TEST(WindowStudy, MeetsTheTableOfTheTheory) {
    using namespace test::harris;
    std::string list;
    for (const Row& row : table) list += fmt::format("{}{}", list.empty() ? "" : ",", row.window);
    LeakageOptions options = windows(list, points);
    options.width_level = WidthLevel::decibels;
    const Result result = run_leakage(options);
    const Table& figures = table_of(result, "figures_of_merit");
    ASSERT_EQ(figures.rows(), std::size(table));
    for (std::size_t i = 0; i < std::size(table); ++i) {
        const Row& row = table[i];
        const auto expect = [&](std::string_view column, double expected, double tolerance, double scale = 1.0) {
            EXPECT_TRUE(near(scale * number(figures, i, column), expected, tolerance)) << row.window << ' ' << column;
        };
        if (row.highest_side_lobe == none) {
            EXPECT_TRUE(std::isnan(number(figures, i, "highest_side_lobe"))) << row.window;
            EXPECT_THAT(result.notes, Contains(HasSubstr(fmt::format("hann_poisson:{}", row.window + 13))));
        } else {
            expect("highest_side_lobe", row.highest_side_lobe, decibels);
        }
        expect("fall_off", row.fall_off, slope);
        expect("coherent_gain", row.gain, bins);
        expect("noise_bandwidth", row.noise_bandwidth, bins);
        expect("width_3db", row.width_3db, bins);
        expect("scallop_loss", row.scallop, decibels);
        expect("worst_case_loss", row.worst, decibels);
        expect("width_6db", row.width_6db, bins);
        expect("overlap_75", row.overlap_75, percent, 100.0);
        expect("overlap_50", row.overlap_50, percent, 100.0);
    }
}

// THEORY section 2: highest side lobes, ENBW and ripple of causal decays; leakage factors and half-power widths.
TEST(WindowStudy, MeetsTheCausalDecaysOfTheTheory) {
    LeakageOptions options;
    options.decay = "alpha=0,0.5,1,2,4,6,2.15";
    options.length = 20000;
    const Result result = run_leakage(options);
    const Table& figures = table_of(result, "figures_of_merit");
    const double rows[][2] = {{0, -13.26}, {0.5, -13.08}, {1, -12.57},   {2, -10.79},
                              {4, -23.10}, {6, -36.54},   {2.15, -15.13}};
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        const auto [alpha, level] = rows[i];
        EXPECT_TRUE(near(number(figures, i, "highest_side_lobe"), level, 0.0051)) << alpha;
        if (alpha == 0.0) continue;
        const double coth = 1.0 / std::tanh(alpha / 2.0);
        EXPECT_TRUE(near(number(figures, i, "noise_bandwidth"), alpha / 2.0 * coth, 1e-7)) << alpha;
        EXPECT_TRUE(near(number(figures, i, "ripple"), coth, 1e-4 * coth)) << alpha;
    }
    EXPECT_TRUE(near(number(figures, 4, "highest_side_lobe_bin"), 9.3, 0.05));
    EXPECT_TRUE(near(number(figures, 5, "highest_side_lobe_bin"), 64.3, 0.05));
}

TEST(WindowStudy, MeetsTheIndependentValues) {
    const Result result = run_leakage(windows("boxcar,triangle,hann,hamming,blackman,poisson:2", 20000));
    const Table& figures = table_of(result, "figures_of_merit");
    const double leakage[] = {9.72, 0.294, 0.0514, 0.0366, 0.00019};  // %, half a unit of the last digit
    const double digits[] = {0.005, 0.0005, 0.00005, 0.00005, 0.000005};
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_TRUE(near(100.0 * number(figures, i, "leakage_factor"), leakage[i], digits[i])) << i;
    EXPECT_TRUE(near(number(figures, 0, "width_3db"), 0.8859, 5e-5));
    EXPECT_TRUE(near(number(figures, 0, "width_6db"), 1.2067, 5e-5));
    EXPECT_TRUE(near(number(figures, 2, "width_3db"), 1.4406, 5e-5));
    EXPECT_TRUE(near(number(figures, 2, "width_6db"), 2.0000, 5e-5));
    EXPECT_TRUE(near(number(figures, 5, "width_3db"), 1.213, 5e-4));
    EXPECT_TRUE(near(number(figures, 5, "width_6db"), 1.700, 5e-4));
}

TEST(WindowStudy, TakesGatesFromFiles) {
    const test::TemporaryFolder folder;
    std::string csv = "gate\n";
    for (int t = 0; t < 500; ++t) csv += "0.99\n";
    const auto file = folder.write("gates.csv", csv).string();
    const auto tensors = (folder.path() / "gates.safetensors").string();
    {
        SafetensorsWriter writer(tensors, {{"log_forget_gate", DType::f64, {500, 2, 3}}}, {});
        std::vector<double> logs(500 * 6, -1.0);
        for (std::size_t t = 0; t < 500; ++t) logs[6 * t + 5] = std::log(0.99);
        writer.write_rows<double>("log_forget_gate", 0, logs);
        writer.commit();
    }
    const Result result = run_leakage(windows(file + ",geometric:0.99," + tensors + ":log_forget_gate:1:2", 500));
    const Table& figures = table_of(result, "figures_of_merit");
    EXPECT_EQ(test::text(figures, 0, "variant"), "gates");
    EXPECT_EQ(result.inputs.size(), 2U);
    for (const FigureColumn& column : figure_columns())
        for (const std::size_t row : {0U, 2U})
            // The products of 500 gates are off by 500 roundings.
            EXPECT_TRUE(near(number(figures, row, column.name), number(figures, 1, column.name),
                             1e-9 * (1.0 + std::abs(number(figures, 1, column.name)))))
                << column.name;
}

TEST(WindowStudy, ListsEveryWindow) {
    const Result result = list_leakage_windows();
    EXPECT_EQ(result.tables.at(0).rows(), all_windows().size());
    EXPECT_GE(all_windows().size(), 34U);
}

TEST(WindowStudy, SaysWhatItsWindowsLack) {
    const Result result = run_leakage(windows("kbd:2,decay:1,hann_poisson:2"));
    EXPECT_THAT(result.notes, Contains(HasSubstr("kaiser_bessel_derived:2: in the symmetric variant")));
    EXPECT_THAT(result.notes, Contains(HasSubstr("decay:1: in the causal variant")));
    EXPECT_THAT(result.notes, Contains(HasSubstr("hann_poisson:2: no side lobes")));
}

TEST(WindowStudy, EstimatesItsConvergence) {
    LeakageOptions options = windows("hann", 256);
    options.estimates = true;
    const Result coarse = run_leakage(options);
    options.estimates = false;
    options.length = 512;
    const Result fine = run_leakage(options);
    for (const char* column : {"noise_bandwidth", "width_3db", "highest_side_lobe", "scallop_loss"})
        EXPECT_EQ(number(table_of(coarse, "convergence"), 0, column),
                  std::abs(number(table_of(coarse, "figures_of_merit"), 0, column) -
                           number(table_of(fine, "figures_of_merit"), 0, column)))
            << column;
}

TEST(WindowStudy, OfOneSample) {
    const Result result = run_leakage(windows("hann,decay:2", 1));
    EXPECT_EQ(number(table_of(result, "figures_of_merit"), 0, "noise_bandwidth"), 1.0);
    EXPECT_THAT(result.notes, Contains(HasSubstr("no half-power width")));
}

TEST(WindowStudy, DoesNotDependOnThreads) {
    const LeakageOptions options = windows("boxcar,hann,decay:2,kaiser:2.5,taylor", 700);
    const Result one = run_leakage(options, 1);
    const Result three = run_leakage(options, 3);
    for (const FigureColumn& column : figure_columns())
        for (std::size_t row = 0; row < 5; ++row)
            EXPECT_EQ(
                table_of(one, "figures_of_merit").at(row, table_of(one, "figures_of_merit").column(column.name)),
                table_of(three, "figures_of_merit").at(row, table_of(three, "figures_of_merit").column(column.name)))
                << column.name;
}

// Every curve of the figure against the sum itself, at a few detunings.
TEST(WindowStudy, DrawsTheResponse) {
    const Result result = run_leakage(windows("boxcar,decay:2,hann", 97));
    const Figure* const figure = test::figure_of(result, "responses");
    ASSERT_NE(figure, nullptr);
    ASSERT_EQ(figure->panels.size(), 2U);
    const auto check = [](const Curve& curve, const std::vector<double>& w) {
        for (std::size_t k = 5; k < curve.x.size(); k += 37) {
            std::complex<double> sum = 0.0;
            double gain = 0.0;
            for (std::size_t l = 0; l < w.size(); ++l) {
                sum += std::polar(w[l], -2.0 * std::numbers::pi * curve.x[k] * static_cast<double>(l) / 97.0);
                gain += w[l];
            }
            EXPECT_TRUE(near(std::pow(10.0, curve.y[k] / 20.0), std::abs(sum) / gain, 1e-12)) << curve.label;
        }
    };
    check(std::get<Curve>(figure->panels[0].marks.at(1)), make_window(parse_window("decay:2"), 97));
    check(std::get<Curve>(figure->panels[1].marks.at(0)), make_window(parse_window("boxcar"), 97));
    check(std::get<Curve>(figure->panels[1].marks.at(1)), make_window(parse_window("hann"), 97));
}

}  // namespace
}  // namespace rotoscope
