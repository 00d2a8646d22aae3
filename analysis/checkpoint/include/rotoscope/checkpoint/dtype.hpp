// Element types of stored tensors, and their decoding. Knows nothing of files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace rotoscope {

/// f8_e4m3 is the "fn" variant: no infinities, NaN is 0x7f and 0xff, the largest value is 448. f8_e5m2 has infinities
/// like f16. Both after Micikevicius et al., "FP8 formats for deep learning", arXiv:2209.05433.
enum class DType { f64, f32, f16, bf16, f8_e4m3, f8_e5m2, i64, i32, i16, i8, u8, u16, u32, u64, boolean };

/// The name as safetensors spells it: "F64", "BF16", "F8_E4M3", "BOOL".
[[nodiscard]] std::string_view dtype_name(DType dtype);

/// The type of that name, or nothing where it is not one of the above.
[[nodiscard]] std::optional<DType> parse_dtype(std::string_view name);

/// Bytes of one element.
[[nodiscard]] std::size_t dtype_size(DType dtype);

[[nodiscard]] bool is_floating(DType dtype);

/// Signed and unsigned integers; not boolean.
[[nodiscard]] bool is_integer(DType dtype);

/// out[i] = element i of the little-endian `bytes`, which need not be aligned. Exact where Scalar can hold the value,
/// else rounded to the nearest Scalar (ties to even), beyond its range to ±infinity. A boolean is 0 for a zero byte and
/// 1 for any other. Scalar is float or double. Throws internal_error unless bytes hold exactly out.size() elements.
template <class Scalar>
void decode(DType dtype, std::span<const std::byte> bytes, std::span<Scalar> out);

/// The same for integer types, exactly. Throws Error (input) for a u64 above 2^63 − 1, internal_error where the type is
/// no integer or the sizes disagree.
void decode_integers(DType dtype, std::span<const std::byte> bytes, std::span<std::int64_t> out);

}  // namespace rotoscope
