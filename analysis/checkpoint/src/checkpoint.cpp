#include "rotoscope/checkpoint/checkpoint.hpp"

#include "checkpoint_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

/// Few enough that a thread's mappings stay small, many enough that mapping takes little.
constexpr std::uint64_t mapping_bytes = 1 << 22;

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

/// What decodes one run of stored elements after another into `out`.
template <class Out, class Decode>
auto decode_into(DType dtype, std::span<Out> out, Decode decode) {
    return [=](std::span<const std::byte> bytes) mutable {
        const std::size_t count = bytes.size() / dtype_size(dtype);
        decode(dtype, bytes, out.first(count));
        out = out.subspan(count);
    };
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

/// Calls use(bytes) with whole elements, as they are stored, one window after another; mapped where that can be.
template <class Use>
void Checkpoint::stream(const TensorInfo& tensor, std::uint64_t first_element, std::uint64_t count, bool any_order,
                        Use use) const {
    const CheckpointFile& file = *files_[tensor.file];
    const std::uint64_t size = dtype_size(*tensor.dtype);
    const std::uint64_t most = file.layout(tensor).strides.empty() ? window_bytes : gather_bytes;
    const std::uint64_t room = std::min(most / size, count);
    std::unique_ptr<std::byte[]> window;
    const std::uint64_t end = first_element + count;
    while (first_element < end) {
        throw_if_stopped();
        const std::uint64_t mapped = std::min(mapping_bytes / size, end - first_element);
        if (const auto mapping = file.map_packed(tensor, first_element, mapped)) {
            use(mapping->bytes());
            mapping->check();
            first_element += mapped;
            continue;
        }
        // Zeros would take as long as half a read.
        if (!window) window = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(room * size));
        const std::uint64_t now = std::min(room, end - first_element);
        const std::span<std::byte> bytes(window.get(), static_cast<std::size_t>(now * size));
        file.read_packed(tensor, first_element, bytes, any_order);
        use(std::span<const std::byte>(bytes));
        first_element += now;
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
void Checkpoint::read(const TensorInfo& tensor, std::uint64_t first_element, std::span<Scalar> out) const {
    check_range(tensor, first_element, out.size());
    if (out.empty()) return;
    try {
        const TensorLayout layout = files_[tensor.file]->layout(tensor);
        if (layout.blocks != nullptr) return read_blocks(tensor, first_element, out);
        if (tensor.dtype == dtype_of<Scalar> && layout.strides.empty())  // the stored bytes are the values
            return files_[tensor.file]->read_packed(tensor, first_element, std::as_writable_bytes(out), false);
        stream(tensor, first_element, out.size(), false, decode_into(*tensor.dtype, out, decode<Scalar>));
    } catch (Error& error) {
        throw error.in_file(file_of(tensor).string()).in_tensor(tensor.name);
    }
}

template <class Scalar>
void Checkpoint::visit_blocks(const TensorInfo& tensor, std::uint64_t first_element, std::uint64_t count,
                              const std::function<void(std::span<const Scalar>)>& visit) const {
    constexpr std::uint64_t most = 16 * piece_elements;
    std::vector<Scalar> values(static_cast<std::size_t>(std::min(most, count)));
    for (const std::uint64_t end = first_element + count; first_element < end;) {
        const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(values.size(), end - first_element));
        read_blocks<Scalar>(tensor, first_element, std::span(values).first(now));
        for (std::size_t i = 0; i < now; i += piece_elements)
            visit(std::span<const Scalar>(values).subspan(i, std::min(piece_elements, now - i)));
        first_element += now;
    }
}

template <class Scalar>
void Checkpoint::visit_any_order(const TensorInfo& tensor, std::uint64_t first_element, std::uint64_t count,
                                 const std::function<void(std::span<const Scalar>)>& visit) const {
    check_range(tensor, first_element, count);
    if (count == 0) return;
    try {
        if (files_[tensor.file]->layout(tensor).blocks != nullptr)
            return visit_blocks(tensor, first_element, count, visit);
        const std::size_t size = dtype_size(*tensor.dtype);
        std::array<Scalar, piece_elements> piece;
        stream(tensor, first_element, count, true, [&](std::span<const std::byte> bytes) {
            for (std::size_t i = 0; i < bytes.size(); i += piece_elements * size) {
                throw_if_stopped();
                const std::span<const std::byte> stored =
                    bytes.subspan(i, std::min(piece_elements * size, bytes.size() - i));
                const std::span<Scalar> values = std::span(piece).first(stored.size() / size);
                decode<Scalar>(*tensor.dtype, stored, values);
                visit(values);
            }
        });
    } catch (Error& error) {
        throw error.in_file(file_of(tensor).string()).in_tensor(tensor.name);
    }
}

template void Checkpoint::visit_any_order<float>(const TensorInfo&, std::uint64_t, std::uint64_t,
                                                 const std::function<void(std::span<const float>)>&) const;
template void Checkpoint::visit_any_order<double>(const TensorInfo&, std::uint64_t, std::uint64_t,
                                                  const std::function<void(std::span<const double>)>&) const;
template void Checkpoint::read<float>(const TensorInfo&, std::uint64_t, std::span<float>) const;
template void Checkpoint::read<double>(const TensorInfo&, std::uint64_t, std::span<double>) const;

void Checkpoint::read_integers(const TensorInfo& tensor, std::uint64_t first_element,
                               std::span<std::int64_t> out) const {
    check_range(tensor, first_element, out.size());
    try {
        if (!is_integer(*tensor.dtype))
            throw input_error(fmt::format("has the type {}; expected integers", tensor.type));
        stream(tensor, first_element, out.size(), false, decode_into(*tensor.dtype, out, decode_integers));
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
