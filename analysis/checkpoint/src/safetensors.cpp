#include "safetensors.hpp"

#include "safetensors_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t length_bytes = 8;

std::uint64_t read_length(const InputFile& file) {
    std::uint64_t length = 0;
    file.read_at(0, std::as_writable_bytes(std::span(&length, 1)));
    return length;
}

/// The header's length, checked against the file and the limit.
std::uint64_t check_length(const InputFile& file) {
    if (file.size() == 0) throw input_error("is empty; expected a safetensors file");
    if (file.size() < length_bytes)
        throw input_error(
            fmt::format("has {} bytes; a safetensors file begins with 8 bytes of header length", file.size()));
    const std::uint64_t length = read_length(file);
    if (length > HeaderBudget::most_bytes)
        throw input_error(
            fmt::format("is not a safetensors file: its first 8 bytes claim a header of {} bytes; expected at most {}",
                        length, HeaderBudget::most_bytes));
    if (length > file.size() - length_bytes)
        throw input_error(fmt::format("its header of {} bytes ends behind the file's {} bytes", length, file.size()));
    if (length < 2) throw input_error(fmt::format("its header has {} bytes; expected at least 2", length));
    return length;
}

/// The first byte of the header; the file has one.
char read_first_byte(const InputFile& file) {
    char first = 0;
    file.read_at(length_bytes, std::as_writable_bytes(std::span(&first, 1)));
    return first;
}

void check_first_byte(const InputFile& file) {
    const char first = read_first_byte(file);
    if (first != '{')
        throw input_error(fmt::format("the header begins with {}; expected '{{'", rotoscope::quote({&first, 1})))
            .at_offset(length_bytes);
}

/// In order of their bytes, every tensor begins where the one before ends, and the last ends with the file. An empty
/// tensor sorts before the one that begins at the same byte, so it passes on a boundary only.
void check_tiling(const SafetensorsHeader& header, std::uint64_t file_bytes) {
    const std::vector<TensorInfo>& tensors = header.tensors;
    std::vector<std::uint32_t> order(tensors.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::pair(tensors[a].offset, tensors[a].bytes) < std::pair(tensors[b].offset, tensors[b].bytes);
    });
    std::uint64_t end = header.data_begin;
    std::string_view previous;
    for (const std::uint32_t i : order) {
        const TensorInfo& tensor = tensors[i];
        const std::uint64_t begin = tensor.offset - header.data_begin;
        if (tensor.offset < end)
            throw input_error(fmt::format("begins at byte {} of the data, inside tensor {}, which ends at byte {}",
                                          begin, quote(previous), end - header.data_begin))
                .in_tensor(tensor.name);
        if (tensor.offset > end)
            throw input_error(
                fmt::format("begins at byte {} of the data, behind a hole; expected byte {}, where the tensor "
                            "before ends",
                            begin, end - header.data_begin))
                .in_tensor(tensor.name);
        end = tensor.offset + tensor.bytes;
        previous = tensor.name;
    }
    if (end != file_bytes)
        throw input_error(
            fmt::format("{} bytes follow the last tensor; expected the end of the file", file_bytes - end))
            .at_offset(end);
}

}  // namespace

bool has_safetensors_length(const InputFile& file) {
    return file.size() >= length_bytes && read_length(file) <= HeaderBudget::most_bytes;
}

bool looks_like_safetensors(const InputFile& file) {
    return file.size() > length_bytes && has_safetensors_length(file) && read_first_byte(file) == '{';
}

SafetensorsHeader read_safetensors_header(const InputFile& file, HeaderBudget& used) {
    try {
        const std::uint64_t length = check_length(file);
        check_first_byte(file);
        used.add_bytes(length);
        SafetensorsHeader header;
        header.data_begin = length_bytes + length;
        JsonSource source(file, length_bytes, length);
        SafetensorsEvents events(source, header, file.size() - header.data_begin, used);
        scan_json(source, events);
        if (used.tensors > HeaderBudget::most_tensors)
            throw input_error(fmt::format("has {} tensors; expected at most {}, so that their table fits in memory",
                                          format_count(used.tensors), format_count(HeaderBudget::most_tensors)));
        sort_by_name(header.tensors);
        check_tiling(header, file.size());
        return header;
    } catch (Error& error) {
        throw error.in_file(file.path().string());
    }
}

}  // namespace rotoscope
