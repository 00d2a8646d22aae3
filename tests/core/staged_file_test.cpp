// Output files are the old one or the new one: after failures, after kills, whoever else is writing.
#include "rotoscope/core/staged_file.hpp"

#include "support/files.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}

/// The Error that the function throws; fails where it throws none.
template <class Function>
Error error_of(const Function& function) {
    try {
        function();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no Error";
    return internal_error("none");
}

/// Runs the function in a child; its wait status.
template <class Function>
int status_of_child(const Function& function) {
    const pid_t child = fork();
    if (child == 0) {
        function();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

class StagedFileTest : public ::testing::Test {
protected:
    test::TemporaryFolder folder_;
    fs::path target_ = folder_.write("result.csv", "old");
};

TEST_F(StagedFileTest, AppearsAtCommitOnly) {
    StagedFile file(target_);
    file.write("ne");
    file.write("w");
    EXPECT_EQ(test::read_bytes(target_), "old");
    file.finish();
    EXPECT_EQ(test::read_bytes(target_), "old");
    file.commit();
    EXPECT_EQ(test::read_bytes(target_), "new");
    EXPECT_EQ(names_in(folder_.path()), std::vector<std::string>{"result.csv"});
}

TEST_F(StagedFileTest, NeverReplacesAPipe) {
    fs::remove(target_);
    ASSERT_EQ(mkfifo(target_.c_str(), 0600), 0);
    EXPECT_THROW(StagedFile file(target_), Error);
    EXPECT_TRUE(fs::is_fifo(target_));
}

TEST_F(StagedFileTest, WithoutCommitNothingChanges) {
    {
        StagedFile file(target_);
        file.write("new");
        StagedFile moved = std::move(file);
        moved.finish();
        moved.finish();
    }
    EXPECT_EQ(test::read_bytes(target_), "old");
    EXPECT_EQ(names_in(folder_.path()), std::vector<std::string>{"result.csv"});
}

TEST_F(StagedFileTest, WritesAnywhereAndFillsWithZeros) {
    StagedFile file(target_);
    file.write_at(6, bytes_of("gh"));
    file.write_at(0, bytes_of("ab"));
    file.write("AB");
    file.write("c");
    file.commit();
    EXPECT_EQ(test::read_bytes(target_), std::string("ABc\0\0\0gh", 8));
}

TEST_F(StagedFileTest, TemporaryNamesTellTheProcess) {
    const StagedFile first(target_);
    const StagedFile second(target_);
    const std::vector<std::string> names = names_in(folder_.path());
    ASSERT_EQ(names.size(), 3U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_TRUE(names[i].starts_with(".rotoscope-" + std::to_string(getpid()) + "-")) << names[i];
        EXPECT_TRUE(names[i].ends_with(".tmp")) << names[i];
    }
}

TEST_F(StagedFileTest, AFullFileSystemLeavesTheOldFile) {
    // The limit on the size of files stands for the full disk: writes beyond it fail with EFBIG.
    const int status = status_of_child([&] {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{4096, 4096};
        setrlimit(RLIMIT_FSIZE, &limit);
        try {
            StagedFile file(target_);
            file.write(std::string(10'000, 'x'));
            _exit(10);
        } catch (const Error& error) {
            const bool named = std::string_view(error.what()).find("result.csv") != std::string_view::npos;
            _exit(error.code() == ExitCode::output && named ? 20 : 30);
        }
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 20);
    EXPECT_EQ(test::read_bytes(target_), "old");
    EXPECT_EQ(names_in(folder_.path()), std::vector<std::string>{"result.csv"});
}

TEST_F(StagedFileTest, TargetsThatCannotBe) {
    const auto open = [](const fs::path& path) { return error_of([&] { const StagedFile file(path); }); };
    for (const fs::path& path : {folder_.path(), folder_.path() / "missing" / "x", target_ / "below"}) {
        const Error error = open(path);
        EXPECT_EQ(error.code(), ExitCode::output) << path;
        EXPECT_EQ(error.file(), path.string());
    }
    EXPECT_EQ(test::read_bytes(target_), "old");
}

TEST_F(StagedFileTest, AFolderThatVanishesFailsTheCommit) {
    const fs::path inner = folder_.path() / "inner";
    fs::create_directory(inner);
    StagedFile file(inner / "x");
    fs::remove_all(inner);
    EXPECT_EQ(error_of([&] { file.commit(); }).code(), ExitCode::output);
}

TEST_F(StagedFileTest, ATargetThatIsALinkIsReplacedNotFollowed) {
    const fs::path link = folder_.path() / "link.csv";
    fs::create_symlink(target_, link);
    StagedFile file(link);
    file.write("new");
    file.commit();
    EXPECT_EQ(test::read_bytes(target_), "old");
    EXPECT_EQ(test::read_bytes(link), "new");
}

// Someone who can guess the name puts a link there: what it points to must not be written.
TEST_F(StagedFileTest, ALinkAtTheTemporaryNameIsNotFollowed) {
    const fs::path victim = folder_.write("victim", "precious");
    {
        const StagedFile probe(target_);  // tells which number comes next
        std::string name = names_in(folder_.path()).front();
        const std::size_t dash = name.rfind('-') + 1;
        const int next = std::stoi(name.substr(dash)) + 1;
        fs::create_symlink(victim, folder_.path() / (name.substr(0, dash) + std::to_string(next) + ".tmp"));
    }
    try {
        StagedFile file(target_);
        file.write("overwritten");
        file.commit();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::output);
    }
    EXPECT_EQ(test::read_bytes(victim), "precious");
}

TEST_F(StagedFileTest, PermissionsFollowTheUmask) {
    const mode_t before = umask(027);
    StagedFile file(folder_.path() / "made");
    umask(before);
    file.commit();
    struct stat status{};
    ASSERT_EQ(stat((folder_.path() / "made").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(StagedFileTest, LeftoversOfTheDeadGoThoseOfTheLivingStay) {
    const int status = status_of_child([&] {
        StagedFile file(target_);
        file.write("torn");
        raise(SIGKILL);
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_EQ(names_in(folder_.path()).size(), 2U) << "the killed process left its file";

    const StagedFile mine(target_);
    folder_.write(".rotoscope-x.tmp", "not a process");
    folder_.write(".rotoscope-999999999-0", "no suffix");
    folder_.write(".rotoscope--5-0.tmp", "negative: kill would signal a group");
    folder_.write(".rotoscope-0-0.tmp", "zero: kill would signal our own group");
    folder_.write("rotoscope-999999999-0.tmp", "no dot");
    folder_.write(".rotoscope-1-0.tmp", "a process that lives, whose signals we may not send");
    folder_.write(".rotoscope-999999999-0@another-host.tmp", "of a machine whose processes cannot be seen");
    remove_stale_files(folder_.path());
    EXPECT_EQ(names_in(folder_.path()).size(), 9U);
    EXPECT_EQ(test::read_bytes(target_), "old");

    folder_.write(".rotoscope-999999999-0.tmp", "beyond any process id");
    remove_stale_files(folder_.path());
    EXPECT_FALSE(fs::exists(folder_.path() / ".rotoscope-999999999-0.tmp"));
    remove_stale_files(folder_.path() / "missing");
}

TEST_F(StagedFileTest, AFolderWithALeftoversNameStays) {
    fs::create_directories(folder_.path() / ".rotoscope-999999999-0.tmp" / "inside");
    remove_stale_files(folder_.path());
    EXPECT_TRUE(fs::exists(folder_.path() / ".rotoscope-999999999-0.tmp" / "inside"));
}

TEST_F(StagedFileTest, OutputFolders) {
    const fs::path deep = folder_.path() / "a" / "b";
    create_output_folder(deep);
    EXPECT_TRUE(fs::is_directory(deep));
    create_output_folder(deep);
    for (const fs::path& path : {target_, target_ / "below"}) {
        const Error error = error_of([&] { create_output_folder(path); });
        EXPECT_EQ(error.code(), ExitCode::output);
        EXPECT_EQ(error.file(), path.string());
    }
}

}  // namespace
}  // namespace rotoscope
