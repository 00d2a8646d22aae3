#include "gguf.hpp"

#include "gguf_metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t longest_name = 1 << 16;
constexpr std::uint64_t usual_alignment = 32;

struct PlainType {
    std::uint32_t type;
    std::string_view name;
    DType dtype;
};
constexpr std::array plain_types{
    PlainType{0, "F32", DType::f32},  PlainType{1, "F16", DType::f16},  PlainType{30, "BF16", DType::bf16},
    PlainType{28, "F64", DType::f64}, PlainType{24, "I8", DType::i8},   PlainType{25, "I16", DType::i16},
    PlainType{26, "I32", DType::i32}, PlainType{27, "I64", DType::i64},
};

struct RawTensor {
    TensorInfo info;
    const BlockFormat* blocks = nullptr;
    bool sized = true;  ///< whether its type's size is known
};

/// Bytes of the tensor by its type; nothing beyond 64 bits.
std::optional<std::uint64_t> tensor_bytes(const RawTensor& tensor) {
    if (tensor.blocks == nullptr)
        return checked_multiply(tensor.info.elements, tensor.info.dtype ? dtype_size(*tensor.info.dtype) : 0);
    return checked_multiply(tensor.info.elements / tensor.blocks->values, tensor.blocks->bytes);
}

void set_type(RawTensor& tensor, std::uint32_t type) {
    TensorInfo& info = tensor.info;
    const auto* plain =
        std::find_if(plain_types.begin(), plain_types.end(), [&](const PlainType& each) { return each.type == type; });
    tensor.blocks = find_block_format(type);
    if (plain != plain_types.end()) {
        info.type = std::string(plain->name);
        info.dtype = plain->dtype;
    } else if (tensor.blocks != nullptr) {
        info.type = std::string(tensor.blocks->name);
        if (tensor.blocks->decode != nullptr) info.dtype = DType::f32;
        const std::uint64_t row = info.shape.empty() ? 1 : info.shape.back();
        if (row % tensor.blocks->values != 0)
            throw input_error(fmt::format("its rows of {} values are no whole number of {} blocks of {}", row,
                                          info.type, tensor.blocks->values));
    } else {
        info.type = fmt::format("type {}", type);
        tensor.sized = false;
    }
}

RawTensor read_tensor(ByteReader& reader, HeaderBudget& used, std::uint64_t alignment) {
    RawTensor tensor;
    TensorInfo& info = tensor.info;
    info.name = reader.text(reader.integer<std::uint64_t>(), longest_name);
    try {
        if (!is_utf8(info.name)) throw input_error("its name is not UTF-8");
        const auto rank = reader.integer<std::uint32_t>();
        used.add_tensor(rank);
        info.shape.resize(rank);
        for (std::size_t i = rank; i-- > 0;) info.shape[i] = reader.integer<std::uint64_t>();
        const auto elements = checked_product(info.shape);
        if (!elements)
            throw input_error(fmt::format("shape {} has more than 2^64 - 1 elements", format_shape(info.shape)));
        info.elements = *elements;
        set_type(tensor, reader.integer<std::uint32_t>());
        info.offset = reader.integer<std::uint64_t>();
        const auto bytes = tensor_bytes(tensor);
        if (!bytes) throw input_error(fmt::format("shape {} has more than 2^64 bytes", format_shape(info.shape)));
        info.bytes = *bytes;
        if (info.offset % alignment != 0)
            throw input_error(
                fmt::format("begins at byte {} of the data; expected a multiple of {}", info.offset, alignment));
    } catch (Error& error) {
        throw error.in_tensor(info.name).at_offset(reader.position());
    }
    return tensor;
}

/// Offsets from the file's start; no overlap, nothing beyond the file. A type whose size is not known reaches to the
/// next tensor.
void place(std::vector<RawTensor>& tensors, std::uint64_t data_begin, std::uint64_t file_bytes,
           std::uint64_t alignment) {
    std::vector<std::size_t> order(tensors.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::pair(tensors[a].info.offset, tensors[a].info.bytes) <
               std::pair(tensors[b].info.offset, tensors[b].info.bytes);
    });
    const std::uint64_t data_bytes = file_bytes - data_begin;
    std::uint64_t end = 0;
    std::string_view previous;
    for (std::size_t k = 0; k < order.size(); ++k) {
        RawTensor& tensor = tensors[order[k]];
        const std::uint64_t begin = tensor.info.offset;
        if (begin > data_bytes || tensor.info.bytes > data_bytes - begin)
            throw input_error(fmt::format("its {} bytes from byte {} of the data on end behind the data's {}",
                                          tensor.info.bytes, begin, data_bytes))
                .in_tensor(tensor.info.name);
        if (begin < end && (tensor.info.bytes > 0 || !tensor.sized))
            throw input_error(fmt::format("begins at byte {} of the data, inside tensor {}, which ends at byte {}",
                                          begin, quote(previous), end))
                .in_tensor(tensor.info.name);
        if (!tensor.sized)
            tensor.info.bytes =
                std::min(k + 1 < order.size() ? tensors[order[k + 1]].info.offset : data_bytes, data_bytes) - begin;
        if (tensor.info.bytes > 0) previous = tensor.info.name;
        end = std::max(end, begin + tensor.info.bytes);
        tensor.info.offset = data_begin + begin;
    }
    if (data_bytes - end >= alignment && !tensors.empty())
        throw input_error(
            fmt::format("{} bytes follow the last tensor; expected the end of the file", data_bytes - end))
            .at_offset(data_begin + end);
}

/// The version, and whether everything is big-endian.
std::uint32_t read_version(ByteReader& reader, bool& swapped) {
    constexpr std::uint32_t highest = 0xFFFF;
    auto version = reader.integer<std::uint32_t>();
    swapped = version > highest;
    if (swapped) version = __builtin_bswap32(version);
    reader.set_swapped(swapped);
    if (version != 2 && version != 3)
        throw input_error(fmt::format("has the GGUF version {}; expected 2 or 3", version));
    return version;
}

}  // namespace

FormatContents read_gguf(const InputFile& file, HeaderBudget& used) {
    constexpr std::uint64_t least_tensor = 8 + 4 + 4 + 8;
    const std::uint64_t header_end = std::min(file.size(), HeaderBudget::most_bytes);
    ByteReader reader([&file](std::uint64_t position, std::span<std::byte> out) { file.read_at(position, out); }, 4,
                      header_end);
    bool swapped = false;
    const std::uint32_t version = read_version(reader, swapped);
    const auto count = reader.integer<std::uint64_t>();
    const auto entries = reader.integer<std::uint64_t>();
    FormatContents contents;
    contents.format = fmt::format("GGUF version {}{}", version, swapped ? ", big-endian" : "");
    GgufFacts facts = read_gguf_metadata(reader, entries, contents.metadata);
    contents.entries = std::move(facts.entries);
    contents.split_count = facts.split_count;
    if (count > reader.remaining() / least_tensor)
        throw input_error(fmt::format("claims {} tensors in at most {} bytes", count, reader.remaining()));
    const std::uint64_t alignment = facts.alignment.value_or(usual_alignment);
    std::vector<RawTensor> tensors;
    for (std::uint64_t i = 0; i < count; ++i) tensors.push_back(read_tensor(reader, used, alignment));
    used.add_bytes(reader.position());
    // A file without tensors need not be padded.
    const std::uint64_t data_begin = (reader.position() + alignment - 1) / alignment * alignment;
    if (data_begin > file.size() && count > 0)
        throw input_error(fmt::format("ends before its data, which begin at byte {}", data_begin));
    place(tensors, std::min(data_begin, file.size()), file.size(), alignment);
    contents.described_bytes = std::min(data_begin, file.size());
    for (RawTensor& tensor : tensors) {
        if (swapped || tensor.blocks != nullptr) {
            TensorLayout layout;
            layout.begin = tensor.info.offset;
            layout.swapped = swapped;
            layout.blocks = tensor.blocks;
            tensor.info.layout = static_cast<std::uint32_t>(contents.layouts.size());
            contents.layouts.push_back(std::move(layout));
        }
        contents.tensors.push_back(std::move(tensor.info));
    }
    sort_by_name(contents.tensors);
    return contents;
}

std::vector<std::filesystem::path> gguf_parts(const std::filesystem::path& path, std::uint32_t count) {
    constexpr std::uint32_t most_parts = 10'000;
    const std::string name = path.filename().string();
    const std::string ending = fmt::format("-of-{:05}.gguf", count);
    const std::size_t number = name.size() < ending.size() + 6 ? 0 : name.size() - ending.size() - 6;
    if (count > most_parts || !name.ends_with(ending) || name[number] != '-')
        throw input_error(
            fmt::format("is one of {} parts, but its name does not end in -00001{}, by which the others "
                        "are found",
                        count, ending));
    std::vector<std::filesystem::path> parts;
    for (std::uint32_t i = 1; i <= count; ++i)
        parts.push_back(path.parent_path() / fmt::format("{}-{:05}{}", name.substr(0, number), i, ending));
    return parts;
}

}  // namespace rotoscope
