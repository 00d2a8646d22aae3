// `rotoscope compare` as its users have it: what it prints, what it refuses and how.
#include "program.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using test::Arguments;
using test::contents;
using test::fails;
using test::run_rotoscope;
using test::succeeds;

const std::string parity = test::source_path("data/checkpoints/parity-srope").string();
const std::string untrained = parity + "-step00000";
const std::string mqar = test::source_path("data/checkpoints/mqar-srope").string();

Arguments compare(Arguments more) {
    more.insert(more.begin(), "compare");
    return more;
}

TEST(CompareCommand, PrintsAtMostEightyColumns) {
    const test::TemporaryFolder folder;
    const std::vector<Arguments> runs{{untrained, parity},
                                      {parity, mqar},
                                      {parity, parity},
                                      {mqar, mqar, "--inputs", "sphere", "--length", "64", "--reference", "previous"}};
    for (Arguments run : runs) {
        run.insert(run.end(), {"--format", "csv", "--out", folder.path().string()});
        const ProcessOutcome outcome = run_rotoscope(compare(run));
        ASSERT_TRUE(succeeds(outcome));
        std::istringstream lines(outcome.output);
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(display_width(line), line.starts_with("files in") ? 4096U : 80U) << line;
    }
}

TEST(CompareCommand, WritesTheSameBytesForAnyThreads) {
    const test::TemporaryFolder folder;
    const auto files = [&](const char* threads) {
        const auto out = folder.path() / threads;
        EXPECT_TRUE(succeeds(run_rotoscope(compare({untrained, parity, "--length", "300", "--threads", threads, "--out",
                                                    out.string(), "--format", "csv,json,svg", "--quiet"}))));
        return contents(out);
    };
    const auto one = files("1");
    EXPECT_TRUE(one.contains("token_angles.svg"));
    EXPECT_EQ(one, files("2"));
}

TEST(CompareCommand, Refuses) {
    const test::TemporaryFolder folder;
    const std::string out = (folder.path() / "out").string();
    const auto refuses = [&](Arguments run, ExitCode code, const std::vector<std::string>& parts) {
        run.insert(run.end(), {"--out", out});
        return fails(run_rotoscope(compare(run)), code, parts);
    };
    EXPECT_TRUE(refuses({parity}, ExitCode::usage, {"1 checkpoint; expected two or more"}));
    EXPECT_TRUE(refuses({parity, parity + "-nowhere"}, ExitCode::input, {"parity-srope-nowhere"}));
    EXPECT_TRUE(refuses({untrained, parity, "--steps", "1"}, ExitCode::usage, {"--steps", "1 steps for 2"}));
    EXPECT_TRUE(refuses({untrained, parity, "--steps", "7,3"}, ExitCode::usage, {"--steps: 3 after 7"}));
    EXPECT_TRUE(refuses({untrained, parity, "--layers", "4"}, ExitCode::usage, {"--layers", "layer 4"}));
    EXPECT_TRUE(refuses({untrained, parity, "--figures", "token_angle"}, ExitCode::usage, {"token_angles"}));
    EXPECT_TRUE(refuses({untrained, parity, "--reference", "second"}, ExitCode::usage, {"--reference"}));
    EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace rotoscope
