// `compare` against two runs of `phases`, subtracted; against closed forms; and what it reports and refuses.
#include "rotoscope/compare/compare.hpp"

#include "phases/small_model.hpp"
#include "support/compare.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double pi = std::numbers::pi;

CompareOptions options_of(std::vector<std::filesystem::path> checkpoints) {
    CompareOptions options;
    options.checkpoints = std::move(checkpoints);
    options.phases.length = 512;
    return options;
}

Result run(const CompareOptions& options, unsigned threads = 2) {
    ThreadPool pool(threads);
    Progress progress(false);
    Context context{pool, progress};
    return compare_checkpoints(options, context);
}

Result run_phases(const std::filesystem::path& checkpoint) {
    PhasesOptions options;
    options.checkpoint = checkpoint;
    options.length = 512;
    ThreadPool pool(1);
    Progress progress(false);
    Context context{pool, progress};
    return analyse_phases(options, context);
}

const Table& table(const Result& result, std::string_view name) {
    const auto found = std::ranges::find(result.tables, name, &Table::name);
    if (found == result.tables.end()) throw std::runtime_error("no table " + std::string(name));
    return *found;
}

std::filesystem::path data(const std::string& name) { return test::source_path("data/checkpoints/" + name); }

std::vector<std::filesystem::path> parity_run() {
    std::vector<std::filesystem::path> run;
    for (const char* end : {"-step00000", "-step00300", "-step01000", "-step03000", "-step08000", ""})
        run.push_back(test::shared_folder() / "checkpoints" / (std::string("parity-srope") + end));
    return run;
}

ExitCode code_of(const CompareOptions& options) {
    try {
        (void)run(options);
    } catch (const Error& error) {
        return error.code();
    }
    return ExitCode::done;
}

TEST(Compare, ChangesAreThoseOfTwoRunsOfPhases) {
    const Result result = run(options_of({data("parity-srope-step00000"), data("parity-srope")}));
    const Table from = table(run_phases(data("parity-srope-step00000")), "channels");
    const Table to = table(run_phases(data("parity-srope")), "channels");
    const Table& changes = table(result, "changes");
    ASSERT_EQ(changes.rows(), from.rows());
    // The same operation on the same numbers: no rounding is left to differ.
    for (const char* name : {"increment_mean", "resultant_length", "bias_frequency", "tap_sum"}) {
        const auto a = from.numbers(name), b = to.numbers(name),
                   change = changes.numbers(std::string(name) + "_change");
        for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(change[i], b[i] - a[i]) << name;
    }
    // ln(b/a) against ln b − ln a: a rounding of the quotient and three of logarithms.
    for (const char* name : {"projection_norm", "tap_norm", "forget_half_life", "von_mises_kappa"}) {
        const auto a = from.numbers(name), b = to.numbers(name),
                   change = changes.numbers(std::string(name) + "_log_ratio");
        for (std::size_t i = 0; i < a.size(); ++i)
            EXPECT_TRUE(test::near(change[i], std::log(b[i]) - std::log(a[i]),
                                   0x1p-51 * (1.0 + std::abs(std::log(a[i])) + std::abs(std::log(b[i])))));
    }
    const auto a = from.numbers("mean_direction"), b = to.numbers("mean_direction");
    const auto turn = changes.numbers("mean_direction_turn");
    bool wrapped = false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_LE(std::abs(turn[i]), pi);
        EXPECT_TRUE(test::near_angle(turn[i], b[i] - a[i], 1e-15));
        wrapped = wrapped || std::abs(b[i] - a[i]) > pi;
    }
    EXPECT_TRUE(wrapped) << "no channel passes ±π: nothing was tested there";
}

// At step 0 increments are the same for every token to 10^−4, so each has to be moved by its own distance from there:
// W1 = mean of |d' − μ| the shorter way round, μ the direction at step 0; the spread at step 0 is all that it misses.
TEST(Compare, DistancesAreMeanTurns) {
    const Result result = run(options_of({data("parity-srope-step00000"), data("parity-srope")}));
    const Table from = table(run_phases(data("parity-srope-step00000")), "channels");
    const Result trained = run_phases(data("parity-srope"));
    const Table& to = table(trained, "channels");
    const auto distance = table(result, "changes").numbers("distance");
    for (std::size_t i = 0; i < distance.size(); ++i) {
        const double spread = from.numbers("increment_circular_std")[i];
        const double turn =
            std::remainder(to.numbers("increment_mean")[i] - from.numbers("increment_mean")[i], 2.0 * pi);
        // The mean of |x| is within the standard deviation of |mean x| for either sample.
        const double slack = spread + to.numbers("increment_circular_std")[i] * 1.1;
        EXPECT_TRUE(test::near(distance[i], std::abs(turn), slack)) << i;
    }
}

TEST(Compare, ACheckpointAgainstItselfHasNotMoved) {
    const Result result = run(options_of({data("parity-srope"), data("parity-srope")}));
    const Table& changes = table(result, "changes");
    for (std::size_t column = 5; column < changes.columns().size(); ++column)
        for (std::size_t row = 0; row < changes.rows(); ++row)
            if (const auto* value = std::get_if<double>(&changes.at(row, column))) {
                EXPECT_EQ(*value, 0.0);
            }
    EXPECT_EQ(table(result, "moved").rows(), 0U);
    EXPECT_EQ(changes.rows(), 64U);
}

TEST(Compare, ThePerturbedChannelMovedMost) {
    const test::TemporaryFolder before, after;
    test::SmallModel model = test::SmallModel::gla();
    std::vector<double>& up = model.values["rotary.phi_proj.1.weight"];
    for (std::size_t i = 0; i < 16; ++i) up.push_back(0.1 * std::sin(static_cast<double>(i) + 1.0));
    model.write(before);
    up[2 * test::SmallModel::rank + 1] += 0.05;  // channel 2: head 1, channel 0
    model.write(after);
    CompareOptions options = options_of({before.path(), after.path()});
    options.phases.inputs = InputKind::sphere;
    const Result result = run(options);
    const Table& moved = table(result, "moved");
    ASSERT_EQ(moved.rows(), 1U) << "only one channel's weights differ";
    EXPECT_EQ(moved.numbers("head")[0], 1.0);
    EXPECT_EQ(moved.numbers("channel")[0], 0.0);
    EXPECT_GT(moved.numbers("distance")[0], 0.0);
}

TEST(Compare, WeightsThatAreNotNumbersAreMissingAndNoted) {
    const test::TemporaryFolder before, after;
    test::SmallModel model = test::SmallModel::gla();
    std::vector<double>& up = model.values["rotary.phi_proj.1.weight"];
    for (std::size_t i = 0; i < 16; ++i) up.push_back(0.1 * std::sin(static_cast<double>(i) + 1.0));
    model.write(before);
    up[2 * test::SmallModel::rank] = std::nan("");
    model.write(after);
    CompareOptions options = options_of({before.path(), after.path()});
    options.phases.inputs = InputKind::sphere;
    const Result result = run(options);
    EXPECT_THAT(result.notes, Contains(HasSubstr("NaN at [2, 0]")));
    const auto distance = table(result, "changes").numbers("distance");
    ASSERT_EQ(distance.size(), 4U);
    for (std::size_t c = 0; c < distance.size(); ++c) {
        if (c == 2) EXPECT_TRUE(std::isnan(distance[c]));
        else EXPECT_EQ(distance[c], 0.0);
    }
    EXPECT_EQ(table(result, "moved").rows(), 0U);
}

TEST(Compare, OtherShapesAreReported) {
    const Result result = run(options_of({data("parity-srope"), data("mqar-srope")}));
    EXPECT_EQ(table(result, "comparisons").rows(), 0U);
    ASSERT_EQ(table(result, "not_compared").rows(), 1U);
    EXPECT_THAT(result.notes, Contains(HasSubstr("4 heads of 16 pairs against 2 of 16: not compared")));
    EXPECT_THAT(result.figures, IsEmpty());
    EXPECT_EQ(table(result, "trajectory").rows(), 64U + 2U * 32U);
}

TEST(Compare, ThreadsDoNotMatter) {
    const CompareOptions options = options_of({data("parity-srope-step00000"), data("parity-srope")});
    const Result one = run(options, 1), three = run(options, 3);
    ASSERT_EQ(one.tables.size(), three.tables.size());
    for (std::size_t t = 0; t < one.tables.size(); ++t) {
        const Table &a = one.tables[t], &b = three.tables[t];
        ASSERT_EQ(a.rows(), b.rows());
        for (std::size_t row = 0; row < a.rows(); ++row)
            for (std::size_t column = 0; column < a.columns().size(); ++column)
                EXPECT_EQ(a.at(row, column), b.at(row, column)) << a.name();
    }
}

TEST(Compare, RefusesStepsAndNumbersOfCheckpoints) {
    EXPECT_EQ(code_of(options_of({data("parity-srope")})), ExitCode::usage);
    CompareOptions options = options_of({data("parity-srope-step00000"), data("parity-srope")});
    options.steps = {0, 1, 2};
    EXPECT_EQ(code_of(options), ExitCode::usage);
    options.steps = {5, 5};
    EXPECT_EQ(code_of(options), ExitCode::usage);
    options.steps = {5, 6};
    EXPECT_EQ(code_of(options), ExitCode::done);
    EXPECT_EQ(code_of(options_of({data("parity-srope"), data("no-such")})), ExitCode::input);
}

TEST(Compare, StepsComeFromNamesAndTheReferenceCanBeChosen) {
    CompareOptions options = options_of({data("parity-srope-step00000"), data("parity-srope")});
    const Result first = run(options);
    EXPECT_EQ(table(first, "checkpoints").numbers("step"), (std::vector<double>{0.0, 15210.0}));
    options.reference = Reference::last;
    const Result last = run(options);
    EXPECT_EQ(table(last, "comparisons").numbers("from"), std::vector<double>{1.0});
    const auto there = table(first, "changes").numbers("increment_mean_change");
    const auto back = table(last, "changes").numbers("increment_mean_change");
    for (std::size_t i = 0; i < there.size(); ++i) EXPECT_EQ(there[i], -back[i]);
}

// What is known of the run, to two digits: a 1 adds −0.74 π over a 0 in head 1, channel 14, and 0.70 π in channel 4 in
// the end. A model that has not been trained tells no tokens apart: by step 1,000 those two are below a tenth of that,
// most of the way is between steps 3,000 and 8,000.
TEST(Compare, ShowsWhenParityWasLearned) {
    ROTOSCOPE_NEEDS_SHARED();
    const Result result = run(options_of(parity_run()));
    const Table& angles = table(result, "token_angles");
    const std::vector<double> angle = angles.numbers("total_angle");
    EXPECT_EQ(table(result, "checkpoints").numbers("step"),
              (std::vector<double>{0.0, 300.0, 1000.0, 3000.0, 8000.0, 15210.0}));
    ASSERT_EQ(angle.size(), 6U * 64U * 2U);
    const auto contrast = [&](std::size_t snapshot, std::size_t channel) {
        const std::size_t row = (snapshot * 64 + 16 + channel) * 2;
        return (angle[row + 1] - angle[row]) / pi;
    };
    EXPECT_TRUE(test::near(contrast(5, 14), -0.74, 0.005));
    EXPECT_TRUE(test::near(contrast(5, 4), 0.70, 0.005));
    for (const std::size_t channel : {4U, 14U}) {
        const double end = std::abs(contrast(5, channel));
        EXPECT_LT(std::abs(contrast(0, channel)), 0.01 * end);
        EXPECT_LT(std::abs(contrast(2, channel)), 0.1 * end);
        EXPECT_GT(std::abs(contrast(4, channel)) - std::abs(contrast(3, channel)), 0.5 * end);
    }
    // The angle of a 1 itself: 0 at first, half a turn in the end. It has to flip a state that decays, so it is near π,
    // not at it: within a tenth.
    const std::size_t token_one = (16 + 14) * 2 + 1;
    EXPECT_LT(std::abs(angle[token_one]), 0.01 * pi);
    EXPECT_TRUE(test::near(angle[5 * 128 + token_one], pi, 0.1 * pi));
}

TEST(Compare, FixedRopeAgainstAnotherPositionIsReported) {
    ROTOSCOPE_NEEDS_SHARED();
    const auto shared = test::shared_folder() / "checkpoints";
    const Result mixed = run(options_of({shared / "lm-gla-srope", shared / "lm-gla-rope"}));
    EXPECT_THAT(mixed.notes, Contains(HasSubstr("not compared")));
    const Result same = run(options_of({shared / "lm-llama-hf", shared / "lm-llama-hf"}));
    const auto distance = table(same, "frequency_changes").numbers("distance");
    EXPECT_EQ(distance.size(), 4U * 8U * 16U);
    for (const double each : distance) EXPECT_EQ(each, 0.0);
    EXPECT_EQ(code_of(options_of({shared / "parity-nope", shared / "mqar-nope"})), ExitCode::input);
}

}  // namespace
}  // namespace rotoscope
