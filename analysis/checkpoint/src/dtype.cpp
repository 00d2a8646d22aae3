#include "rotoscope/checkpoint/dtype.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "rotoscope/checkpoint/stored_lanes.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

static_assert(std::endian::native == std::endian::little, "stored tensors are little-endian and read as they are");
static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

enum class Kind { floating, integer, boolean };

struct Row {
    DType dtype;
    std::string_view name;
    std::size_t size;
    Kind kind;
};

/// In the order of the enumeration.
constexpr std::array rows{
    Row{DType::f64, "F64", 8, Kind::floating},
    Row{DType::f32, "F32", 4, Kind::floating},
    Row{DType::f16, "F16", 2, Kind::floating},
    Row{DType::bf16, "BF16", 2, Kind::floating},
    Row{DType::f8_e4m3, "F8_E4M3", 1, Kind::floating},
    Row{DType::f8_e5m2, "F8_E5M2", 1, Kind::floating},
    Row{DType::i64, "I64", 8, Kind::integer},
    Row{DType::i32, "I32", 4, Kind::integer},
    Row{DType::i16, "I16", 2, Kind::integer},
    Row{DType::i8, "I8", 1, Kind::integer},
    Row{DType::u8, "U8", 1, Kind::integer},
    Row{DType::u16, "U16", 2, Kind::integer},
    Row{DType::u32, "U32", 4, Kind::integer},
    Row{DType::u64, "U64", 8, Kind::integer},
    Row{DType::boolean, "BOOL", 1, Kind::boolean},
};

constexpr const Row& row_of(DType dtype) { return rows[static_cast<std::size_t>(dtype)]; }

float from_f16(std::uint16_t bits) { return float_of_f16<float>(std::uint32_t{bits}); }

float from_bf16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

/// e5m2 is the upper byte of binary16.
float from_f8_e5m2(std::uint8_t bits) { return from_f16(static_cast<std::uint16_t>(bits << 8)); }

/// e4m3fn: exponent bias 7, so too small by 2^(127 − 7) after the shift.
float from_f8_e4m3(std::uint8_t bits) {
    const std::uint32_t magnitude = (bits & 0x7FU) << 20;
    const std::uint32_t sign = (bits & 0x80U) << 24;
    const auto scaled = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p120F);
    return std::bit_cast<float>(sign | (magnitude == 0x07F00000U ? 0x7FC00000U : scaled));
}

float from_boolean(std::uint8_t bits) { return bits != 0 ? 1.0F : 0.0F; }

/// out[i] = convert(element i), each loaded byte by byte since nothing aligns it.
template <class Stored, class Out, class Convert>
void convert_each(std::span<const std::byte> bytes, std::span<Out> out, Convert convert) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        Stored stored;
        std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
        out[i] = static_cast<Out>(convert(stored));
    }
}

template <class Stored, class Out>
void convert_each(std::span<const std::byte> bytes, std::span<Out> out) {
    convert_each<Stored>(bytes, out, [](Stored stored) { return stored; });
}

void check_sizes(DType dtype, std::size_t bytes, std::size_t elements) {
    if (bytes / dtype_size(dtype) != elements || bytes % dtype_size(dtype) != 0)
        throw internal_error(fmt::format("{} bytes of {} do not hold {} elements", bytes, dtype_name(dtype), elements));
}

void check_range(std::span<const std::byte> bytes) {
    for (std::size_t i = 0; i < bytes.size() / sizeof(std::uint64_t); ++i) {
        std::uint64_t stored = 0;
        std::memcpy(&stored, bytes.data() + i * sizeof stored, sizeof stored);
        if (!std::in_range<std::int64_t>(stored))
            throw input_error(fmt::format("holds the U64 value {}; expected at most 2^63 - 1", stored));
    }
}

}  // namespace

std::string_view dtype_name(DType dtype) { return row_of(dtype).name; }

std::optional<DType> parse_dtype(std::string_view name) {
    const auto* row = std::find_if(rows.begin(), rows.end(), [&](const Row& each) { return each.name == name; });
    if (row == rows.end()) return std::nullopt;
    return row->dtype;
}

std::size_t dtype_size(DType dtype) { return row_of(dtype).size; }
bool is_floating(DType dtype) { return row_of(dtype).kind == Kind::floating; }
bool is_integer(DType dtype) { return row_of(dtype).kind == Kind::integer; }

template <class Scalar>
void decode(DType dtype, std::span<const std::byte> bytes, std::span<Scalar> out) {
    check_sizes(dtype, bytes.size(), out.size());
    switch (dtype) {
        case DType::f64:
            return convert_each<double>(bytes, out);
        case DType::f32:
            return convert_each<float>(bytes, out);
        case DType::f16:
            return convert_each<std::uint16_t>(bytes, out, from_f16);
        case DType::bf16:
            return convert_each<std::uint16_t>(bytes, out, from_bf16);
        case DType::f8_e4m3:
            return convert_each<std::uint8_t>(bytes, out, from_f8_e4m3);
        case DType::f8_e5m2:
            return convert_each<std::uint8_t>(bytes, out, from_f8_e5m2);
        case DType::i64:
            return convert_each<std::int64_t>(bytes, out);
        case DType::i32:
            return convert_each<std::int32_t>(bytes, out);
        case DType::i16:
            return convert_each<std::int16_t>(bytes, out);
        case DType::i8:
            return convert_each<std::int8_t>(bytes, out);
        case DType::u8:
            return convert_each<std::uint8_t>(bytes, out);
        case DType::u16:
            return convert_each<std::uint16_t>(bytes, out);
        case DType::u32:
            return convert_each<std::uint32_t>(bytes, out);
        case DType::u64:
            return convert_each<std::uint64_t>(bytes, out);
        case DType::boolean:
            return convert_each<std::uint8_t>(bytes, out, from_boolean);
    }
}

template void decode<float>(DType, std::span<const std::byte>, std::span<float>);
template void decode<double>(DType, std::span<const std::byte>, std::span<double>);

void decode_integers(DType dtype, std::span<const std::byte> bytes, std::span<std::int64_t> out) {
    check_sizes(dtype, bytes.size(), out.size());
    switch (dtype) {
        case DType::i64:
            return convert_each<std::int64_t>(bytes, out);
        case DType::i32:
            return convert_each<std::int32_t>(bytes, out);
        case DType::i16:
            return convert_each<std::int16_t>(bytes, out);
        case DType::i8:
            return convert_each<std::int8_t>(bytes, out);
        case DType::u8:
            return convert_each<std::uint8_t>(bytes, out);
        case DType::u16:
            return convert_each<std::uint16_t>(bytes, out);
        case DType::u32:
            return convert_each<std::uint32_t>(bytes, out);
        case DType::u64:
            check_range(bytes);
            return convert_each<std::uint64_t>(bytes, out);
        default:
            throw internal_error(fmt::format("{} is not an integer type", dtype_name(dtype)));
    }
}

}  // namespace rotoscope
