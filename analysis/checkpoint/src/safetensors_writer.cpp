#include "rotoscope/checkpoint/safetensors_writer.hpp"

#include "safetensors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

std::string json_string(const std::string& text) {
    try {
        return nlohmann::json(text).dump();
    } catch (const nlohmann::json::exception&) {
        throw internal_error(fmt::format("{} is not UTF-8", rotoscope::quote(text)));
    }
}

std::string pad_header(std::string header) {
    header.resize((header.size() + 7) / 8 * 8, ' ');
    if (header.size() > HeaderBudget::most_bytes)
        throw internal_error(
            fmt::format("a header of {} bytes; readers accept {}", header.size(), HeaderBudget::most_bytes));
    return header;
}

template <class Stored, class Scalar>
void store_as(std::span<const Scalar> values, std::span<std::byte> out) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if constexpr (std::is_integral_v<Stored>)
            if (!std::in_range<Stored>(values[i]))
                throw internal_error(fmt::format("the value {} does not fit the declared type", values[i]));
        const auto stored = static_cast<Stored>(values[i]);
        std::memcpy(out.data() + i * sizeof stored, &stored, sizeof stored);
    }
}

template <class Scalar>
void encode(DType dtype, std::span<const Scalar> values, std::span<std::byte> out) {
    if constexpr (std::is_integral_v<Scalar>) {
        switch (dtype) {
            case DType::i64:
                return store_as<std::int64_t>(values, out);
            case DType::i32:
                return store_as<std::int32_t>(values, out);
            case DType::i16:
                return store_as<std::int16_t>(values, out);
            case DType::i8:
                return store_as<std::int8_t>(values, out);
            case DType::boolean:
            case DType::u8:
                return store_as<std::uint8_t>(values, out);
            case DType::u16:
                return store_as<std::uint16_t>(values, out);
            case DType::u32:
                return store_as<std::uint32_t>(values, out);
            case DType::u64:
                return store_as<std::uint64_t>(values, out);
            default:
                break;
        }
    } else {
        if (dtype == DType::f64) return store_as<double>(values, out);
        if (dtype == DType::f32) return store_as<float>(values, out);
    }
    throw internal_error(fmt::format("{} cannot be written from these values", dtype_name(dtype)));
}

void check_type(const TensorDeclaration& tensor) {
    if (is_floating(tensor.dtype) && tensor.dtype != DType::f64 && tensor.dtype != DType::f32)
        throw internal_error(fmt::format("{} cannot be written", dtype_name(tensor.dtype))).in_tensor(tensor.name);
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(std::filesystem::path target, std::vector<TensorDeclaration> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(std::move(target)) {
    std::sort(tensors.begin(), tensors.end(), [](const TensorDeclaration& a, const TensorDeclaration& b) {
        const std::size_t a_size = dtype_size(a.dtype);
        const std::size_t b_size = dtype_size(b.dtype);
        return a_size != b_size ? a_size > b_size : a.name < b.name;
    });
    std::vector<std::string> entries;
    if (!metadata.empty()) {
        std::vector<std::string> pairs;
        for (const auto& [key, value] : metadata) pairs.push_back(json_string(key) + ":" + json_string(value));
        entries.push_back(fmt::format("\"__metadata__\":{{{}}}", fmt::join(pairs, ",")));
    }
    std::uint64_t end = 0;
    for (TensorDeclaration& tensor : tensors) {
        check_type(tensor);
        const auto elements = checked_product(tensor.shape);
        const auto bytes = elements ? checked_multiply(*elements, dtype_size(tensor.dtype)) : std::nullopt;
        const auto next = bytes ? checked_add(end, *bytes) : std::nullopt;
        if (!next) throw internal_error("has more than 2^64 - 1 bytes").in_tensor(tensor.name);
        entries.push_back(fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                                      json_string(tensor.name), dtype_name(tensor.dtype), fmt::join(tensor.shape, ","),
                                      end, *next));
        if (tensor.name == "__metadata__" || !by_name_.emplace(tensor.name, tensors_.size()).second)
            throw internal_error("is declared twice or has the name of the metadata").in_tensor(tensor.name);
        tensors_.push_back({std::move(tensor), *elements, end});
        end = *next;
    }
    const std::string header = pad_header(fmt::format("{{{}}}", fmt::join(entries, ",")));
    const std::uint64_t length = header.size();
    const std::uint64_t data_begin = sizeof length + length;
    file_.write_at(0, std::as_bytes(std::span(&length, 1)));
    file_.write_at(sizeof length, std::as_bytes(std::span(header)));
    if (end > 0) file_.write_at(data_begin + end - 1, std::array{std::byte{0}});  // the full size, zeros until written
    for (Placed& tensor : tensors_) tensor.offset += data_begin;
}

const SafetensorsWriter::Placed& SafetensorsWriter::placed(std::string_view name) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) throw internal_error("was not declared").in_tensor(name);
    return tensors_[found->second];
}

template <class Scalar>
void SafetensorsWriter::write(std::string_view name, std::uint64_t first_element, std::span<const Scalar> values) {
    constexpr std::size_t window_elements = 1 << 15;
    const Placed& tensor = placed(name);
    const auto end = checked_add(first_element, values.size());
    if (!end || *end > tensor.elements)
        throw internal_error(
            fmt::format("{} values from element {}; it has {}", values.size(), first_element, tensor.elements))
            .in_tensor(name);
    const std::size_t size = dtype_size(tensor.declaration.dtype);
    std::vector<std::byte> window(std::min(values.size(), window_elements) * size);
    for (std::uint64_t offset = tensor.offset + first_element * size; !values.empty();) {
        const std::size_t count = std::min(values.size(), window_elements);
        const auto bytes = std::span(window).first(count * size);
        encode(tensor.declaration.dtype, values.first(count), bytes);
        file_.write_at(offset, bytes);
        values = values.subspan(count);
        offset += bytes.size();
    }
}

template <class Scalar>
void SafetensorsWriter::write_rows(std::string_view name, std::uint64_t first_row, std::span<const Scalar> values) {
    const std::vector<std::uint64_t>& shape = placed(name).declaration.shape;
    const auto row = shape.empty() ? 1 : checked_product(std::span(shape).subspan(1));
    const auto first_element = row ? checked_multiply(first_row, *row) : std::nullopt;
    if (!first_element) throw internal_error("row beyond its end").in_tensor(name);
    write(name, *first_element, values);
}

template void SafetensorsWriter::write<float>(std::string_view, std::uint64_t, std::span<const float>);
template void SafetensorsWriter::write<double>(std::string_view, std::uint64_t, std::span<const double>);
template void SafetensorsWriter::write<std::int64_t>(std::string_view, std::uint64_t, std::span<const std::int64_t>);
template void SafetensorsWriter::write_rows<float>(std::string_view, std::uint64_t, std::span<const float>);
template void SafetensorsWriter::write_rows<double>(std::string_view, std::uint64_t, std::span<const double>);
template void SafetensorsWriter::write_rows<std::int64_t>(std::string_view, std::uint64_t,
                                                          std::span<const std::int64_t>);

void SafetensorsWriter::commit() { file_.commit(); }

}  // namespace rotoscope
