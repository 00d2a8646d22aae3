// How forget gates are laid out follows from family and configuration, never from a number that happens to fit.
#include "small_model.hpp"
#include "support/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {
namespace {

using ::testing::HasSubstr;

Result run(const test::TemporaryFolder& folder, std::uint64_t length = 64, bool arrays = false) {
    PhasesOptions options;
    options.checkpoint = folder.path();
    options.inputs = InputKind::sphere;
    options.length = length;
    if (arrays) options.arrays = folder.path() / "arrays.safetensors";
    ThreadPool pool(1);
    Progress progress(false);
    Context context{pool, progress};
    return analyse_phases(options, context);
}

Error refusal(const test::SmallModel& model) {
    const test::TemporaryFolder folder;
    model.write(folder);
    try {
        static_cast<void>(run(folder));
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "accepted";
    return internal_error("accepted");
}

const Table& table(const Result& result, std::string_view name) {
    for (const Table& candidate : result.tables)
        if (candidate.name() == name) return candidate;
    throw std::runtime_error("no such table");
}

// Eight value heads for two heads of two pairs: as many as GLA has gates, but head h owns gates 4h … 4h + 3.
TEST(ForgetGateLayout, OfGatedDeltaNetIsByValueHead) {
    test::SmallModel model = test::SmallModel::gated_deltanet(8);
    model.values["a_proj.weight"] = std::vector<double>(8 * 16, 0.0);
    model.values["A_log"] = {0, 0, 0, 0, 0, 0, 0, 0};
    model.values["dt_bias"] = {-1, -2, -3, -4, 1, 2, 3, 4};
    const test::TemporaryFolder folder;
    model.write(folder);
    const Result result = run(folder, 64, true);
    const auto softplus = [](double x) { return std::log1p(std::exp(x)); };
    const double first = (softplus(-1) + softplus(-2) + softplus(-3) + softplus(-4)) / 4;
    const double second = (softplus(1) + softplus(2) + softplus(3) + softplus(4)) / 4;
    const std::vector<double> half_lives = table(result, "channels").numbers("forget_half_life");
    for (std::size_t c = 0; c < 4; ++c)
        EXPECT_TRUE(test::near(half_lives[c], std::numbers::ln2 / (c < 2 ? first : second), 1e-12));
    const Checkpoint arrays = Checkpoint::open(folder.path() / "arrays.safetensors");
    EXPECT_EQ(arrays.require("layer0.log_forget_gate").shape, (std::vector<std::uint64_t>{64, 8}));
}

TEST(ForgetGateLayout, OfGlaIsByKeyDimension) {
    test::SmallModel model = test::SmallModel::gla();
    model.values["gk_proj.1.weight"] = std::vector<double>(8 * 3, 0.0);
    model.values["gk_proj.1.bias"] = {1, 2, 3, 4, 5, 6, 7, 8};
    const test::TemporaryFolder folder;
    model.write(folder);
    const Result result = run(folder, 64, true);
    const auto log_gate = [](double x) { return -std::log1p(std::exp(-x)) / 16.0; };
    const std::vector<double> half_lives = table(result, "channels").numbers("forget_half_life");
    const double pairs[4][2] = {{1, 3}, {2, 4}, {5, 7}, {6, 8}};  // n and n + P of each head
    for (std::size_t c = 0; c < 4; ++c) {
        const double expected = -std::numbers::ln2 / (0.5 * (log_gate(pairs[c][0]) + log_gate(pairs[c][1])));
        EXPECT_TRUE(test::near(half_lives[c], expected, 1e-12 * expected)) << c;
    }
    const Checkpoint arrays = Checkpoint::open(folder.path() / "arrays.safetensors");
    EXPECT_EQ(arrays.require("layer0.log_forget_gate").shape, (std::vector<std::uint64_t>{64, 2, 4}));
}

TEST(ForgetGateLayout, ContradictionsAreRefused) {
    test::SmallModel more = test::SmallModel::gated_deltanet(4);
    more.shapes["a_proj.weight"] = {8, 16};
    EXPECT_THAT(refusal(more).what(), HasSubstr("a_proj.weight': shape [8, 16] does not fit the configuration; "
                                                "expected [N, D] = [4, 16]"));
    test::SmallModel silent = test::SmallModel::gated_deltanet(8);
    silent.more_config = "";  // then as many as heads
    EXPECT_THAT(refusal(silent).what(), HasSubstr("expected [N, D] = [2, 16]"));
    const Error odd = refusal(test::SmallModel::gated_deltanet(3));
    EXPECT_THAT(odd.what(), HasSubstr("config.json: num_v_heads is 3; expected a multiple of the 2 heads"));
    EXPECT_EQ(odd.code(), ExitCode::input);
}

// log a = logsigmoid(…)/normalizer would grow, or be anything, with such a number.
TEST(ForgetGateLayout, NumbersOfTheConfigurationAreChecked) {
    const std::pair<const char*, const char*> refused[] = {
        {"\"gate_logit_normalizer\": 0,", "gate_logit_normalizer is 0; expected a finite number above 0"},
        {"\"gate_logit_normalizer\": -16,", "gate_logit_normalizer is -16; expected"},
        {"\"gate_logit_normalizer\": \"16\",", "gate_logit_normalizer is not a number; expected"},
        {"\"clamp_min\": 0.5,", "clamp_min is 0.5; expected"},
        {"\"clamp_min\": true,", "clamp_min is not a number; expected"},
    };
    for (const auto& [member, message] : refused) {
        test::SmallModel model = test::SmallModel::gla();
        model.more_config = member;
        const Error error = refusal(model);
        EXPECT_EQ(error.code(), ExitCode::input);
        EXPECT_THAT(error.what(), HasSubstr("config.json: " + std::string(message)));
    }
    for (const char* member : {"\"gate_logit_normalizer\": 8,", "\"gate_logit_normalizer\": null,", "\"clamp_min\": 0,",
                               "\"clamp_min\": -1.5,", "\"clamp_min\": null,"}) {
        test::SmallModel model = test::SmallModel::gla();
        model.more_config = member;
        const test::TemporaryFolder folder;
        model.write(folder);
        EXPECT_NO_THROW(static_cast<void>(run(folder))) << member;
    }
}

// A gate that is 1 in double precision: its channel has an infinite window, and so has the mean of its head.
TEST(ForgetGateLayout, AnInfiniteWindowMakesTheHeadsMeanInfinite) {
    test::SmallModel model = test::SmallModel::gla();
    model.values["gk_proj.1.weight"] = std::vector<double>(8 * 3, 0.0);
    model.values["gk_proj.1.bias"] = {1e6, 2, 1e6, 4, 5, 6, 7, 8};  // channel 0 of head 0
    const test::TemporaryFolder folder;
    model.write(folder);
    const Result result = run(folder);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(table(result, "channels").numbers("forget_half_life")[0], infinity);
    const std::vector<double> windows = table(result, "heads").numbers("effective_window");
    EXPECT_EQ(windows[0], infinity);
    EXPECT_TRUE(std::isfinite(windows[1]));
    const Table& heads = table(result, "heads");
    EXPECT_THAT(heads.columns()[heads.column("effective_window")].description, HasSubstr("infinite where"));
}

}  // namespace
}  // namespace rotoscope
