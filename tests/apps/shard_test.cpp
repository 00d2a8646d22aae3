// Runs in parts and their merge, as users have them: the same bytes as one run.
#include "program.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using test::fails;
using test::run_rotoscope;
using test::succeeds;
using testing::HasSubstr;

class ShardedRuns : public test::SharedCheckpoints {
protected:
    [[nodiscard]] std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
    [[nodiscard]] test::Arguments phases(const test::Arguments& more) const {
        test::Arguments arguments{"phases", test::checkpoint("lm-llama-hf")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    /// Writes all parts of a run; the paths of their files.
    [[nodiscard]] test::Arguments write_parts(std::size_t count, const std::string& out,
                                              const test::Arguments& more = {}) const {
        test::Arguments files;
        for (std::size_t i = 0; i < count; ++i) {
            test::Arguments arguments = phases({"--shard", fmt::format("{}/{}", i, count), "--out", file(out)});
            arguments.insert(arguments.end(), more.begin(), more.end());
            EXPECT_TRUE(succeeds(run_rotoscope(arguments)));
            files.push_back(file(out) + fmt::format("/part-{}-of-{}.json", i, count));
        }
        return files;
    }
    [[nodiscard]] static ProcessOutcome merge(test::Arguments parts, const test::Arguments& more) {
        parts.insert(parts.begin(), "merge");
        parts.insert(parts.end(), more.begin(), more.end());
        return run_rotoscope(parts);
    }

    test::TemporaryFolder folder_;
};

// Every kind of file; 16 groups of heads, so that the last run has parts without any.
TEST_F(ShardedRuns, MergeGivesTheBytesOfOneRun) {
    const test::Arguments shown{"--format", "csv,json,tex,svg,ipynb,html", "--style", "icml"};
    for (const test::Arguments& options : {test::Arguments{}, test::Arguments{"--histogram", "0.1", "--hash-inputs"}}) {
        test::Arguments whole = phases({"--out", file("whole")});
        whole.insert(whole.end(), shown.begin(), shown.end());
        whole.insert(whole.end(), options.begin(), options.end());
        ASSERT_TRUE(succeeds(run_rotoscope(whole)));
        const test::Contents expected = test::contents(folder_.path() / "whole");
        ASSERT_TRUE(expected.contains("manifest.json") && expected.contains("notebook.ipynb"));
        for (const std::size_t count : {1U, 2U, 3U, 7U, 19U}) {
            SCOPED_TRACE(count);
            test::Arguments parts = write_parts(count, "parts", options);
            std::ranges::rotate(parts, parts.begin() + static_cast<std::ptrdiff_t>(count / 2));
            test::Arguments out{"--out", file("merged")};
            out.insert(out.end(), shown.begin(), shown.end());
            ASSERT_TRUE(succeeds(merge(parts, out)));
            EXPECT_TRUE(test::contents(folder_.path() / "merged") == expected);
            fs::remove_all(folder_.path() / "merged");
        }
        fs::remove_all(folder_.path() / "whole");
    }
}

TEST_F(ShardedRuns, StdoutIsThatOfOneRun) {
    const test::Arguments parts = write_parts(3, "parts");
    const ProcessOutcome whole = run_rotoscope(phases({"--json"}));
    ASSERT_TRUE(succeeds(whole));
    const ProcessOutcome merged = merge(parts, {"--json"});
    ASSERT_TRUE(succeeds(merged));
    EXPECT_EQ(merged.output, whole.output);
    EXPECT_EQ(merged.errors, whole.errors);
}

TEST_F(ShardedRuns, PartsDependOnNothingElse) {
    const test::Arguments one = write_parts(2, "one", {"--threads", "1"});
    const test::Arguments eight = write_parts(2, "eight", {"--threads", "8", "--quiet"});
    EXPECT_TRUE(test::contents(folder_.path() / "one") == test::contents(folder_.path() / "eight"));
    EXPECT_EQ(test::contents(folder_.path() / "one").size(), 2U) << "a part is all that is written";
}

TEST_F(ShardedRuns, SchedulersSayWhichPart) {
    const auto part = [&](const test::Environment& environment) {
        const ProcessOutcome outcome = run_rotoscope(phases({"--shard", "--out", file("s")}), environment);
        return outcome.exit_code == 0 ? outcome.output.substr(0, outcome.output.find(':')) : outcome.errors;
    };
    const auto slurm = [](const char* id, const char* count, const char* first, const char* last, const char* step) {
        return test::Environment{{"SLURM_ARRAY_TASK_ID", id},
                                 {"SLURM_ARRAY_TASK_COUNT", count},
                                 {"SLURM_ARRAY_TASK_MIN", first},
                                 {"SLURM_ARRAY_TASK_MAX", last},
                                 {"SLURM_ARRAY_TASK_STEP", step}};
    };
    EXPECT_EQ(part(slurm("2", "4", "0", "3", "1")), "part 2 of 4");
    EXPECT_EQ(part(slurm("4", "4", "1", "4", "1")), "part 3 of 4");
    EXPECT_EQ(part(slurm("7", "3", "3", "7", "2")), "part 2 of 3");
    EXPECT_EQ(part({{"SLURM_ARRAY_TASK_ID", "1"}, {"SLURM_ARRAY_TASK_COUNT", "2"}}), "part 1 of 2");
    EXPECT_THAT(part(slurm("6", "3", "1", "6", "1")), HasSubstr("expected an array such as 0-7"));  // 1,5,6
    EXPECT_THAT(part(slurm("5", "3", "1", "6", "1")), HasSubstr("expected an array such as 0-7"));
    EXPECT_THAT(part(slurm("0", "3", "1", "3", "1")), HasSubstr("expected an array such as 0-7"));
    EXPECT_THAT(part(slurm("x", "3", "1", "3", "1")), HasSubstr("SLURM_ARRAY_TASK_ID is 'x'"));
    const test::Environment mpi{{"OMPI_COMM_WORLD_RANK", "3"}, {"OMPI_COMM_WORLD_SIZE", "5"}};
    EXPECT_EQ(part(mpi), "part 3 of 5");
    test::Environment both = slurm("2", "4", "0", "3", "1");
    both.insert(both.end(), mpi.begin(), mpi.end());
    EXPECT_THAT(part(both), HasSubstr("both a Slurm array and Open MPI"));
    EXPECT_THAT(part({}), HasSubstr("expected --shard I/N"));
}

TEST_F(ShardedRuns, OptionsThatDoNotFitAreRefused) {
    for (const char* shard : {"3/3", "0/0", "-1/2", "1", "a/b", "1/2/3", "/", "0/99999999", "1/"})
        EXPECT_TRUE(fails(run_rotoscope(phases({"--shard", shard, "--out", file("s")})), ExitCode::usage, {"--shard"}))
            << shard;
    for (const test::Arguments& other : {test::Arguments{"--json"},
                                         {"--format", "csv"},
                                         {"--figures", "couplings"},
                                         {"--style", "icml"},
                                         {"--arrays", file("a")}}) {
        test::Arguments arguments = phases({"--shard", "0/2", "--out", file("s")});
        arguments.insert(arguments.end(), other.begin(), other.end());
        EXPECT_TRUE(fails(run_rotoscope(arguments), ExitCode::usage, {"--shard", other.front()}));
    }
    EXPECT_TRUE(fails(run_rotoscope({"phases", test::checkpoint("parity-srope"), "--shard", "0/2", "--out", file("s")}),
                      ExitCode::usage, {"--shard", "fixed RoPE"}));
    EXPECT_FALSE(fs::exists(folder_.path() / "s"));
}

TEST_F(ShardedRuns, PartsAreInputsThatNothingReplaces) {
    const test::Arguments parts = write_parts(1, "parts");
    fs::rename(parts[0], folder_.path() / "parts/result.json");
    const std::string before = test::read_bytes(folder_.path() / "parts/result.json");
    EXPECT_TRUE(fails(merge({file("parts/result.json")}, {"--format", "json", "--out", file("parts")}), ExitCode::usage,
                      {"would replace the input"}));
    EXPECT_TRUE(test::read_bytes(folder_.path() / "parts/result.json") == before);
    EXPECT_TRUE(fails(merge({file("none.json")}, {}), ExitCode::input, {"none.json"}));
    EXPECT_TRUE(fails(merge({test::checkpoint("lm-llama-hf/config.json")}, {}), ExitCode::input, {"not a whole part"}));
    EXPECT_TRUE(fails(run_rotoscope({"merge"}), ExitCode::usage, {"PART"}));
    EXPECT_TRUE(fails(merge({file("parts/result.json")}, {"--figures", "coupling", "--out", file("o")}),
                      ExitCode::usage, {"coupling"}));
}

// The n-th change of the file system fails or kills: the part is whole or not there.
TEST_F(ShardedRuns, NoFaultLeavesHalfAPart) {
    const test::Arguments part = write_parts(1, "whole");
    const std::string whole = test::read_bytes(part[0]);
    test::Arguments arguments = phases({"--shard", "0/1", "--out", file("faulty")});
    arguments.insert(arguments.begin(), ROTOSCOPE_PROGRAM);
    for (const bool kill : {false, true}) {
        int call = 1;
        for (; call < 50; ++call) {
            const ProcessOutcome outcome = test::run_with_fault(arguments, {call, kill});
            const test::Contents found = test::contents(folder_.path() / "faulty");
            for (const auto& [name, bytes] : found)
                EXPECT_TRUE(name.ends_with(".tmp") ? kill : bytes == whole) << name << " " << call;
            if (outcome.exit_code == 0) break;
            if (!kill) {
                EXPECT_TRUE(fails(outcome, ExitCode::output, {file("faulty")}));
            }
        }
        EXPECT_GE(call, 5);
        EXPECT_LT(call, 50);
        EXPECT_EQ(test::contents(folder_.path() / "faulty").size(), 1U) << "leftovers of killed runs are removed";
        fs::remove_all(folder_.path() / "faulty");
    }
}

// As docs/merge.md has it.
TEST_F(ShardedRuns, OpenMpiStartsAllParts) {
    const ProcessOutcome present = run_process({"/bin/sh", "-c", "command -v mpirun"});
    if (present.exit_code != 0) GTEST_SKIP() << "needs mpirun (Debian: openmpi-bin)";
    const std::string command =
        fmt::format("mpirun --allow-run-as-root --oversubscribe -n 3 {} phases {} --shard --out {}", ROTOSCOPE_PROGRAM,
                    test::checkpoint("lm-llama-hf"), file("mpi"));
    ASSERT_TRUE(succeeds(run_process({"/bin/sh", "-c", command})));
    EXPECT_EQ(write_parts(3, "parts").size(), 3U);
    EXPECT_TRUE(test::contents(folder_.path() / "mpi") == test::contents(folder_.path() / "parts"));
}

}  // namespace
}  // namespace rotoscope
