// The entries of a GGUF file, as text.
#pragma once

#include "byte_reader.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "rotoscope/checkpoint/json_table.hpp"

namespace rotoscope {

/// What the reader itself needs of the entries.
struct GgufFacts {
    std::optional<std::uint64_t> alignment;
    std::uint32_t split_count = 1;
    std::string architecture;  ///< general.architecture; empty without one
    JsonTable entries;         ///< what describes the model, see tabulate_entries
};

/// Reads `entries` of them into `metadata`: strings as they are, numbers in decimal, arrays as their type and size, and
/// so are strings above 64 KiB. Throws Error (input) for what the grammar in gguf.hpp does not have.
[[nodiscard]] GgufFacts read_gguf_metadata(ByteReader& reader, std::uint64_t entries,
                                           std::map<std::string, std::string>& metadata);

}  // namespace rotoscope
