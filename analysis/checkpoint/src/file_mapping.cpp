#include "file_mapping.hpp"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <vector>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/memory.hpp"

namespace rotoscope {

/// What the handler knows of a mapping.
struct MappingGuard {
    std::atomic<bool> taken = false;
    std::atomic<bool> lost = false;        ///< zeros were put in the file's place
    std::atomic<std::uint64_t> place = 0;  ///< address + length/granularity; 0: nowhere. One word, read as a whole.
};

namespace {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// No mapping is smaller than the granularity.
constexpr std::size_t most_mappings = FileMapping::most_bytes / FileMapping::granularity;
constexpr std::uint64_t page_bytes = 4096;  // at least: no address has a bit below
static_assert(most_mappings < page_bytes);

std::array<MappingGuard, most_mappings> guards;
std::atomic<std::uint64_t> mapped_bytes = 0;
struct sigaction previous_action{};

struct Place {
    std::uintptr_t begin;
    std::uint64_t length;
};

Place unpack(std::uint64_t place) {
    return {static_cast<std::uintptr_t>(place / page_bytes * page_bytes),
            place % page_bytes * FileMapping::granularity};
}

/// Puts zeros in the place of a mapping whose file gave way. mmap is a plain system call: it may be made here.
bool replace_mapping(std::uintptr_t address) {
    for (MappingGuard& guard : guards) {
        const Place place = unpack(guard.place);
        if (address < place.begin || address - place.begin >= place.length) continue;
        guard.lost = true;
        return mmap(reinterpret_cast<void*>(place.begin), place.length, PROT_READ,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
    }
    return false;
}

/// The handler before this one, or what the system does by itself.
void pass_on(int signal, siginfo_t* info, void* context) {
    const bool sent = info->si_code <= 0;
    if (previous_action.sa_handler == SIG_IGN && sent) return;
    if (previous_action.sa_handler == SIG_DFL || previous_action.sa_handler == SIG_IGN) {
        // On return the access is made again, and its signal ends the process; one that was sent must be sent again.
        sigaction(signal, &previous_action, nullptr);
        if (sent) raise(signal);
        return;
    }
    if ((previous_action.sa_flags & SA_SIGINFO) != 0) previous_action.sa_sigaction(signal, info, context);
    else previous_action.sa_handler(signal);
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
    const int error = errno;
    const bool ours = info->si_code > 0 && replace_mapping(reinterpret_cast<std::uintptr_t>(info->si_addr));
    errno = error;
    if (!ours) pass_on(signal, info, context);
}

bool install_handler() {
    struct sigaction action{};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    // Asked for first: the handler may run before the call that installs it returns.
    return sigaction(SIGBUS, nullptr, &previous_action) == 0 && sigaction(SIGBUS, &action, nullptr) == 0;
}

/// Whether a fault of this thread would come to the handler: the program around may have its own, or block the signal.
bool is_guarded() {
    static const bool installed = install_handler();
    struct sigaction now{};
    sigset_t blocked;
    return installed && sigaction(SIGBUS, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 &&
           now.sa_sigaction == on_bus_error && pthread_sigmask(SIG_SETMASK, nullptr, &blocked) == 0 &&
           sigismember(&blocked, SIGBUS) == 0;
}

/// Whether reading mapped holes would fill them, as files in memory do.
bool fills_holes(const InputFile& file) {
    struct statfs system{};
    struct stat status{};
    constexpr std::uint64_t block = 512;  // the unit of st_blocks, whatever the file system's own
    return fstatfs(file.descriptor(), &system) != 0 || fstat(file.descriptor(), &status) != 0 ||
           (system.f_type == TMPFS_MAGIC && static_cast<std::uint64_t>(status.st_blocks) * block < file.size());
}

MappingGuard* take_guard() {
    for (MappingGuard& guard : guards)
        if (!guard.taken.exchange(true)) return &guard;
    return nullptr;
}

}  // namespace

std::unique_ptr<FileMapping> FileMapping::map(const InputFile& file, std::uint64_t offset, std::uint64_t size) {
    const auto end = checked_add(offset, size);
    if (!end || *end > file.size())
        throw internal_error(fmt::format("a mapping of {} bytes beyond the file's {}", size, file.size()))
            .in_file(file.path().string())
            .at_offset(offset);
    static const std::uint64_t most = std::min(most_bytes, memory_limit() / 8);
    if (size == 0 || size > most || !is_guarded() || fills_holes(file)) return nullptr;
    const std::uint64_t begin = offset / granularity * granularity;
    const std::uint64_t length = (*end - begin + granularity - 1) / granularity * granularity;
    std::unique_ptr<FileMapping> mapping(new FileMapping(file, offset));
    mapping->length_ = length;
    if (mapped_bytes.fetch_add(length) + length > most) return nullptr;
    mapping->guard_ = take_guard();
    if (mapping->guard_ == nullptr) return nullptr;
    void* const address = mmap(nullptr, length, PROT_READ, MAP_SHARED, file.descriptor(), static_cast<off_t>(begin));
    if (address == MAP_FAILED) return nullptr;
    mapping->guard_->place = reinterpret_cast<std::uintptr_t>(address) + length / granularity;
    mapping->bytes_ = {static_cast<const std::byte*>(address) + (offset - begin), static_cast<std::size_t>(size)};
    return mapping;
}

FileMapping::~FileMapping() {
    if (guard_ != nullptr) {
        const Place place = unpack(guard_->place.exchange(0));
        if (place.begin != 0) munmap(reinterpret_cast<void*>(place.begin), place.length);
        guard_->lost = false;
        guard_->taken = false;
    }
    mapped_bytes -= length_;
}

void FileMapping::check() const {
    struct stat now{};
    const bool whole =
        fstat(file_.descriptor(), &now) == 0 && static_cast<std::uint64_t>(now.st_size) >= offset_ + bytes_.size();
    if (whole && !guard_->lost) return;
    // Reading says what is wrong, and where.
    constexpr std::size_t window_bytes = 1 << 16;
    std::vector<std::byte> window(window_bytes);
    for (std::size_t done = 0; done < bytes_.size(); done += window_bytes)
        file_.read_at(offset_ + done, std::span(window).first(std::min(window_bytes, bytes_.size() - done)));
    throw input_error("could not be read, though now it can").in_file(file_.path().string()).at_offset(offset_);
}

}  // namespace rotoscope
