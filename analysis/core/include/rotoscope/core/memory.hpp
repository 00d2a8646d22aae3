// Jobs that would take more memory than there is are refused before they begin.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rotoscope {

/// Bytes that this process may use: the machine's memory, or the limit on the address space where that is lower.
[[nodiscard]] std::uint64_t memory_limit();

/// Throws Error (usage) that names `option`, what was asked for and what it needs, where that is more than
/// memory_limit(); no number of bytes means more than 64 bits hold.
void require_memory(std::string_view option, std::string_view asked, std::optional<std::uint64_t> bytes);

}  // namespace rotoscope
