#include "rotoscope/checkpoint/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

std::string_view describe_kind(mode_t mode) {
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

/// The device and inode of an open regular file, and its size.
struct stat require_regular(int descriptor) {
    struct stat status{};
    if (fstat(descriptor, &status) != 0) throw input_error("cannot be examined: " + describe_errno(errno));
    if (!S_ISREG(status.st_mode))
        throw input_error(fmt::format("is {}; expected a regular file", describe_kind(status.st_mode)));
    return status;
}

}  // namespace

InputFile::InputFile(std::filesystem::path path) : path_(std::move(path)) {
    // Without O_NONBLOCK the open of a FIFO waits for a writer; for a regular file the flag means nothing.
    descriptor_ = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (descriptor_ < 0)
        throw input_error(errno == ENOENT ? "does not exist" : "cannot be opened: " + describe_errno(errno))
            .in_file(path_.string());
    try {
        const struct stat status = require_regular(descriptor_);
        size_ = static_cast<std::uint64_t>(status.st_size);
        identity_ = {status.st_dev, status.st_ino};
    } catch (Error& error) {
        close(descriptor_);
        throw error.in_file(path_.string());
    }
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      identity_(other.identity_) {}

InputFile::~InputFile() {
    if (descriptor_ >= 0) close(descriptor_);
}

void InputFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    const auto end = checked_add(offset, out.size());
    if (!end || *end > size_)
        throw internal_error(fmt::format("read of {} bytes beyond the file's {}", out.size(), size_))
            .in_file(path_.string())
            .at_offset(offset);
    while (!out.empty()) {
        const ssize_t count = pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0)
            throw input_error("cannot be read: " + describe_errno(errno)).in_file(path_.string()).at_offset(offset);
        if (count == 0)
            throw input_error(fmt::format("ends here while it is read; it had {} bytes when it was opened", size_))
                .in_file(path_.string())
                .at_offset(offset);
        out = out.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

}  // namespace rotoscope
