#include "npy_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

struct TypeRow {
    std::string_view name;  ///< kind and bytes
    DType dtype;
};
constexpr std::array types{
    TypeRow{"f8", DType::f64}, TypeRow{"f4", DType::f32}, TypeRow{"f2", DType::f16}, TypeRow{"i8", DType::i64},
    TypeRow{"i4", DType::i32}, TypeRow{"i2", DType::i16}, TypeRow{"i1", DType::i8},  TypeRow{"u8", DType::u64},
    TypeRow{"u4", DType::u32}, TypeRow{"u2", DType::u16}, TypeRow{"u1", DType::u8},  TypeRow{"b1", DType::boolean},
};

/// Bytes an element of a type that is not in the table: complex, strings, raw bytes.
std::uint64_t unknown_bytes(char kind, std::string_view count_text) {
    std::uint64_t count = 0;
    const auto parsed = std::from_chars(count_text.data(), count_text.data() + count_text.size(), count);
    const bool counted = parsed.ec == std::errc() && parsed.ptr == count_text.data() + count_text.size();
    if (!counted || std::string_view("fciuSaV").find(kind) == std::string_view::npos) {
        constexpr std::uint64_t code_point = 4;
        return counted && kind == 'U' ? checked_multiply(count, code_point).value_or(0) : 0;
    }
    return count;
}

}  // namespace

NpyType parse_npy_type(const std::string& type, const OpenOptions& options) {
    NpyType result;
    if (type.size() < 3 || std::string_view("<>|=").find(type[0]) == std::string_view::npos) return result;
    const std::string_view name = std::string_view(type).substr(1);
    result.bytes = unknown_bytes(name[0], name.substr(1));
    for (const TypeRow& row : types) {
        if (row.name != name) continue;
        const std::size_t size = dtype_size(row.dtype);
        if (type[0] == '|' && size != 1) return result;
        result = {row.dtype, size, type[0] == '>' && size > 1};
    }
    // ml_dtypes and JAX save bfloat16 as two raw bytes, which says nothing by itself.
    if (name == "V2" && options.raw_pairs_are_bf16) result = {DType::bf16, 2, type[0] == '>'};
    return result;
}

void add_npy_tensor(std::string name, const NpyHeader& header, std::uint64_t data_bytes, TensorLayout place,
                    std::uint64_t file_offset, const OpenOptions& options, HeaderBudget& used,
                    FormatContents& contents) {
    TensorInfo tensor;
    const NpyType type = parse_npy_type(header.type, options);
    const auto elements = checked_product(header.shape);
    if (!elements)
        throw input_error(fmt::format("shape {} has more than 2^64 - 1 elements", format_shape(header.shape)));
    if (type.bytes > 0) {
        const auto needed = checked_multiply(*elements, type.bytes);
        if (!needed || *needed != data_bytes)
            throw input_error(fmt::format("{} bytes of data follow the header; {} {} needs {}", data_bytes,
                                          escape_control(header.type), format_shape(header.shape),
                                          needed ? std::to_string(*needed) : "more than 2^64"));
    }
    used.add_tensor(header.shape.size());
    tensor.name = std::move(name);
    tensor.type = header.type;
    tensor.dtype = type.dtype;
    tensor.shape = header.shape;
    tensor.elements = *elements;
    tensor.bytes = data_bytes;
    tensor.offset = file_offset;
    place.swapped = type.swapped;
    if (header.fortran) place.strides = dense_strides(header.shape, true);
    if (is_row_major(header.shape, place.strides.empty() ? dense_strides(header.shape, false) : place.strides))
        place.strides.clear();
    const bool plain = place.member == TensorLayout::whole_file && place.strides.empty() && !place.swapped;
    if (!plain) {
        tensor.layout = static_cast<std::uint32_t>(contents.layouts.size());
        contents.layouts.push_back(std::move(place));
    }
    contents.tensors.push_back(std::move(tensor));
}

FormatContents read_npy(const InputFile& file, HeaderBudget& used, const OpenOptions& options) {
    ByteReader reader([&file](std::uint64_t position, std::span<std::byte> out) { file.read_at(position, out); }, 0,
                      file.size());
    const NpyHeader header = read_npy_header(reader);
    FormatContents contents;
    contents.format = "NumPy array";
    contents.described_bytes = header.data_begin;
    TensorLayout place;
    place.begin = header.data_begin;
    std::string name = file.path().stem().string();
    if (!is_utf8(name)) name = escape_control(name);
    add_npy_tensor(name.empty() ? "array" : std::move(name), header, file.size() - header.data_begin, std::move(place),
                   header.data_begin, options, used, contents);
    return contents;
}

FormatContents read_npz(const ZipArchive& archive, HeaderBudget& used, const OpenOptions& options) {
    constexpr std::string_view suffix = ".npy";
    FormatContents contents;
    contents.format = "NumPy archive";
    std::size_t others = 0;
    for (std::size_t i = 0; i < archive.members().size(); ++i) {
        const ZipMember& member = archive.members()[i];
        if (!member.name.ends_with(suffix)) {
            if (!member.name.ends_with('/')) ++others;
            continue;
        }
        const std::string name = member.name.substr(0, member.name.size() - suffix.size());
        try {
            std::vector<std::byte> start;  // of the member; inflating has no middle, so it grows by doubling
            ByteReader reader(
                [&](std::uint64_t position, std::span<std::byte> out) {
                    const std::uint64_t end = position + out.size();
                    if (end > start.size()) {
                        start.resize(static_cast<std::size_t>(
                            std::min(member.bytes, std::max<std::uint64_t>(end, 2 * start.size()))));
                        archive.read_start(i, start);
                    }
                    std::copy_n(start.begin() + static_cast<std::ptrdiff_t>(position), out.size(), out.begin());
                },
                0, member.bytes, 256);
            const NpyHeader header = read_npy_header(reader);
            used.add_bytes(header.data_begin);
            TensorLayout place;
            place.member = static_cast<std::uint32_t>(i);
            place.begin = header.data_begin;
            add_npy_tensor(name, header, member.bytes - header.data_begin, std::move(place), member.data_offset,
                           options, used, contents);
        } catch (Error& error) {
            throw error.in_tensor(name);
        }
    }
    if (contents.tensors.empty() && others > 0)
        throw input_error("is a zip archive with neither PyTorch's data.pkl nor NumPy's .npy members");
    sort_by_name(contents.tensors);
    if (others > 0)
        contents.notes.push_back(fmt::format("{} member{} of the archive left out: not named .npy",
                                             format_count(others), others == 1 ? "" : "s"));
    return contents;
}

}  // namespace rotoscope
