// Every tool at work stops when it is asked to: the code of the signal, one line, nothing written.
#include "program.hpp"
#include "support/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

// Each of these would take much longer than a test may. The promise is one second; what is judged is five, for other
// tests run beside it, and the time itself is recorded.
TEST(Stops, EveryToolWhenItIsAskedTo) {
    const test::TemporaryFolder model, out, parts;
    try {
        static_cast<void>(test::write_hollow_llama(model.path(), 120, 8192));
    } catch (const Error& error) {
        GTEST_SKIP() << "no sparse files of 60 GiB here: " << error.what();
    }
    const std::string endless = model.path().string();
    const std::string parity = test::source_path("data/checkpoints/parity-srope").string();
    // A merge computes nothing, and draws for seconds.
    ASSERT_TRUE(test::succeeds(test::run_rotoscope(
        {"phases", endless, "--layers", "0-11", "--shard", "0/1", "--out", parts.path().string()})));
    const test::Arguments commands[] = {
        {"inspect", endless, "--stats"},
        {"phases", endless},
        {"phases", endless, "--shard", "0/1"},
        {"merge", (parts.path() / "part-0-of-1.json").string()},
        {"phases", parity, "--length", "1000000000"},
        {"compare", endless, endless, "--layers", "0-59"},
        {"compare", parity + "-step00000", parity, "--length", "1000000000"},
        {"leakage", "--sweep", "--length", "1048576", "--sweep-range", "0:10:10000"},
        {"leakage", "--rotations", parity + ":0:0", "--length", "4000000"},
        {"rff", "--study", "errors", "--length", "8192", "--counts", "65536", "--seeds", "100"},
        {"rff", "--study", "kernel", "--counts", "1048576", "--seeds", "100"},
        {"verify", "--full"},
        {"figures", "--checkpoint", parity},
    };
    double slowest = 0.0;
    for (const test::Arguments& command : commands) {
        SCOPED_TRACE(command.front() + " " + command.back());
        test::Arguments arguments = command;
        arguments.insert(arguments.end(), {"--out", (out.path() / "out").string()});
        const int errors = open((out.path() / "stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        test::RunningProgram program(arguments, -1, errors);
        close(errors);
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        const auto sent = std::chrono::steady_clock::now();
        program.send(SIGINT);
        EXPECT_EQ(program.wait(), 130);
        const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - sent;
        EXPECT_LT(waited.count(), 5.0);
        slowest = std::max(slowest, waited.count());
        EXPECT_EQ(test::read_bytes(out.path() / "stderr"), "rotoscope: stopped by a signal\n");
        EXPECT_FALSE(fs::exists(out.path() / "out") && !fs::is_empty(out.path() / "out")) << "files are left";
    }
    RecordProperty("seconds_to_stop", std::to_string(slowest));
}

}  // namespace
}  // namespace rotoscope
