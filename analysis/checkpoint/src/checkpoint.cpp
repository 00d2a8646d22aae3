#include "rotoscope/checkpoint/checkpoint.hpp"

#include "checkpoint_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <type_traits>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

/// Fits the second-level cache; larger ones are not faster.
constexpr std::uint64_t window_bytes = 1 << 18;

/// Gathering a view across its storage reads less, the more is gathered at once.
constexpr std::uint64_t gather_bytes = 1 << 23;

template <class Scalar>
constexpr DType dtype_of = std::is_same_v<Scalar, double> ? DType::f64 : DType::f32;

/// The nearest name for a hint, where looking for it is cheap.
std::string suggest(std::string_view name, std::span<const TensorInfo> tensors) {
    constexpr std::size_t most_tensors = 10'000;
    constexpr std::size_t longest_name = 200;
    if (tensors.size() > most_tensors || name.size() > longest_name) return {};
    std::vector<std::string> candidates;
    for (const TensorInfo& tensor : tensors)
        if (tensor.name.size() <= longest_name) candidates.push_back(tensor.name);
    return nearest_word(name, candidates);
}

}  // namespace

std::string Checkpoint::format() const {
    if (!index_file_ && files_.size() == 1) return format_;
    return fmt::format("{}, {} {}", format_, files_.size(), files_.size() == 1 ? "shard" : "shards");
}

const TensorInfo* Checkpoint::find(std::string_view name) const {
    const auto found = std::lower_bound(tensors_.begin(), tensors_.end(), name,
                                        [](const TensorInfo& tensor, std::string_view n) { return tensor.name < n; });
    return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

const TensorInfo& Checkpoint::require(std::string_view name) const {
    if (const TensorInfo* tensor = find(name)) return *tensor;
    const auto lost = std::lower_bound(missing_.begin(), missing_.end(), name,
                                       [](const Missing& each, std::string_view n) { return each.name < n; });
    if (lost != missing_.end() && lost->name == name)
        throw input_error("is not in this file, where the index places it")
            .in_file(paths_[lost->file].string())
            .in_tensor(name);
    const std::string nearest = suggest(name, tensors_);
    throw input_error(nearest.empty()
                          ? fmt::format("is not among the {} tensors", format_count(tensors_.size()))
                          : fmt::format("does not exist; the nearest name is {}", rotoscope::quote(nearest)))
        .in_file(path_.string())
        .in_tensor(name);
}

const std::filesystem::path& Checkpoint::file_of(const TensorInfo& tensor) const { return paths_.at(tensor.file); }

void Checkpoint::check_range(const TensorInfo& tensor, std::uint64_t first_element, std::uint64_t count) const {
    const auto fail = [&](Error error) { return error.in_file(file_of(tensor).string()).in_tensor(tensor.name); };
    if (!tensor.dtype)
        throw fail(input_error(fmt::format("has the type {}, which cannot be read", rotoscope::quote(tensor.type))));
    const auto end = checked_add(first_element, count);
    if (!end || *end > tensor.elements)
        throw fail(internal_error(
            fmt::format("read of {} elements from element {}; it has {}", count, first_element, tensor.elements)));
}

template <class Out, class Decode>
void Checkpoint::stream(const TensorInfo& tensor, std::uint64_t first_element, std::span<Out> out, bool any_order,
                        Decode decode) const {
    const CheckpointFile& file = *files_[tensor.file];
    const std::uint64_t size = dtype_size(*tensor.dtype);
    const std::uint64_t most = file.layout(tensor).strides.empty() ? window_bytes : gather_bytes;
    const auto room = static_cast<std::size_t>(std::min(most, out.size() * size));
    const auto window = std::make_unique_for_overwrite<std::byte[]>(room);  // zeros would take as long as half a read
    while (!out.empty()) {
        throw_if_stopped();
        const std::size_t count = std::min<std::size_t>(out.size(), room / size);
        const std::span<std::byte> bytes(window.get(), count * size);
        file.read_packed(tensor, first_element, bytes, any_order);
        decode(*tensor.dtype, bytes, out.first(count));
        out = out.subspan(count);
        first_element += count;
    }
}

template <class Scalar>
void Checkpoint::read_blocks(const TensorInfo& tensor, std::uint64_t first_element, std::span<Scalar> out) const {
    const CheckpointFile& file = *files_[tensor.file];
    const BlockFormat& format = *file.layout(tensor).blocks;
    const std::uint64_t end = first_element + out.size();
    std::vector<double> values(format.values);
    std::vector<std::byte> window;
    for (std::uint64_t block = first_element / format.values; block * format.values < end;) {
        throw_if_stopped();
        const std::uint64_t last = (end + format.values - 1) / format.values;
        const std::uint64_t count = std::min(last - block, window_bytes / format.bytes);
        window.resize(static_cast<std::size_t>(count * format.bytes));
        file.read_blocks(tensor, block, window);
        for (std::uint64_t k = 0; k < count; ++k, ++block) {
            format.decode(window.data() + k * format.bytes, values.data());
            const std::uint64_t begin = std::max(block * format.values, first_element);
            const std::uint64_t stop = std::min((block + 1) * format.values, end);
            for (std::uint64_t i = begin; i < stop; ++i)
                out[i - first_element] = static_cast<Scalar>(values[i - block * format.values]);
        }
    }
}

template <class Scalar>
void Checkpoint::read_values(const TensorInfo& tensor, std::uint64_t first_element, std::span<Scalar> out,
                             bool any_order) const {
    check_range(tensor, first_element, out.size());
    if (out.empty()) return;
    try {
        const TensorLayout layout = files_[tensor.file]->layout(tensor);
        if (layout.blocks != nullptr) return read_blocks(tensor, first_element, out);
        if (tensor.dtype == dtype_of<Scalar> && layout.strides.empty())  // the stored bytes are the values
            return files_[tensor.file]->read_packed(tensor, first_element, std::as_writable_bytes(out), any_order);
        stream(tensor, first_element, out, any_order, decode<Scalar>);
    } catch (Error& error) {
        throw error.in_file(file_of(tensor).string()).in_tensor(tensor.name);
    }
}

template <class Scalar>
void Checkpoint::read(const TensorInfo& tensor, std::uint64_t first_element, std::span<Scalar> out) const {
    read_values(tensor, first_element, out, false);
}

template <class Scalar>
void Checkpoint::read_any_order(const TensorInfo& tensor, std::uint64_t first_element, std::span<Scalar> out) const {
    read_values(tensor, first_element, out, true);
}

template void Checkpoint::read_any_order<float>(const TensorInfo&, std::uint64_t, std::span<float>) const;
template void Checkpoint::read_any_order<double>(const TensorInfo&, std::uint64_t, std::span<double>) const;
template void Checkpoint::read<float>(const TensorInfo&, std::uint64_t, std::span<float>) const;
template void Checkpoint::read<double>(const TensorInfo&, std::uint64_t, std::span<double>) const;

void Checkpoint::read_integers(const TensorInfo& tensor, std::uint64_t first_element,
                               std::span<std::int64_t> out) const {
    check_range(tensor, first_element, out.size());
    try {
        if (!is_integer(*tensor.dtype))
            throw input_error(fmt::format("has the type {}; expected integers", tensor.type));
        stream(tensor, first_element, out, false, decode_integers);
    } catch (Error& error) {
        throw error.in_file(file_of(tensor).string()).in_tensor(tensor.name);
    }
}

template <class Scalar>
std::vector<Scalar> Checkpoint::read_all(const TensorInfo& tensor, std::uint64_t most_bytes) const {
    check_range(tensor, 0, tensor.elements);
    const auto bytes = checked_multiply(tensor.elements, sizeof(Scalar));
    if (!bytes || *bytes > most_bytes)
        throw input_error(fmt::format("{} {} needs {} in memory; expected at most {}", tensor.type,
                                      format_shape(tensor.shape), bytes ? format_bytes(*bytes) : "more than 16 EiB",
                                      format_bytes(most_bytes)))
            .in_file(file_of(tensor).string())
            .in_tensor(tensor.name);
    std::vector<Scalar> values(static_cast<std::size_t>(tensor.elements));
    read<Scalar>(tensor, 0, values);
    return values;
}

template std::vector<float> Checkpoint::read_all<float>(const TensorInfo&, std::uint64_t) const;
template std::vector<double> Checkpoint::read_all<double>(const TensorInfo&, std::uint64_t) const;

void Checkpoint::check_content() const {
    for (const auto& file : files_) file->check_content();
}

std::vector<InputRecord> Checkpoint::inputs(bool hash_everything) const {
    std::vector<InputRecord> records;
    if (index_file_) records.push_back(record_input(*index_file_, 0, 0, hash_everything));
    for (const auto& file : files_)
        records.push_back(record_input(file->file(), file->contents().described_begin, file->contents().described_bytes,
                                       hash_everything));
    if (config_file_) records.push_back(record_input(*config_file_, 0, 0, hash_everything));
    return records;
}

}  // namespace rotoscope
