#include "memory_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstring>
#include <string>
#include <vector>

extern "C" {
int __real_open(const char* path, int flags, ...);
int __real_fstat(int descriptor, struct stat* status);
ssize_t __real_pread(int descriptor, void* out, std::size_t size, off_t offset);
int __real_close(int descriptor);
int __real_stat(const char* path, struct stat* status);
int __real_lstat(const char* path, struct stat* status);
int __wrap_open(const char* path, int flags, ...);
int __wrap_fstat(int descriptor, struct stat* status);
ssize_t __wrap_pread(int descriptor, void* out, std::size_t size, off_t offset);
int __wrap_close(int descriptor);
int __wrap_stat(const char* path, struct stat* status);
int __wrap_lstat(const char* path, struct stat* status);
}

namespace rotoscope::fuzz {
namespace {

struct MemoryFile {
    std::string path;
    std::vector<std::uint8_t> bytes;
    mode_t mode = S_IFREG | 0600;
};

constexpr int first_descriptor = 1 << 30;  // the kernel gives none so high

std::size_t opened = 0;

/// The folder first; a file's descriptor is counted from first_descriptor.
std::vector<MemoryFile>& files() {
    static std::vector<MemoryFile> all{{std::string(memory_folder), {}, S_IFDIR | 0700}};
    return all;
}

bool is_in_memory(const char* path) { return std::string_view(path).starts_with(memory_folder); }
bool is_in_memory(int descriptor) { return descriptor >= first_descriptor; }

/// The descriptor of the file, or -1 and errno.
int find(std::string_view path) {
    std::string normal;
    if (path.find("/.") != std::string_view::npos || path.find("//") != std::string_view::npos) {
        normal = std::filesystem::path(path).lexically_normal().string();
        path = normal;
    }
    if (path.size() == memory_folder.size() + 1 && path.back() == '/') path.remove_suffix(1);
    const auto& all = files();
    const auto found = std::find_if(all.begin(), all.end(), [&](const MemoryFile& file) { return file.path == path; });
    if (found != all.end()) return first_descriptor + static_cast<int>(found - all.begin());
    errno = path.size() < PATH_MAX ? ENOENT : ENAMETOOLONG;
    return -1;
}

MemoryFile& file_of(int descriptor) { return files().at(static_cast<std::size_t>(descriptor - first_descriptor)); }

int describe(int descriptor, struct stat* status) {
    if (descriptor < 0) return -1;
    const MemoryFile& file = file_of(descriptor);
    *status = {};
    status->st_ino = static_cast<ino_t>(descriptor);
    status->st_mode = file.mode;
    status->st_size = static_cast<off_t>(file.bytes.size());
    return 0;
}

ssize_t copy(const MemoryFile& file, void* out, std::size_t size, off_t offset) {
    const auto begin = static_cast<std::size_t>(offset);
    if (begin >= file.bytes.size()) return 0;
    const std::size_t count = std::min(size, file.bytes.size() - begin);
    std::memcpy(out, file.bytes.data() + begin, count);
    return static_cast<ssize_t>(count);
}

}  // namespace

std::filesystem::path put_file(std::string_view name, std::span<const std::uint8_t> bytes) {
    std::string path = std::string(memory_folder) + "/" + std::string(name);
    int descriptor = find(path);
    if (descriptor < 0) {
        descriptor = first_descriptor + static_cast<int>(files().size());
        files().push_back({path, {}});
    }
    file_of(descriptor).bytes.assign(bytes.begin(), bytes.end());
    return path;
}

std::size_t open_files() { return opened; }

}  // namespace rotoscope::fuzz

using namespace rotoscope::fuzz;

int __wrap_open(const char* path, int flags, ...) {
    if (is_in_memory(path)) {
        const int descriptor = find(path);
        if (descriptor >= 0) ++opened;
        return descriptor;
    }
    std::va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{0};
    va_end(rest);
    return __real_open(path, flags, mode);
}

int __wrap_close(int descriptor) {
    if (!is_in_memory(descriptor)) return __real_close(descriptor);
    --opened;
    return 0;
}

int __wrap_fstat(int descriptor, struct stat* status) {
    return is_in_memory(descriptor) ? describe(descriptor, status) : __real_fstat(descriptor, status);
}

ssize_t __wrap_pread(int descriptor, void* out, std::size_t size, off_t offset) {
    if (!is_in_memory(descriptor)) return __real_pread(descriptor, out, size, offset);
    return copy(file_of(descriptor), out, size, offset);
}

int __wrap_stat(const char* path, struct stat* status) {
    return is_in_memory(path) ? describe(find(path), status) : __real_stat(path, status);
}

int __wrap_lstat(const char* path, struct stat* status) {
    return is_in_memory(path) ? describe(find(path), status) : __real_lstat(path, status);
}
