// Ranges of input files in memory without a copy, and what happens where a file shrinks beneath them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "rotoscope/checkpoint/file.hpp"

namespace rotoscope {

struct MappingGuard;

/// Bytes of a file, mapped: no copy is made, and they may be read in any order by several threads. Once one of them
/// cannot be read, because the file shrank or the device failed, all may be zeros; check() tells, and what was computed
/// from them is nothing before it has been called. The first mapping puts a handler of SIGBUS in place, which leaves
/// faults elsewhere to the handler before it. A thread that reads the bytes must not block that signal, and no other
/// handler may take the place of this one, while there are mappings; before, map() notices.
class FileMapping {
public:
    /// Of all mappings of a process together, or an eighth of what it may have: mapped pages count as its memory.
    static constexpr std::uint64_t most_bytes = std::uint64_t{128} << 20;
    /// Mappings begin and end at multiples in the file, so that large pages of the page cache are mapped as such.
    static constexpr std::uint64_t granularity = std::uint64_t{2} << 20;

    /// Bytes offset … offset + size − 1 of the file, which has them and must outlive the mapping. Null where they do
    /// not fit in most_bytes beside the other mappings, where a fault could not be handled, where the system cannot map
    /// the file, and for holes of files in memory, which would be filled: read_at() can read them.
    [[nodiscard]] static std::unique_ptr<FileMapping> map(const InputFile& file, std::uint64_t offset,
                                                          std::uint64_t size);
    ~FileMapping();
    FileMapping(const FileMapping&) = delete;
    FileMapping& operator=(const FileMapping&) = delete;

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

    /// Throws Error (input) that names file and offset where the file is shorter now or could not be read.
    void check() const;

private:
    FileMapping(const InputFile& file, std::uint64_t offset) : file_(file), offset_(offset) {}

    const InputFile& file_;
    std::uint64_t offset_;
    std::uint64_t length_ = 0;  ///< of the pages, reserved
    MappingGuard* guard_ = nullptr;
    std::span<const std::byte> bytes_;
};

}  // namespace rotoscope
