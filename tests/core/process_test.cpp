// Other programs: started without a shell, fed and drained at once, ended on request.
#include "rotoscope/core/process.hpp"

#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

class ProcessTest : public ::testing::Test {
protected:
    void TearDown() override { request_stop(0); }
};

TEST_F(ProcessTest, CollectsBothStreamsAndTheExitCode) {
    const ProcessOutcome outcome = run_process({"sh", "-c", "printf out; printf err >&2; exit 7"});
    EXPECT_EQ(outcome.output, "out");
    EXPECT_EQ(outcome.errors, "err");
    EXPECT_EQ(outcome.exit_code, 7);
}

TEST_F(ProcessTest, ArgumentsPassThroughNoShell) {
    const test::TemporaryFolder folder;
    const std::string trap = (folder.path() / "made").string();
    const std::vector<std::string> hostile{
        "$(touch " + trap + ")", "`touch " + trap + "`", "; touch " + trap, "* ? ~ $HOME", "a\nb", "", "'\"\\"};
    std::vector<std::string> command{"printf", "%s|"};
    command.insert(command.end(), hostile.begin(), hostile.end());
    std::string expected;
    for (const std::string& argument : hostile) expected += argument + "|";
    EXPECT_EQ(run_process(command).output, expected);
    EXPECT_FALSE(std::filesystem::exists(trap));
}

TEST_F(ProcessTest, EnvironmentIsSetReplacedAndInherited) {
    setenv("ROTOSCOPE_TEST_KEPT", "kept", 1);
    setenv("ROTOSCOPE_TEST_CHANGED", "before", 1);
    ProcessOptions options;
    options.environment = {{"ROTOSCOPE_TEST_CHANGED", "after"}, {"ROTOSCOPE_TEST", "new"}};
    const std::string output = run_process({"env"}, options).output;
    EXPECT_THAT(output, ::testing::HasSubstr("ROTOSCOPE_TEST_KEPT=kept\n"));
    EXPECT_THAT(output, ::testing::HasSubstr("ROTOSCOPE_TEST_CHANGED=after\n"));
    EXPECT_THAT(output, ::testing::HasSubstr("ROTOSCOPE_TEST=new\n"));
    EXPECT_THAT(output, ::testing::Not(::testing::HasSubstr("before")));
    EXPECT_STREQ(std::getenv("ROTOSCOPE_TEST_CHANGED"), "before") << "ours is left alone";
}

// Far more than the pipes hold, in and out at the same time: either side waiting for the other would hang.
TEST_F(ProcessTest, LargeInputAndOutputDoNotDeadlock) {
    ProcessOptions options;
    for (int i = 0; i < 1'000'000; ++i) options.input += std::to_string(i) + "\n";
    const ProcessOutcome outcome = run_process({"tee", "/dev/stderr"}, options);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_TRUE(outcome.output == options.input);
    EXPECT_TRUE(outcome.errors == options.input);
}

TEST_F(ProcessTest, AChildThatDoesNotReadItsInput) {
    std::signal(SIGPIPE, SIG_IGN);
    ProcessOptions options;
    options.input.assign(10'000'000, 'x');
    EXPECT_EQ(run_process({"true"}, options).exit_code, 0);
    EXPECT_EQ(run_process({"false"}, options).exit_code, 1);
}

TEST_F(ProcessTest, AChildWithoutInputSeesTheEnd) { EXPECT_EQ(run_process({"cat"}).output, ""); }

TEST_F(ProcessTest, AChildThatClosesItsOutputAndGoesOn) {
    EXPECT_EQ(run_process({"sh", "-c", "exec >&- 2>&-; sleep 0.2; exit 3"}).exit_code, 3);
}

TEST_F(ProcessTest, AMissingProgramIsAnOutputError) {
    try {
        static_cast<void>(run_process({"rotoscope-no-such-program"}));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::output);
        EXPECT_THAT(error.what(), ::testing::HasSubstr("rotoscope-no-such-program"));
    }
}

TEST_F(ProcessTest, ASignalShowsAs128More) {
    EXPECT_EQ(run_process({"sh", "-c", "kill -KILL $$"}).exit_code, 128 + SIGKILL);
}

// We ignore SIGPIPE; a child that inherited that would write on into nothing.
TEST_F(ProcessTest, ChildrenDieOfClosedPipes) {
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(run_process({"sh", "-c", "kill -PIPE $$; exit 5"}).exit_code, 128 + SIGPIPE);
}

TEST_F(ProcessTest, AStopRequestKillsTheChild) {
    const test::TemporaryFolder folder;
    const auto pid_file = folder.path() / "pid";
    std::thread stopper([&] {
        while (!std::filesystem::exists(pid_file) || std::filesystem::file_size(pid_file) == 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        request_stop(SIGINT);
    });
    ExitCode code = ExitCode::done;
    try {
        static_cast<void>(run_process({"sh", "-c", "echo $$ > '" + pid_file.string() + "'; exec sleep 600"}));
    } catch (const Error& error) {
        code = error.code();
    }
    stopper.join();
    EXPECT_EQ(code, ExitCode::interrupted);
    EXPECT_EQ(kill(std::stoi(test::read_bytes(pid_file)), 0), -1) << "the child still runs";
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left unwaited for";
}

// Whether a run works or fails.
TEST_F(ProcessTest, ManyRunsLeakNoDescriptors) {
    const auto open_descriptors = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                             std::filesystem::directory_iterator());
    };
    const auto before = open_descriptors();
    for (int i = 0; i < 50; ++i) {
        static_cast<void>(run_process({"true"}));
        EXPECT_THROW(static_cast<void>(run_process({"rotoscope-no-such-program"})), Error);
    }
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace rotoscope
