// One kernel estimate, its temperatures and the spectra, as the tool's tables have them.
#include "run_rff.hpp"
#include "support/compare.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using test::number;
using test::row_where;
using test::run_rff;
using test::table_of;

RffOptions options_of(const std::string& features, std::uint64_t count, RffStudy study) {
    RffOptions options;
    options.features = parse_features(features);
    options.counts = {count};
    options.dimension = 16;
    options.length = 4;
    options.studies = {study};
    return options;
}

/// Passes where `computed` rounds to `printed`, a number of four significant digits.
::testing::AssertionResult prints_as(double computed, double printed) {
    return test::near(computed, printed, 0.5 * std::pow(10.0, std::floor(std::log10(printed)) - 3.0));
}

// d = 16, m = 256, unit norms: closed forms computed independently in double precision.
TEST(RffKernel, PrintedVariances) {
    const Result result = run_rff(options_of("trig,positive,hyperbolic,oprf", 256, RffStudy::kernel));
    const Table& kernel = table_of(result, "kernel");
    const struct {
        const char* features;
        double printed[3];
    } rows[] = {{"trig", {5.767e-3, 1.079e-2, 1.303e-2}},
                {"positive", {2.027e-1, 2.496e-2, 2.469e-3}},
                {"hyperbolic", {9.628e-2, 1.079e-2, 7.804e-4}},
                {"oprf", {9.665e-2, 1.650e-2, 2.092e-3}}};
    for (const auto& row : rows)
        for (int i = 0; i < 3; ++i)
            EXPECT_TRUE(
                prints_as(number(kernel, row_where(kernel, {{"features", row.features}, {"angle", 60.0 + 30.0 * i}}),
                                 "variance_expected"),
                          row.printed[i]));
}

// One orthogonal block: 0.1577 and 0.6712 of the independent variance at ‖x − y‖ = 1 and 2, 60 and 180 degrees.
TEST(RffKernel, PrintedOrthogonalVariances) {
    const Result result = run_rff(options_of("trig,orthogonal", 16, RffStudy::kernel));
    const Table& kernel = table_of(result, "kernel");
    for (const auto& [angle, ratio] : {std::pair{60.0, 0.1577}, {180.0, 0.6712}}) {
        const auto variance = [&](const char* features) {
            return number(kernel, row_where(kernel, {{"features", features}, {"angle", angle}}), "variance_expected");
        };
        EXPECT_TRUE(test::near(variance("trig:orthogonal") / variance("trig"), ratio, 5e-5));
    }
}

// 2,000 estimates of 64 frequencies at 12 angles: bias, variance and mean squared error within 4 standard errors of the
// closed forms, where tails are light; 144 comparisons, correlated: a false alarm once in a hundred, fixed seed.
TEST(RffKernel, SimulationMeetsTheClosedForms) {
    RffOptions options = options_of("trig,offset,orthogonal,oprf", 64, RffStudy::kernel);
    options.seed = 20;
    const Result result = run_rff(options);
    const Table& kernel = table_of(result, "kernel");
    for (std::size_t row = 0; row < kernel.rows(); ++row) {
        if (number(kernel, row, "variance_expected") < 1e-12) continue;  // of x·x, exact
        for (const char* name : {"bias", "variance", "mse"}) {
            const std::string text(name);
            EXPECT_TRUE(test::near(number(kernel, row, text + "_simulated"), number(kernel, row, text + "_expected"),
                                   4.0 * number(kernel, row, text + "_error")))
                << name << " row " << row;
        }
    }
}

// σ 2 % off shows as a bias of more than 4 standard errors, and it is the bias of the closed form.
TEST(RffKernel, FindsATemperatureTwoPercentOff) {
    RffOptions options = options_of("trig,oprf", 256, RffStudy::kernel);
    options.temperature = parse_temperatures("1.02");
    const Result result = run_rff(options);
    const Table& kernel = table_of(result, "kernel");
    for (const auto& [features, angle] : {std::pair{"trig", 90.0}, {"trig", 120.0}, {"oprf", 60.0}}) {
        const std::size_t row = row_where(kernel, {{"features", features}, {"angle", angle}});
        EXPECT_GT(std::abs(number(kernel, row, "bias_simulated")), 4.0 * number(kernel, row, "bias_error"));
        EXPECT_TRUE(test::near(number(kernel, row, "bias_simulated"), number(kernel, row, "bias_expected"),
                               4.0 * number(kernel, row, "bias_error")));
    }
}

// Frequencies of several temperatures: averages of their moments, here of two.
TEST(RffKernel, VectorsOfTemperatures) {
    const auto moments = [](const char* temperature, const char* column) {
        RffOptions options = options_of("trig", 2, RffStudy::kernel);
        options.temperature = parse_temperatures(temperature);
        const Result result = run_rff(options);
        const Table& kernel = table_of(result, "kernel");
        return number(kernel, row_where(kernel, {{"angle", 90.0}}), column);
    };
    for (const char* column : {"bias_expected", "variance_expected"})
        EXPECT_TRUE(test::near(moments("0.5,1", column), 0.5 * (moments("0.5", column) + moments("1", column)), 1e-14));
}

// Theorem 1's minimisers, computed independently.
TEST(RffTemperature, PrintedMinima) {
    const Result result = run_rff(options_of("trig", 64, RffStudy::temperature));
    const Table& minima = table_of(result, "temperature_minima");
    const double conjugated[] = {0.9484, 0.9608, 0.9724, 0.9795, 0.9830};
    const double as_printed[] = {0.2541, 0.5547, 0.9724, 1.6966, 3.6688};
    for (int i = 0; i < 5; ++i) {
        const double angle = 30.0 + 30.0 * i;
        const double half = std::tan(0.5 * angle * std::numbers::pi / 180.0);
        const auto sigma = [&](const char* product, double count) {
            return number(minima, row_where(minima, {{"product", product}, {"angle", angle}, {"frequencies", count}}),
                          "temperature");
        };
        EXPECT_TRUE(test::near(sigma("conjugated", 16.0), conjugated[i], 5e-5));
        EXPECT_TRUE(test::near(sigma("as printed", 16.0), as_printed[i], 5e-5));
        EXPECT_TRUE(test::near(sigma("conjugated", 1.0), 1.0 / std::sqrt(3.0), 1e-14));
        EXPECT_TRUE(test::near(sigma("as printed", 1.0), half / std::sqrt(3.0), 1e-14 * half));
        EXPECT_EQ(sigma("conjugated", std::numeric_limits<double>::infinity()), 1.0);
        EXPECT_TRUE(test::near(sigma("as printed", std::numeric_limits<double>::infinity()), half, 1e-15 * half));
    }
}

// The simulated errors, of 2,000 estimates at 7 σ, 5 angles and both products: 70 comparisons at 4 standard errors.
TEST(RffTemperature, SimulationMeetsTheClosedForm) {
    RffOptions options = options_of("trig", 64, RffStudy::temperature);
    options.seed = 5;
    const Result result = run_rff(options);
    const Table& errors = table_of(result, "temperature_errors");
    std::size_t simulated = 0;
    for (std::size_t row = 0; row < errors.rows(); ++row) {
        if (test::is_missing(errors, row, "mse_simulated")) continue;
        ++simulated;
        EXPECT_TRUE(test::near(number(errors, row, "mse_simulated"), number(errors, row, "mse_expected"),
                               4.0 * number(errors, row, "mse_error")))
            << row;
    }
    EXPECT_EQ(simulated, 70U);
    // The minima lie on the curves, and nothing on them is below.
    const Table& minima = table_of(result, "temperature_minima");
    for (std::size_t row = 0; row < errors.rows(); ++row) {
        const std::size_t least = row_where(minima, {{"product", errors.at(row, errors.column("product"))},
                                                     {"angle", number(errors, row, "angle")},
                                                     {"frequencies", 16.0}});
        EXPECT_GE(number(errors, row, "mse_expected"), number(minima, least, "least_error") * (1.0 - 1e-12));
    }
}

// Figure 2: at ε = 1/500000 and P = 32 the second largest rfa temperature is 6.2e-5, RoPE's 0.66; at the code's 0.995 π
// it is 0.135.
TEST(RffSpectra, SecondLargestTemperatures) {
    RffOptions options = options_of("trig", 64, RffStudy::spectra);
    options.dimension = 64;
    const Result result = run_rff(options);
    const Table& spectra = table_of(result, "spectra");
    const std::size_t paper = row_where(spectra, {{"epsilon", 2e-6}, {"pair", 1.0}});
    EXPECT_TRUE(test::near(number(spectra, paper, "rfa"), 6.2e-5, 5e-7));
    EXPECT_TRUE(test::near(number(spectra, paper, "rope"), 0.66, 5e-3));
    const std::size_t code = row_where(spectra, {{"epsilon", 5e-3}, {"pair", 1.0}});
    EXPECT_TRUE(test::near(number(spectra, code, "rfa"), 0.135, 5e-4));
    // The distances follow from the spectra, which are sorted.
    const Table& distances = table_of(result, "spectrum_distances");
    double squares = 0.0;
    for (std::size_t row = 0; row < 32; ++row) {
        squares += std::pow(number(spectra, row, "rope") - number(spectra, row, "rfa"), 2);
        if (row > 0) {
            EXPECT_LE(number(spectra, row, "rfa"), number(spectra, row - 1, "rfa"));
        }
    }
    EXPECT_TRUE(test::near(number(distances, 0, "distance"), std::sqrt(squares / 32.0), 1e-14));
    EXPECT_LT(number(distances, 1, "distance_to_code"), number(distances, 0, "distance_to_code"));
}

TEST(RffSpectra, NeedPairs) {
    RffOptions options = options_of("trig", 8, RffStudy::spectra);
    options.dimension = 7;
    EXPECT_THROW((void)run_rff(options), Error);
    options.studies.clear();
    options.seeds = 1;
    const Result result = run_rff(options);
    EXPECT_TRUE(test::mentions(result.notes, "spectra left out"));
    EXPECT_FALSE(test::has_figure(result, "spectra"));
    options.studies = {RffStudy::spectra};
    options.dimension = 8;
    options.epsilons = {0.0};
    EXPECT_THROW((void)run_rff(options), Error);
}

}  // namespace
}  // namespace rotoscope
