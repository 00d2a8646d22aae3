// Attention errors as the tool's tables have them.
#include "run_rff.hpp"
#include "support/compare.hpp"

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using test::number;
using test::row_where;
using test::run_rff;
using test::table_of;

RffOptions options_of(const std::string& features, std::vector<std::uint64_t> counts) {
    RffOptions options;
    options.features = parse_features(features);
    options.counts = std::move(counts);
    options.studies = {RffStudy::errors};
    return options;
}

// Means of an independent NumPy program over 8 seeds of its own, d = 64, L = 2048, D = 4096, to three decimals. The
// relative standard deviations over seeds, 3 to 13 %, are those of 8 seeds here. Both means scatter: a tolerance of 4.5
// s √(1/3 + 1/8), which a normal number passes by chance once in 150,000, and the rounding; no factor of √2 stays
// within it.
TEST(RffErrors, PublishedMeansAt4096) {
    RffOptions options = options_of("trig,trig:orthogonal,positive", {4096});
    options.length = 2048;
    options.seed = 1;
    options.seeds = 3;
    const Result result = run_rff(options);
    const Table& errors = table_of(result, "errors");
    const double published[] = {0.021, 0.012, 0.032};
    const double deviation[] = {0.03, 0.06, 0.13};
    for (std::size_t row = 0; row < 3; ++row) {
        const double tolerance = 4.5 * std::sqrt(1.0 / 3.0 + 1.0 / 8.0) * deviation[row] * published[row] + 0.0005;
        EXPECT_TRUE(test::near(number(errors, row, "output_error"), published[row], tolerance));
        EXPECT_TRUE(test::near(number(errors, row, "weights_error"), published[row], tolerance));
        EXPECT_EQ(number(errors, row, "unreliable_rows"), 0.0);
        EXPECT_EQ(number(errors, row, "rows"), 3.0 * 2048.0);
    }
}

// Errors of averages of D terms fall as D^−½; and they are what the first order predicts, where it does.
TEST(RffErrors, SlopeAndClosedForm) {
    RffOptions options = options_of("trig,orthogonal", {64, 256, 1024, 4096, 16384});
    options.length = 128;
    options.dimension = 32;
    options.seeds = 16;
    const Result result = run_rff(options);
    const Table& slopes = table_of(result, "slopes");
    const Table& errors = table_of(result, "errors");
    for (std::size_t row = 0; row < 2; ++row) {
        EXPECT_TRUE(test::near(number(slopes, row, "output_slope"), -0.5, 0.03));
        EXPECT_LT(number(slopes, row, "output_slope_low"), number(slopes, row, "output_slope"));
    }
    for (const double count : {1024.0, 4096.0, 16384.0}) {
        const std::size_t row = row_where(errors, {{"features", "trig"}, {"frequencies", count}});
        const double predicted = number(errors, row, "output_predicted");
        const double half = number(errors, row, "output_error_high") - number(errors, row, "output_error");
        // The band is 2.1 standard errors: twice it, and 2 % for the first seed's inputs standing for all.
        EXPECT_TRUE(test::near(number(errors, row, "output_error"), predicted, 2.0 * half + 0.02 * predicted));
        EXPECT_EQ(number(errors, row, "real_features"), 2.0 * count);
    }
    const std::size_t orthogonal = row_where(errors, {{"features", "trig:orthogonal"}});
    EXPECT_TRUE(test::is_missing(errors, orthogonal, "output_predicted"));
}

// The means are those of the table of seeds, with Student's interval; one seed has none.
TEST(RffErrors, MeansOfTheSeeds) {
    RffOptions options = options_of("trig", {16, 32});
    options.length = 64;
    options.dimension = 8;
    options.seeds = 3;
    options.seed = 7;
    const Result result = run_rff(options);
    const Table& seeds = table_of(result, "seeds");
    ASSERT_EQ(seeds.rows(), 6U);
    EXPECT_EQ(number(seeds, 3, "seed"), 7.0);
    double mean = 0.0;
    for (std::size_t row = 0; row < 3; ++row) mean += number(seeds, row, "output_error") / 3.0;
    double squares = 0.0;
    for (std::size_t row = 0; row < 3; ++row) squares += std::pow(number(seeds, row, "output_error") - mean, 2);
    const Table& errors = table_of(result, "errors");
    EXPECT_TRUE(test::near(number(errors, 0, "output_error"), mean, 1e-15));
    // t of 2 degrees of freedom at 97.5 %.
    const double half = 4.302652730 * std::sqrt(squares / 2.0 / 3.0);
    EXPECT_TRUE(test::near(number(errors, 0, "output_error_high"), mean + half, 1e-9 * half));
    options.seeds = 1;
    const Result one = run_rff(options);
    EXPECT_TRUE(test::is_missing(table_of(one, "errors"), 0, "output_error_low"));
}

// A smaller number of frequencies is part of a larger one, and a seed's numbers do not depend on the other seeds.
TEST(RffErrors, DrawsAreNested) {
    RffOptions options = options_of("positive:orthogonal", {16, 300});
    options.length = 64;
    options.dimension = 8;
    options.seeds = 2;
    const Result both = run_rff(options);
    options.counts = {16};
    options.seed = 1;
    options.seeds = 1;
    const Result alone = run_rff(options);
    EXPECT_TRUE(test::near(number(table_of(alone, "seeds"), 0, "output_error"),
                           number(table_of(both, "seeds"), 1, "output_error"), 1e-5));
}

// ‖q‖² = ‖k‖² = 8 and more: rows are counted and said, nothing is thrown, and the positive kind breaks otherwise.
TEST(RffErrors, BreakdownShowsInTheNumbers) {
    RffOptions options = options_of("trig,positive", {64});
    options.studies = {RffStudy::errors, RffStudy::norms};
    options.length = 128;
    options.seeds = 2;
    options.norm = std::sqrt(8.0);
    const Result result = run_rff(options);
    const Table& errors = table_of(result, "errors");
    EXPECT_GT(number(errors, 0, "unreliable_rows"), 20.0);
    EXPECT_GT(number(errors, 0, "output_error"), 1.0);
    EXPECT_TRUE(test::mentions(result.notes, "unreliable normaliser"));
    const Table& norms = table_of(result, "norms");
    EXPECT_TRUE(test::near(number(norms, 0, "squared_norm"), 2.0, 1e-12));
    EXPECT_LT(number(norms, 0, "unreliable_rows"), 0.1 * number(norms, 2, "unreliable_rows"));
    EXPECT_LT(number(norms, 0, "output_error"), number(norms, 2, "output_error"));
    EXPECT_TRUE(test::has_figure(result, "norms"));
}

// Norms whose exponentials overflow by far: numbers, and the option that would work.
TEST(RffErrors, OverflowNamesTheScaleThatWorks) {
    for (const double norm : {100.0, 1e4, 1e18}) {
        RffOptions options = options_of("trig,positive,oprf", {32});
        options.studies = parse_studies("all");
        options.length = 16;
        options.dimension = 8;
        options.seeds = 2;
        options.norm = norm;
        const Result result = run_rff(options);
        EXPECT_TRUE(test::mentions(result.notes, "--norm 1 has none of that")) << norm;
        EXPECT_TRUE(test::mentions(result.notes, "recurrence")) << norm;
        EXPECT_EQ(test::mentions(result.notes, "single precision"), norm > 1000.0) << norm;
    }
    // And it does work.
    RffOptions options = options_of("trig,positive,oprf", {32});
    options.studies = parse_studies("errors,rotations,kernel");
    options.length = 16;
    options.dimension = 8;
    options.norm = 1.0;
    const Result result = run_rff(options);
    EXPECT_FALSE(test::mentions(result.notes, "none of that"));
    for (std::size_t row = 0; row < 3; ++row)
        EXPECT_TRUE(std::isfinite(number(table_of(result, "errors"), row, "normaliser_error")));
}

TEST(RffErrors, PaddedDrawsAreSaid) {
    RffOptions options = options_of("trig:hadamard", {16});
    options.length = 8;
    options.dimension = 12;
    EXPECT_TRUE(test::mentions(run_rff(options).notes, "12 components are no power of two; draws are made with 16"));
    options.dimension = 16;
    EXPECT_FALSE(test::mentions(run_rff(options).notes, "power of two"));
}

TEST(RffErrors, EveryCombinationRuns) {
    RffOptions options = options_of("trig", {48});
    options.features.clear();
    for (const char* kind : {"trig", "offset", "positive", "hyperbolic", "oprf"})
        for (const char* draws : {"iid", "orthogonal", "hadamard", "sobol"})
            options.features.push_back(parse_features(std::string(kind) + ":" + draws).front());
    options.length = 64;
    options.dimension = 8;
    options.seeds = 3;
    for (const Mask mask : {Mask::causal, Mask::full}) {
        options.mask = mask;
        const Result result = run_rff(options);
        const Table& errors = table_of(result, "errors");
        ASSERT_EQ(errors.rows(), 20U);
        for (std::size_t row = 0; row < 20; ++row) {
            EXPECT_LT(number(errors, row, "output_error"), 1.5) << row;
            EXPECT_GT(number(errors, row, "output_error"), 0.01) << row;
        }
    }
}

// Temperatures other than 1 estimate another kernel: an error that more frequencies do not lessen.
TEST(RffErrors, TemperatureIsABias) {
    RffOptions options = options_of("trig", {4096});
    options.length = 64;
    options.dimension = 8;
    options.seeds = 2;
    const auto error = [&](const char* temperature) {
        options.temperature = parse_temperatures(temperature);
        const Result result = run_rff(options);
        EXPECT_EQ(test::is_missing(table_of(result, "errors"), 0, "output_predicted"), !options.temperature.standard());
        return number(table_of(result, "errors"), 0, "output_error");
    };
    const double standard = error("1");
    EXPECT_GT(error("0.5"), 3.0 * standard);
    EXPECT_GT(error("rope"), 3.0 * standard);
    EXPECT_GT(error("rfa"), 3.0 * standard);
    EXPECT_EQ(error("1,1"), standard);
}

}  // namespace
}  // namespace rotoscope
