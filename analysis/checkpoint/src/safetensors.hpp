// The header of a safetensors file:
//
//     file    := length header data
//     length  := u64, little-endian: bytes of the header, at most 100,000,000
//     header  := JSON object, first byte '{', padded behind with spaces
//                { "__metadata__"?: { KEY: STRING, … }, NAME: { "dtype": STRING, "shape": [u64, …],
//                  "data_offsets": [begin, end] }, … } in any order
//     data    := the tensors' bytes, row-major, little-endian; offsets count from here
//
// The ranges tile the data: no hole, no overlap, nothing behind them. https://github.com/huggingface/safetensors
#pragma once

#include "format_contents.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/file.hpp"
#include "rotoscope/checkpoint/tensor.hpp"

namespace rotoscope {

struct SafetensorsHeader {
    std::vector<TensorInfo> tensors;  ///< sorted by name; file is 0
    std::map<std::string, std::string> metadata;
    std::uint64_t data_begin = 0;  ///< from the file's start
};

/// Whether the file is a safetensors file rather than JSON text: its first eight bytes are a plausible header length.
[[nodiscard]] bool has_safetensors_length(const InputFile& file);

/// Whether the file also goes on as a safetensors file does, with '{' behind the length.
[[nodiscard]] bool looks_like_safetensors(const InputFile& file);

/// Reads and checks the header, and adds what it holds to `used`. Throws Error (input) for anything malformed.
[[nodiscard]] SafetensorsHeader read_safetensors_header(const InputFile& file, HeaderBudget& used);

}  // namespace rotoscope
