// Files that exist in memory alone, for the readers under test: a new file in the kernel takes longer than most reads
// of it, and nothing is left behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace rotoscope::fuzz {

/// The folder of all of them. What the readers ask of the C library below it (open, fstat, pread, close, stat, lstat)
/// is answered from here; the linker diverts the calls.
inline constexpr std::string_view memory_folder = "/memory";

/// Puts the bytes into the file of this name, in the place of what it had; returns its path.
std::filesystem::path put_file(std::string_view name, std::span<const std::uint8_t> bytes);

/// How many are open.
std::size_t open_files();

}  // namespace rotoscope::fuzz
