// The program as its users have it: run with arguments, judged by exit code, streams and files.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/process.hpp"

namespace rotoscope::test {

using Arguments = std::vector<std::string>;
using Environment = std::vector<std::pair<std::string, std::string>>;
using Contents = std::map<std::string, std::string>;  ///< bytes by path relative to the folder

/// Runs rotoscope to its end.
[[nodiscard]] ProcessOutcome run_rotoscope(const Arguments& arguments, const Environment& environment = {});

/// The same in another working folder.
[[nodiscard]] ProcessOutcome run_rotoscope_in(const std::filesystem::path& folder, const Arguments& arguments);

/// Passes where the run failed as it should: with the code, nothing on stdout, and on stderr one to three lines of at
/// most 1,000 bytes that begin with the program's name, contain each of `parts`, and no control character.
[[nodiscard]] ::testing::AssertionResult fails(const ProcessOutcome& outcome, ExitCode code,
                                               const std::vector<std::string>& parts = {});
[[nodiscard]] ::testing::AssertionResult succeeds(const ProcessOutcome& outcome);

/// A shared checkpoint; SetUp has made sure that there are any.
[[nodiscard]] std::string checkpoint(const std::string& name);

/// A copy of a model's files that the test may change.
std::filesystem::path copy_model(const std::string& name, const std::filesystem::path& target);

/// A Llama with heads of 128 elements whose queries and keys, 8·layers·hidden² bytes, are holes; its file of weights.
/// Throws Error where the file system holds none of that size.
[[nodiscard]] std::filesystem::path write_hollow_llama(const std::filesystem::path& folder, int layers,
                                                       std::uint64_t hidden);

/// All files below a folder; empty where there is none.
[[nodiscard]] Contents contents(const std::filesystem::path& folder);
[[nodiscard]] bool has_temporary_files(const std::filesystem::path& folder);

/// Replaces `from`, which must occur once, in a text file.
void replace_in(const std::filesystem::path& file, const std::string& from, const std::string& to);

/// A run that goes on beside the test. Stdout and stderr go to /dev/null unless given.
class RunningProgram {
public:
    explicit RunningProgram(const Arguments& arguments, int output = -1, int errors = -1);
    ~RunningProgram();
    RunningProgram(const RunningProgram&) = delete;
    RunningProgram& operator=(const RunningProgram&) = delete;

    void send(int signal_number) const;
    [[nodiscard]] pid_t process() const noexcept { return child_; }
    /// Waits for the end: the exit code, or 128 + the signal.
    int wait();
    /// Of the ended program.
    [[nodiscard]] long peak_kibibytes() const { return usage_.ru_maxrss; }

private:
    pid_t child_ = -1;
    rusage usage_{};
};

/// Tests that run on the shared checkpoints; skipped where those are absent.
class SharedCheckpoints : public ::testing::Test {
protected:
    void SetUp() override;
};

}  // namespace rotoscope::test
