// Which files a result was computed from.
#pragma once

#include <cstdint>
#include <filesystem>

#include "rotoscope/checkpoint/file.hpp"
#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// Path as given, size and SHA-256 of a file. A checkpoint file above 64 MiB gets, unless `hash_everything`, the hash
/// of the bytes that describe its tensors instead: those before its data, or a zip archive's directory, which has the
/// CRC of everything. Throws Error (input) where the file cannot be read, and stops on request.
[[nodiscard]] InputRecord record_input(const std::filesystem::path& path, bool hash_everything);

/// The same for an open file and the range of those bytes; none where `described_bytes` is 0.
[[nodiscard]] InputRecord record_input(const InputFile& file, std::uint64_t described_begin,
                                       std::uint64_t described_bytes, bool hash_everything);

}  // namespace rotoscope
