// Input files: opened once, read by position, never changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>

namespace rotoscope {

/// A regular file open for reading; links are followed. A file that shrinks while it is read is an Error, never a
/// SIGBUS. All failures are Error (input) that name the file.
class InputFile {
public:
    /// Throws where the path is missing, unreadable, or not a regular file; a FIFO or a device is refused at once.
    explicit InputFile(std::filesystem::path path);
    ~InputFile();
    InputFile(InputFile&& other) noexcept;
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;
    InputFile& operator=(InputFile&&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// Bytes when it was opened.
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    /// Device and inode: equal for two names of one file.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> identity() const noexcept { return identity_; }

    /// For what must name the file to the system; it stays this object's.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    /// Fills `out` with the bytes from `offset`, or throws where the file ends before. Thread-safe.
    void read_at(std::uint64_t offset, std::span<std::byte> out) const;

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::pair<std::uint64_t, std::uint64_t> identity_;
};

}  // namespace rotoscope
