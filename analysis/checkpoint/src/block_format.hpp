// Tensors of GGUF that are quantised in blocks, and how a block's values follow from its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rotoscope {

/// One block of a row. Decoding is exact in double: products of a half-precision scale (11 bits), a 6-bit scale and a
/// quant need 22 bits, and the one subtraction of a minimum 53 at most.
///
/// With d, m half-precision, q_i the quants, little-endian fields in the order given (ggml's block_q* structures):
///
///     Q4_0  d, 16 bytes           y_i = d·(q_i − 8)            q_i low, q_{i+16} high half of byte i
///     Q4_1  d, m, 16 bytes        y_i = d·q_i + m              likewise
///     Q5_0  d, 32 bits, 16 bytes  y_i = d·(q_i − 16)           fifth bit of q_i is bit i
///     Q5_1  d, m, 32 bits, 16     y_i = d·q_i + m              likewise
///     Q8_0  d, 32 bytes           y_i = d·q_i                  signed bytes
///
/// Super-blocks of 256 values, 8 or 16 groups with scales of their own:
///
///     Q2_K  16 bytes (scale, min in halves), 64 bytes, d, m    y = d·scale·q − m·min
///     Q3_K  32 bytes of high bits, 64 bytes, 12 of scales, d   y = d·(scale − 32)·(q − 4)
///     Q4_K  d, m, 12 bytes of scales and minima, 128 bytes     y = d·scale·q − m·min
///     Q5_K  d, m, 12 likewise, 32 of high bits, 128 bytes      y = d·scale·q − m·min
///     Q6_K  128 bytes, 64 of high bits, 16 signed scales, d    y = d·scale·(q − 32)
struct BlockFormat {
    std::string_view name;
    std::size_t values;  ///< of a block
    std::size_t bytes;
    /// out[0 … values − 1] from the block's bytes, little-endian. Null where only the size is known.
    void (*decode)(const std::byte* block, double* out);
    /// Turns a big-endian block into a little-endian one, in place.
    void (*swap)(std::byte* block);
};

/// The format of that number in GGUF files (ggml_type), or nullptr.
[[nodiscard]] const BlockFormat* find_block_format(std::uint32_t ggml_type);

/// The format of that name, or nullptr.
[[nodiscard]] const BlockFormat* find_block_format(std::string_view name);

}  // namespace rotoscope
