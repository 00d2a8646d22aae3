// rotoscope verify as its users have it: exit codes, table, files.
#include "program.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <sstream>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using test::fails;
using test::run_rotoscope;
using test::succeeds;
using ::testing::HasSubstr;

TEST(VerifyCommand, RefusesWhatThereIsNot) {
    EXPECT_TRUE(
        fails(run_rotoscope({"verify", "--claim", "rope.relativ"}), ExitCode::usage, {"perhaps rope.relative"}));
    EXPECT_TRUE(fails(run_rotoscope({"verify", "--set", "fox.gate.t=3"}), ExitCode::usage, {"'t'", "expected"}));
    EXPECT_TRUE(fails(run_rotoscope({"verify", "--set", "fox.gate.T=0"}), ExitCode::usage, {"fox.gate.T", "from 2"}));
    EXPECT_TRUE(fails(run_rotoscope({"verify", "--full", "--quick"}), ExitCode::usage, {"--quick"}));
    EXPECT_TRUE(
        fails(run_rotoscope({"verify", "--claim", "recall", "--set", "recall.rotation_decay.checkpoint=/nowhere"}),
              ExitCode::input, {"/nowhere"}));
}

TEST(VerifyCommand, ListsTheClaims) {
    const ProcessOutcome outcome = run_rotoscope({"verify", "--list"});
    EXPECT_TRUE(succeeds(outcome));
    for (const char* id : {"rope.relative", "phase.precision", "gate.spectra"})
        EXPECT_THAT(outcome.output, HasSubstr(id));
    EXPECT_THAT(run_rotoscope({"verify", "--list", "--claim", "fox.gate"}).output, HasSubstr("T = 96"));
}

TEST(VerifyCommand, FitsTheTerminal) {
    for (const char* claim : {"householder", "rff.recurrence", "gate.spectra"}) {
        const test::TemporaryFolder folder;
        const ProcessOutcome outcome =
            run_rotoscope({"verify", "--claim", claim, "--format", "csv", "--out", (folder.path() / "o").string()});
        EXPECT_TRUE(succeeds(outcome));
        std::istringstream lines(outcome.output);
        for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80U) << line;
        EXPECT_THAT(outcome.output, HasSubstr("holds"));
    }
}

// Large norms and few frequencies: the next order in 1/m hides the slope, so that even the control passes.
TEST(VerifyCommand, WritesEverythingAndExitsWithOneForASurprise) {
    const test::TemporaryFolder folder;
    const std::string out = (folder.path() / "o").string();
    const ProcessOutcome outcome =
        run_rotoscope({"verify", "--claim", "rff.attention", "--set", "rff.attention.radius=1.5", "--set",
                       "rff.attention.smallest_m=64", "--format", "csv,json", "--out", out});
    EXPECT_EQ(outcome.exit_code, static_cast<int>(ExitCode::surprise));
    EXPECT_THAT(outcome.output, HasSubstr("fails (!)"));
    EXPECT_THAT(outcome.errors, HasSubstr("differs from the expected verdict: rff.attention"));
    EXPECT_THAT(outcome.errors, HasSubstr("expected: holds"));
    const auto files = test::contents(out);
    for (const char* name : {"claims.csv", "checks.csv", "inputs.csv", "remarks.csv", "result.json", "manifest.json"})
        EXPECT_TRUE(files.contains(name)) << name;
    const auto result = nlohmann::json::parse(files.at("result.json"));
    EXPECT_EQ(result["tool"], "verify");
    EXPECT_EQ(result["options"]["set"], "rff.attention.radius=1.5 rff.attention.smallest_m=64");
}

}  // namespace
}  // namespace rotoscope
