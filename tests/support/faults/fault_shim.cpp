// Preloaded with LD_PRELOAD: the n-th call that changes the file system fails, or the process is killed there.
// ROTOSCOPE_FAULT_AT is n, from 1; ROTOSCOPE_FAULT_KILL=1 kills instead. Counted are open with O_CREAT, write and
// pwrite to regular files, fsync, rename and unlink. Children of the process are left alone.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> calls = 0;
long fault_at = 0;
bool fault_kills = false;

__attribute__((constructor)) void read_environment() {
    const char* at = std::getenv("ROTOSCOPE_FAULT_AT");
    const char* kill = std::getenv("ROTOSCOPE_FAULT_KILL");
    if (at != nullptr) fault_at = std::atol(at);
    fault_kills = kill != nullptr && std::strcmp(kill, "1") == 0;
    unsetenv("LD_PRELOAD");
    unsetenv("ROTOSCOPE_FAULT_AT");
}

bool fails(int error_number) {
    if (++calls != fault_at) return false;
    if (fault_kills) std::raise(SIGKILL);
    errno = error_number;
    return true;
}

bool is_regular(int descriptor) {
    struct stat status{};
    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

int open_with(const char* name, const char* path, int flags, mode_t mode) {
    if ((flags & O_CREAT) != 0 && fails(EACCES)) return -1;
    return next<int(const char*, int, ...)>(name)(path, flags, mode);
}

mode_t mode_of(int flags, va_list& arguments) {
    return (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_with("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_with("open64", path, flags, mode);
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
    if (is_regular(descriptor) && fails(ENOSPC)) return -1;
    return next<ssize_t(int, const void*, size_t)>("write")(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
    if (is_regular(descriptor) && fails(ENOSPC)) return -1;
    return next<ssize_t(int, const void*, size_t, off_t)>("pwrite")(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
    if (is_regular(descriptor) && fails(ENOSPC)) return -1;
    return next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64")(descriptor, bytes, count, offset);
}

int fsync(int descriptor) {
    if (fails(EIO)) return -1;
    return next<int(int)>("fsync")(descriptor);
}

int rename(const char* from, const char* to) noexcept {
    if (fails(EACCES)) return -1;
    return next<int(const char*, const char*)>("rename")(from, to);
}

int unlink(const char* path) noexcept {
    if (fails(EACCES)) return -1;
    return next<int(const char*)>("unlink")(path);
}

}  // extern "C"
