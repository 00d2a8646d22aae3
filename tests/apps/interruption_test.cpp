// Runs that do not end as they should: signals, kills, and a file system that fails at every point in turn.
#include "program.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using test::fails;
using test::run_rotoscope;
using test::succeeds;

class Interruption : public test::SharedCheckpoints {
protected:
    [[nodiscard]] fs::path out() const { return folder_.path() / "out"; }
    [[nodiscard]] fs::path arrays() const { return folder_.path() / "arrays" / "stages.safetensors"; }

    /// A command that writes every kind of file, some of them for a while.
    [[nodiscard]] test::Arguments command(const std::string& length) const {
        fs::create_directories(arrays().parent_path());
        return {"phases",   test::checkpoint("parity-srope"),
                "--length", length,
                "--format", "csv,json,svg",
                "--arrays", arrays().string(),
                "--out",    out().string()};
    }

    /// Waits until the program is in the middle of its arrays; false where it ended before.
    [[nodiscard]] bool wait_for_arrays() const {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!test::has_temporary_files(arrays().parent_path())) {
            if (fs::exists(arrays()) || std::chrono::steady_clock::now() > give_up) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }

    void clear() const {
        fs::remove_all(out());
        fs::remove_all(arrays().parent_path());
    }

    test::TemporaryFolder folder_;
};

// Stopped in the middle: the code of the signal, nothing left behind; then the same command as if nothing had been.
TEST_F(Interruption, SignalsStopCleanly) {
    const std::string length = "30000";
    ASSERT_TRUE(succeeds(run_rotoscope(command(length))));
    const test::Contents whole = test::contents(folder_.path());
    const test::TemporaryFolder message;
    for (const auto& [signal_number, code] : {std::pair(SIGINT, 130), {SIGTERM, 143}}) {
        clear();
        {
            // Longer by far than the test waits: it is still at work when the signal comes.
            const int errors = open((message.path() / "stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            test::RunningProgram endless(command("100000000"), -1, errors);
            close(errors);
            ASSERT_TRUE(wait_for_arrays());
            const auto sent = std::chrono::steady_clock::now();
            endless.send(signal_number);
            EXPECT_EQ(endless.wait(), code);
            const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - sent;
            RecordProperty("seconds_to_stop_" + std::to_string(code), std::to_string(waited.count()));
            EXPECT_TRUE(test::contents(folder_.path()).empty()) << "files are left";
            EXPECT_EQ(test::read_bytes(message.path() / "stderr"), "rotoscope: stopped by a signal\n");
        }
        EXPECT_TRUE(succeeds(run_rotoscope(command(length))));
        EXPECT_TRUE(test::contents(folder_.path()) == whole);
    }
}

// Killed at moments all over the run: the next one removes what is left, in both folders, and gives the same bytes.
TEST_F(Interruption, KillsAreRepairedByTheNextRun) {
    const std::string length = "30000";
    ASSERT_TRUE(succeeds(run_rotoscope(command(length))));
    const test::Contents whole = test::contents(folder_.path());
    std::size_t torn = 0;
    for (int delay = 0; delay < 320; delay += 20) {
        SCOPED_TRACE(delay);
        clear();
        test::RunningProgram program(command(length));
        static_cast<void>(wait_for_arrays());
        std::this_thread::sleep_for(std::chrono::milliseconds(delay));
        program.send(SIGKILL);
        program.wait();
        if (test::has_temporary_files(folder_.path())) ++torn;
        // What has a final name is whole already.
        for (const auto& [name, bytes] : test::contents(folder_.path()))
            EXPECT_TRUE(name.ends_with(".tmp") || (whole.contains(name) && whole.at(name) == bytes)) << name;
        ASSERT_TRUE(succeeds(run_rotoscope(command(length))));
        ASSERT_TRUE(test::contents(folder_.path()) == whole);
    }
    EXPECT_GT(torn, 0U) << "no kill hit a run at work";
}

/// What holds after any fault: each file is the old or the new one.
void expect_old_or_new(const test::Contents& found, const test::Contents& before, const test::Contents& after) {
    for (const auto& [name, bytes] : found) {
        EXPECT_FALSE(name.ends_with(".tmp")) << name;
        const bool is_old = before.contains(name) && before.at(name) == bytes;
        const bool is_new = after.contains(name) && after.at(name) == bytes;
        EXPECT_TRUE(is_old || is_new) << name << " is torn";
    }
}

// The n-th change of the file system fails, for every n until a run does not reach it.
TEST_F(Interruption, EveryFaultOfTheFileSystemIsReported) {
    const auto run = [&](const std::string& length, int call) {
        test::Arguments arguments{ROTOSCOPE_PROGRAM};
        const test::Arguments options = command(length);
        arguments.insert(arguments.end(), options.begin(), options.end());
        return test::run_with_fault(arguments, {call, false});
    };
    ASSERT_TRUE(succeeds(run("50", 0)));
    const test::Contents after = test::contents(folder_.path());
    clear();
    ASSERT_TRUE(succeeds(run("40", 0)));
    const test::Contents before = test::contents(folder_.path());
    const fs::path backup = folder_.path().string() + "-backup";
    fs::copy(folder_.path(), backup, fs::copy_options::recursive);
    int call = 1;
    for (; call < 500; ++call) {
        SCOPED_TRACE(call);
        clear();
        fs::copy(backup, folder_.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
        const ProcessOutcome outcome = run("50", call);
        const test::Contents found = test::contents(folder_.path());
        expect_old_or_new(found, before, after);
        if (outcome.exit_code == 0) {
            EXPECT_TRUE(found == after);
            break;
        }
        EXPECT_TRUE(fails(outcome, ExitCode::output, {folder_.path().string()}));
        // With a manifest the folder is all old or all new.
        if (found.contains("out/manifest.json")) {
            const bool is_new = found.at("out/manifest.json") == after.at("out/manifest.json");
            for (const auto& [name, bytes] : is_new ? after : before)
                EXPECT_TRUE(!name.starts_with("out/") || (found.contains(name) && found.at(name) == bytes)) << name;
        }
    }
    fs::remove_all(backup);
    // Eight files at least, each made, written, flushed, renamed, its folder flushed.
    EXPECT_GE(call, 8 * 5);
}

}  // namespace
}  // namespace rotoscope
