// Jobs that would take more memory than there is are refused before they begin.
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

}  // namespace rotoscope
