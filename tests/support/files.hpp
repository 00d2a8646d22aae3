// Files that tests need: a temporary folder, the data of this repository, the shared checkpoints.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace rotoscope::test {

/// A new empty folder, removed with all it holds at the end of the test.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// Writes a file below the folder and returns its path.
    std::filesystem::path write(const std::string& name, std::string_view bytes) const;

private:
    std::filesystem::path path_;
};

[[nodiscard]] std::string read_bytes(const std::filesystem::path& path);

/// Whether files of this folder are kept in memory only, where holes are filled when they are read mapped.
[[nodiscard]] bool in_memory(const std::filesystem::path& folder);

/// A path inside the repository.
[[nodiscard]] std::filesystem::path source_path(const std::string& relative);

/// The folder of shared checkpoints: $ROTOSCOPE_SHARED, or `shared` beside the repository. Empty where absent.
[[nodiscard]] std::filesystem::path shared_folder();

}  // namespace rotoscope::test

/// Skips a test, and says why, on a machine without the shared checkpoints.
#define ROTOSCOPE_NEEDS_SHARED()                                                                         \
    if (::rotoscope::test::shared_folder().empty())                                                      \
    GTEST_SKIP() << "needs the shared checkpoints: put them beside the repository as ../shared, or set " \
                    "ROTOSCOPE_SHARED"
