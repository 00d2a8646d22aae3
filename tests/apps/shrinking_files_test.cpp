// A model's file shrinks while a tool is at work on it: an error of its bytes, never a signal.
#include "program.hpp"
#include "support/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Whether the process has the file mapped now.
bool maps(pid_t process, const fs::path& file) {
    return test::read_bytes(fmt::format("/proc/{}/maps", process)).find(file.filename().string()) != std::string::npos;
}

TEST(ShrinkingFiles, AreAnError) {
    for (const test::Arguments& command : {test::Arguments{"inspect", "--stats"}, test::Arguments{"phases"},
                                           test::Arguments{"phases", "--histogram", "1"}}) {
        SCOPED_TRACE(command.back());
        const test::TemporaryFolder model, out;
        if (test::in_memory(model.path())) GTEST_SKIP() << "needs a folder for temporary files that is on a disk";
        const fs::path file = test::write_hollow_llama(model.path(), 32, 4096);  // 4 GiB, a second's work
        test::Arguments arguments = command;
        arguments.insert(arguments.end(), {model.path().string(), "--out", (out.path() / "out").string()});
        const int errors = open((out.path() / "stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        test::RunningProgram program(arguments, -1, errors);
        close(errors);
        bool mapped = false;
        for (int wait = 0; wait < 10'000 && !mapped; ++wait) {
            mapped = maps(program.process(), file);
            if (!mapped) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        ASSERT_TRUE(mapped) << "it ended before, or maps nothing";
        fs::resize_file(file, 1 << 16);
        EXPECT_EQ(program.wait(), 3);
        const std::string message = test::read_bytes(out.path() / "stderr");
        EXPECT_THAT(message, StartsWith("rotoscope: " + file.string() + ": tensor 'model.layers."));
        EXPECT_THAT(message, HasSubstr("ends here while it is read; it had "));
        EXPECT_FALSE(fs::exists(out.path() / "out") && !fs::is_empty(out.path() / "out")) << "files are left";
    }
}

}  // namespace
}  // namespace rotoscope
