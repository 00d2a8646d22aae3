// What a checkpoint says about a tensor before its values are read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/dtype.hpp"

namespace rotoscope {

struct TensorInfo {
    static constexpr std::uint32_t plain = UINT32_MAX;

    std::string name;
    std::string type;            ///< as the file spells it: "F32", "<f4", "FloatStorage", "Q4_K"
    std::optional<DType> dtype;  ///< nothing where the type is not known: such a tensor is listed but cannot be read;
                                 ///< f32 for values quantised in blocks
    std::vector<std::uint64_t> shape;
    std::uint64_t elements = 1;    ///< Π shape; 1 for rank 0
    std::uint64_t bytes = 0;       ///< of its values, as they are stored before compression
    std::uint32_t file = 0;        ///< index into Checkpoint::files()
    std::uint32_t layout = plain;  ///< for the reader: where elements do not follow each other from the offset on
    std::uint64_t offset = 0;      ///< of the first byte, or of the archive member's, from the file's start
};

/// As in "[64, 16]"; "[]" for rank 0. Beyond eight dimensions the middle is left out.
[[nodiscard]] std::string format_shape(std::span<const std::uint64_t> shape);

}  // namespace rotoscope
