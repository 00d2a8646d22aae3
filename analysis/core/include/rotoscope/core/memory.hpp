// Memory as the system gives it: how much there is, in what pages, when it is returned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rotoscope {

/// Bytes that this process may use: the machine's memory, or the limit on the address space where that is lower.
[[nodiscard]] std::uint64_t memory_limit();

/// Throws Error (usage) that names `option`, what was asked for and what it needs, where that is more than
/// memory_limit(); no number of bytes means more than 64 bits hold.
void require_memory(std::string_view option, std::string_view asked, std::optional<std::uint64_t> bytes);

/// Asks for large pages beneath memory that was just allocated and is about to be filled: first touching 4 KiB at a
/// time takes longer than filling. Without effect below 2 MiB or where the system has none.
void prefer_large_pages(void* data, std::size_t bytes) noexcept;

/// For programs, before their threads begin: up to 128 MiB that a thread frees stay for what it allocates next. What
/// malloc returns to the system comes back page by page, each zeroed again, a tenth of the time of jobs whose matrices
/// have a few megabytes. Without effect where malloc is not glibc's.
void keep_freed_memory() noexcept;

}  // namespace rotoscope
