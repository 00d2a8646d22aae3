// GGUF, the format of llama.cpp, versions 2 and 3:
//
//     file     := "GGUF" version tensors entries { entry } { tensor } padding data
//     entry    := key type value
//     key      := length bytes                              a string; no key twice
//     type     := u32: 0 u8, 1 i8, 2 u16, 3 i16, 4 u32, 5 i32, 6 f32, 7 bool, 8 string, 9 array, 10 u64, 11 i64, 12 f64
//     array    := type count { value }                      of anything but arrays
//     tensor   := name rank { dimension } type offset       dimensions innermost first; offset from the data's begin
//     padding  := zeros up to a multiple of `general.alignment`, 32 unless an entry says otherwise
//
// version, type and rank are u32, counts, lengths, dimensions and offsets u64. The byte order, of everything, is the
// one in which the version is small. A model in parts has `split.no`, `split.count` in each, and names that end in
// -00001-of-0000N.gguf. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
#pragma once

#include "format_contents.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace rotoscope {

[[nodiscard]] FormatContents read_gguf(const InputFile& file, HeaderBudget& used);

/// The files of a model in `count` parts, of which `path` is one, in order. Throws Error (input) where its name does
/// not end in -NNNNN-of-NNNNN.gguf.
[[nodiscard]] std::vector<std::filesystem::path> gguf_parts(const std::filesystem::path& path, std::uint32_t count);

}  // namespace rotoscope
