// Stdout and stderr that are full, closed or not there: exit codes still tell, and no file gets what was meant for
// them.
#include "program.hpp"
#include "support/files.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using test::succeeds;
using ::testing::HasSubstr;

class StandardStreams : public test::SharedCheckpoints {
protected:
    [[nodiscard]] fs::path out(const std::string& name) const { return folder_.path() / name; }
    test::TemporaryFolder folder_;
};

/// The exit code and stderr of a run with stdout, or stderr, on a descriptor.
struct Redirected {
    int code;
    std::string errors;
};

Redirected run_onto(int output, const test::Arguments& arguments) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    test::RunningProgram program(arguments, output, ends[1]);
    close(ends[1]);
    Redirected result{program.wait(), {}};
    std::array<char, 4096> buffer{};
    for (ssize_t count; (count = read(ends[0], buffer.data(), buffer.size())) > 0;)
        result.errors.append(buffer.data(), static_cast<std::size_t>(count));
    close(ends[0]);
    return result;
}

const std::vector<test::Arguments>& printing_commands() {
    static const std::vector<test::Arguments> commands{
        {"inspect", test::checkpoint("parity-srope")},
        {"inspect", test::checkpoint("parity-srope"), "--json"},
        {"phases", test::checkpoint("parity-srope"), "--json"},
        {"--help"},
        {"--version"},
    };
    return commands;
}

TEST_F(StandardStreams, AFullDiskBehindStdout) {
    for (const test::Arguments& arguments : printing_commands()) {
        const int full = open("/dev/full", O_WRONLY);
        const Redirected result = run_onto(full, arguments);
        close(full);
        EXPECT_EQ(result.code, 4) << ::testing::PrintToString(arguments);
        EXPECT_THAT(result.errors, HasSubstr("rotoscope: stdout cannot be written"));
    }
}

TEST_F(StandardStreams, AClosedPipeBehindStdout) {
    for (const test::Arguments& arguments : printing_commands()) {
        std::array<int, 2> ends{};
        ASSERT_EQ(pipe(ends.data()), 0);
        close(ends[0]);
        const Redirected result = run_onto(ends[1], arguments);
        close(ends[1]);
        EXPECT_EQ(result.code, 4) << ::testing::PrintToString(arguments);
        EXPECT_THAT(result.errors, HasSubstr("rotoscope: stdout cannot be written"));
    }
}

// Where messages cannot be written, the exit code still tells.
TEST_F(StandardStreams, AFullDiskBehindStderr) {
    const int full = open("/dev/full", O_WRONLY);
    for (const auto& [arguments, code] :
         {std::pair(test::Arguments{"inspect", "missing"}, 3), {test::Arguments{"inspect"}, 2}})
        EXPECT_EQ(test::RunningProgram(arguments, -1, full).wait(), code);
    close(full);
}

// Files are opened under the numbers that are free: what is printed must not land in them.
TEST_F(StandardStreams, ClosedStandardDescriptors) {
    const test::Arguments arguments{"phases", test::checkpoint("mqar-srope"), "--format", "csv,json", "--out"};
    const auto shell = [&](const std::string& redirection, const fs::path& target) {
        std::vector<std::string> command{"sh", "-c", "exec \"$@\" " + redirection, "sh", ROTOSCOPE_PROGRAM};
        command.insert(command.end(), arguments.begin(), arguments.end());
        command.push_back(target.string());
        return run_process(command);
    };
    EXPECT_TRUE(succeeds(shell("", out("plain"))));
    EXPECT_EQ(shell(">&-", out("no-output")).exit_code, 4);
    EXPECT_TRUE(succeeds(shell("2>&-", out("no-errors"))));
    EXPECT_TRUE(succeeds(shell("2>/dev/full", out("full-errors"))));
    EXPECT_TRUE(succeeds(shell("<&-", out("no-input"))));
    EXPECT_EQ(shell("<&- >&- 2>&-", out("nothing")).exit_code, 4);
    for (const char* name : {"no-output", "no-errors", "full-errors", "no-input", "nothing"})
        EXPECT_EQ(test::contents(out(name)), test::contents(out("plain"))) << name;
}

}  // namespace
}  // namespace rotoscope
