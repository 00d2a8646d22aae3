#include "rotoscope/core/memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace rotoscope {

std::uint64_t memory_limit() {
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page = sysconf(_SC_PAGESIZE);
    std::uint64_t limit = ~std::uint64_t{0};
    if (pages > 0 && page > 0) limit = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
    rlimit space{};
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
        limit = std::min<std::uint64_t>(limit, space.rlim_cur);
    return limit;
}

void require_memory(std::string_view option, std::string_view asked, std::optional<std::uint64_t> bytes) {
    const std::uint64_t limit = memory_limit();
    if (bytes && *bytes <= limit) return;
    throw usage_error(fmt::format("{}: {} would need {} of memory; this machine has {}", option, asked,
                                  bytes ? format_bytes(*bytes) : std::string("more than 2^64 bytes"),
                                  format_bytes(limit)));
}

void prefer_large_pages(void* data, std::size_t bytes) noexcept {
    constexpr std::uintptr_t page = std::uintptr_t{1} << 21;
    const auto address = reinterpret_cast<std::uintptr_t>(data);
    const std::uintptr_t first = (address + page - 1) / page * page;
    const std::uintptr_t end = (address + bytes) / page * page;
    // A hint: whether it is heard changes no result.
    if (first < end) static_cast<void>(madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE));
}

void keep_freed_memory() noexcept {
#ifdef __GLIBC__
    constexpr int kept = 128 << 20;
    constexpr int largest = 32 << 20;  // the largest allowed; blocks from here on are mapped and unmapped by themselves
    mallopt(M_TRIM_THRESHOLD, kept);
    mallopt(M_MMAP_THRESHOLD, largest);
#endif
}

}  // namespace rotoscope
