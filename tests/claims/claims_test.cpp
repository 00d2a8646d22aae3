// The table of claims, its inputs, and the experiments against the numbers that the theory states.
#include "support/compare.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rotoscope/claims/verify.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using ::testing::HasSubstr;

Verification verify(const std::vector<std::string>& claims, std::vector<std::string> settings = {},
                    std::uint64_t seed = 0, unsigned threads = 2) {
    ThreadPool pool(threads);
    Progress progress(false);
    Context context{pool, progress};
    VerifyOptions options;
    options.claims = claims;
    options.seed = seed;
    options.settings = std::move(settings);
    for (const std::string& claim : claims)
        if (claim.starts_with("recall"))
            options.settings.push_back("recall.rotation_decay.checkpoint=" +
                                       test::source_path("data/checkpoints/mqar-srope").string());
    return verify_claims(options, context);
}

std::string message_of(const std::vector<std::string>& claims, const std::vector<std::string>& settings) {
    try {
        (void)verify(claims, settings);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::usage);
        return error.what();
    }
    return "";
}

TEST(ClaimTable, NamesTheFigureOfEachClaim) {
    for (const Claim& claim : all_claims()) {
        if (claim.id.starts_with("rff") || claim.id == "phase.precision") continue;  // seconds; the same path
        const Verification measured = verify({std::string(claim.id)});
        std::vector<std::string> names;
        for (const Figure& figure : measured.result.figures) names.push_back(figure.name);
        EXPECT_EQ(names, claim.figure.empty() ? std::vector<std::string>{} : std::vector{std::string(claim.figure)})
            << claim.id;
    }
}

TEST(ClaimTable, HasEveryGroupOfTheTheory) {
    std::vector<std::string> ids;
    for (const Claim& claim : all_claims()) {
        ids.emplace_back(claim.id);
        EXPECT_FALSE(claim.statement.empty() || claim.equation.empty() || claim.reason.empty()) << claim.id;
        EXPECT_EQ(claim.expected == Verdict::holds_as_corrected, !claim.correction.empty()) << claim.id;
        std::set<std::string_view> names;
        for (const ClaimInput& input : claim.inputs) {
            EXPECT_TRUE(names.insert(input.name).second) << claim.id << " " << input.name;
            EXPECT_FALSE(input.meaning.empty());
            if (input.kind == ClaimInput::Kind::text) continue;
            for (const double value : {input.quick, input.full})
                EXPECT_TRUE(value >= input.lowest && value <= input.highest) << claim.id << " " << input.name;
        }
    }
    EXPECT_THAT(
        ids, ::testing::ElementsAre("rope.relative", "rope.trick", "rope.decay", "rff.unbiased", "rff.variance",
                                    "rff.attention", "rff.recurrence", "rff.temperature", "temperature.figure2",
                                    "ssm.dft", "leakage.rectangular", "leakage.decay", "leakage.hann",
                                    "householder.pair", "fox.gate", "tracking.parity", "tracking.a3", "phase.precision",
                                    "recall.rotation_decay", "gate.scalar_or_diagonal", "gate.spectra"));
}

TEST(ClaimTable, ExpectsCorrectionsWhereTheTheoryDoes) {
    for (const Claim& claim : all_claims()) {
        const bool corrected = claim.id == "rff.unbiased" || claim.id == "rff.temperature" ||
                               claim.id == "householder.pair" || claim.id == "fox.gate";
        EXPECT_EQ(claim.expected, corrected ? Verdict::holds_as_corrected : Verdict::holds) << claim.id;
    }
}

TEST(ClaimTable, IsSelectedByWholeParts) {
    EXPECT_EQ(select_claims("rff").size(), 5U);
    EXPECT_EQ(select_claims("leakage.decay").size(), 1U);
    EXPECT_EQ(select_claims("tracking").size(), 2U);
    EXPECT_THROW((void)select_claims("leakage.d"), Error);
    EXPECT_THROW((void)select_claims(""), Error);
}

TEST(ClaimTable, SuggestsTheNearest) {
    EXPECT_THAT(message_of({"rope.relativ"}, {}), HasSubstr("perhaps rope.relative"));
    EXPECT_THAT(message_of({"lekage"}, {}), HasSubstr("perhaps leakage"));
    EXPECT_THAT(message_of({"householder.pair"}, {"householder.pair.trails=3"}), HasSubstr("perhaps trials"));
    EXPECT_THAT(message_of({"householder.pair"}, {"householder.par.trials=3"}), HasSubstr("perhaps householder.pair"));
}

TEST(ClaimTable, RefusesSettingsThatDoNotFit) {
    const std::vector<std::string> claim{"householder.pair"};
    for (const char* value : {"0", "-1", "1.5", "many", "", "1e99", "nan", "3 "})
        EXPECT_THAT(message_of(claim, {std::string("householder.pair.trials=") + value}),
                    HasSubstr("expected a whole number from 1 to"))
            << value;
    EXPECT_THAT(message_of(claim, {"trials"}), HasSubstr("expected ID.NAME=VALUE"));
    EXPECT_THAT(message_of(claim, {"householder.pair=3"}), HasSubstr("--set"));
    EXPECT_THAT(message_of(claim, {"rope.relative.d=8"}), HasSubstr("not among those"));
}

TEST(ClaimSeeds, DifferByClaimAndSeed) {
    std::set<std::uint64_t> seeds;
    for (const Claim& claim : all_claims())
        for (std::uint64_t seed = 0; seed < 4; ++seed) seeds.insert(claim_seed(seed, claim.id));
    EXPECT_EQ(seeds.size(), 4 * all_claims().size());
}

/// The measured number of each check, by name.
std::map<std::string, double> measured(const Verification& verification) {
    std::map<std::string, double> numbers;
    const Table& table = verification.result.tables[1];
    const std::vector<double> values = table.numbers("measured");
    for (std::size_t row = 0; row < table.rows(); ++row)
        numbers[std::get<std::string>(table.at(row, table.column("check")))] = values[row];
    return numbers;
}

TEST(Claims, HaveTheNumbersOfTheTheory) {
    using test::near;
    const auto figure2 = measured(verify({"temperature.figure2"}));
    EXPECT_TRUE(near(figure2.at("second largest rfa temperature"), 6.2e-5, 0.05e-5));
    EXPECT_TRUE(near(figure2.at("second largest rfa temperature of the public code's θ"), 0.135, 0.0005));
    EXPECT_TRUE(near(figure2.at("second largest RoPE temperature"), 0.66, 0.005));
    const auto rectangular = measured(verify({"leakage.rectangular"}));
    EXPECT_TRUE(near(rectangular.at("leakage factor"), 0.0972, 0.00005));
    const auto variance = measured(verify({"rff.variance"}));
    // m = 128, twice the variance of the theory's table for m = 256; 5 % is six standard errors of 8,192 values.
    EXPECT_TRUE(near(variance.at("variance of a trigonometric estimate, m = 128"), 2 * 5.767e-3, 0.05 * 2 * 5.767e-3));
    const auto parity = measured(verify({"tracking.parity"}, {"tracking.parity.T=1000"}));
    EXPECT_TRUE(near(parity.at("float64, rotation: the margin farthest from exact"), 2.0, 1e-9));
    const auto a3 = measured(verify({"tracking.a3"}, {"tracking.a3.T=1000"}));
    EXPECT_TRUE(near(a3.at("float64, rotation: the margin farthest from exact"), 1.5, 1e-9));
}

/// Small inputs for the claims that take longest.
const std::vector<std::string> small{"phase.precision.log2_T=12", "tracking.parity.T=2000", "tracking.a3.T=2000",
                                     "rff.attention.seeds=12", "recall.rotation_decay.trials=200"};

std::string render(const Result& result) {
    std::string text;
    for (const Table& table : result.tables)
        for (std::size_t row = 0; row < table.rows(); ++row)
            for (std::size_t column = 0; column < table.columns().size(); ++column) {
                const Cell& cell = table.at(row, column);
                if (const auto* number = std::get_if<double>(&cell)) text += format_shortest(*number) + ",";
                else if (const auto* string = std::get_if<std::string>(&cell)) text += *string + ",";
            }
    for (const std::string& note : result.notes) text += note;
    for (const Figure& figure : result.figures)
        for (const Panel& panel : figure.panels)
            for (const Mark& mark : panel.marks)
                if (const auto* curve = std::get_if<Curve>(&mark))
                    for (const double y : curve->y) text += format_shortest(y) + ",";
    return text;
}

TEST(Claims, AreTheSameForAnyThreads) {
    const std::vector<std::string> claims{"rff", "tracking", "phase.precision", "recall", "leakage.decay", "fox.gate"};
    const std::string one = render(verify(claims, small, 3, 1).result);
    EXPECT_EQ(render(verify(claims, small, 3, 2).result), one);
    EXPECT_EQ(render(verify(claims, small, 3, 3).result), one);
    EXPECT_NE(render(verify(claims, small, 4, 2).result), one) << "the seed changes the inputs";
}

TEST(Claims, UseTheCheckpointsDecaysAndRotations) {
    const Result result = verify({"recall"}, {"recall.rotation_decay.trials=200"}).result;
    EXPECT_FALSE(result.inputs.empty());
    const auto table =
        std::ranges::find_if(result.tables, [](const Table& t) { return t.name() == "recall_checkpoint"; });
    ASSERT_NE(table, result.tables.end());
    EXPECT_EQ(table->rows(), 128U);
    // Without decay or rotation every age is alike: d/(N − 1) of random keys, d = 32, N = 128.
    for (const double decibels : table->numbers("none"))
        EXPECT_TRUE(test::near(decibels, 10 * std::log10(32.0 / 127.0), 1e-9));
    EXPECT_NE(table->numbers("decay"), table->numbers("none"));
    EXPECT_NE(table->numbers("rotation"), table->numbers("none"));
}

}  // namespace
}  // namespace rotoscope
