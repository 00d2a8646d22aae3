// Output files that appear whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace rotoscope {

/// A file written under a temporary name `.rotoscope-PID-N@HOST.tmp` in the target's folder and renamed to the target
/// by commit(): after a crash, a kill or a full disk there is the old file or the new one, never a torn one.
/// Destruction without commit removes the temporary file. All failures are Error (output) that name the target.
class StagedFile {
public:
    /// Creates the temporary file. The target's folder must exist.
    explicit StagedFile(std::filesystem::path target);
    ~StagedFile();
    StagedFile(StagedFile&& other) noexcept;
    StagedFile(const StagedFile&) = delete;
    StagedFile& operator=(const StagedFile&) = delete;
    StagedFile& operator=(StagedFile&&) = delete;

    [[nodiscard]] const std::filesystem::path& target() const noexcept { return target_; }

    /// Appends after the last append.
    void write(std::string_view bytes);
    /// Writes at an offset; what lies between written ranges is zero.
    void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
    /// Flushes everything to the disk and closes: afterwards a commit needs no more space. Idempotent.
    void finish();
    /// finish(), then rename to the target and flush the folder.
    void commit();

private:
    std::filesystem::path target_;
    std::filesystem::path temporary_;
    int descriptor_ = -1;
    std::uint64_t appended_ = 0;
};

/// Creates `folder` and its parents where missing; Error (output) where that fails or something else is in the way.
void create_output_folder(const std::filesystem::path& folder);

/// Throws the Error (output) that create_output_folder or a StagedFile in `folder` would end with, as far as that can
/// be seen without making anything: before a long computation.
void check_output_folder(const std::filesystem::path& folder);

/// Removes temporary files in `folder` that a killed process left behind; those of running processes stay, and those
/// of other machines, whose processes cannot be seen.
void remove_stale_files(const std::filesystem::path& folder);

}  // namespace rotoscope
