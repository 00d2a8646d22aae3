// Which files a result was computed from.
#pragma once

#include <cstdint>
#include <filesystem>

#include "rotoscope/checkpoint/file.hpp"
#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// Path as given, size and SHA-256 of a file. A safetensors file above 64 MiB gets, unless `hash_everything`, the hash
/// of the bytes before its tensor data instead. Throws Error (input) where the file cannot be read, and stops on
/// request.
[[nodiscard]] InputRecord record_input(const std::filesystem::path& path, bool hash_everything);

/// The same for an open file, whose first `header_bytes` come before the data; 0: there is no such part.
[[nodiscard]] InputRecord record_input(const InputFile& file, std::uint64_t header_bytes, bool hash_everything);

}  // namespace rotoscope
