#include "torch_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

/// Elements of the storage up to the last one that the view reaches, or nothing beyond 64 bits.
std::optional<std::uint64_t> reached(const PickleTensor& tensor) {
    if (std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end()) return 0;
    std::optional<std::uint64_t> last = tensor.offset;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        const auto step = checked_multiply(tensor.shape[i] - 1, tensor.strides[i]);
        if (!step) return std::nullopt;
        last = checked_add(*last, *step);
        if (!last) return std::nullopt;
    }
    return checked_add(*last, 1);
}

/// The tensor without its place, checked against its storage.
TensorInfo describe(const PickleObjects& objects, const PickleTensor& tensor) {
    const PickleStorage& storage = objects.storage(tensor.storage);
    const PickleGlobal& type = objects.global(tensor.type);
    TensorInfo info;
    info.type = std::string(type.type);
    info.dtype = type.dtype;
    info.shape = tensor.shape;
    const auto elements = checked_product(tensor.shape);
    const auto bytes = elements ? checked_multiply(*elements, type.bytes) : std::nullopt;
    if (!bytes)
        throw input_error(fmt::format("shape {} has more than 2^64 - 1 elements or bytes", format_shape(info.shape)));
    // A dtype of its own reads a storage that is counted in other elements, mostly bytes.
    const auto storage_bytes = checked_multiply(storage.elements, objects.global(storage.type).bytes);
    const auto end = reached(tensor);
    const auto end_bytes = end ? checked_multiply(*end, type.bytes) : std::nullopt;
    if (!storage_bytes || !end_bytes || *end_bytes > *storage_bytes)
        throw input_error(fmt::format("{} with strides {} from element {} on ends behind its storage of {} elements",
                                      format_shape(tensor.shape), format_shape(tensor.strides), tensor.offset,
                                      storage.elements));
    info.elements = *elements;
    info.bytes = *bytes;
    return info;
}

}  // namespace

void add_torch_tensors(const PickleObjects& objects, const std::vector<NamedPickleTensor>& tensors,
                       const std::function<StoragePlace(const PickleStorage&)>& place, bool swapped,
                       std::uint64_t file_bytes, HeaderBudget& used, FormatContents& contents) {
    // As for archives: views may repeat bytes, but not so often that reading them all never ends.
    constexpr std::uint64_t free_bytes = std::uint64_t{64} << 20;
    constexpr std::uint64_t most_repeats = 200;
    std::uint64_t total = 0;
    for (const NamedPickleTensor& named : tensors) try {
            const PickleTensor& tensor = objects.tensor(named.tensor);
            used.add_tensor(tensor.shape.size());
            TensorInfo info = describe(objects, tensor);
            total = checked_add(total, info.bytes).value_or(UINT64_MAX);
            if (total > free_bytes && (total - free_bytes) / most_repeats > file_bytes)
                throw input_error(fmt::format("views repeat the file's bytes more than {} times", most_repeats));
            const StoragePlace where = place(objects.storage(tensor.storage));
            const std::uint64_t begin = info.elements == 0 ? 0 : tensor.offset * objects.global(tensor.type).bytes;
            const std::uint64_t size = info.dtype ? dtype_size(*info.dtype) : 1;
            info.name = named.name;
            info.offset = where.file_offset + begin;
            TensorLayout layout;
            layout.member = where.member;
            layout.begin = where.begin + begin;
            layout.swapped = swapped && size > 1;
            if (!is_row_major(tensor.shape, tensor.strides)) layout.strides = tensor.strides;
            if (layout.member != TensorLayout::whole_file || layout.swapped || !layout.strides.empty()) {
                info.layout = static_cast<std::uint32_t>(contents.layouts.size());
                contents.layouts.push_back(std::move(layout));
            }
            contents.tensors.push_back(std::move(info));
        } catch (Error& error) {
            throw error.in_tensor(named.name);
        }
    sort_by_name(contents.tensors);
}

}  // namespace rotoscope
