#include "rotoscope/checkpoint/tensor_range.hpp"

#include "checkpoint_file.hpp"

#include <fmt/format.h>

#include "rotoscope/core/error.hpp"

namespace rotoscope {

TensorRange::TensorRange(const Checkpoint& checkpoint, const TensorInfo& tensor, std::uint64_t first,
                         std::uint64_t count)
    : checkpoint_(checkpoint), tensor_(tensor), first_(first), count_(count) {
    checkpoint_.check_range(tensor, first, count);
    size_ = dtype_size(*tensor.dtype);
    mapping_ = checkpoint_.files_[tensor.file]->map_packed(tensor, first, count);
}

TensorRange::~TensorRange() = default;

void TensorRange::check_piece(std::uint64_t first, std::uint64_t count) const {
    if (first < first_ || count > count_ || first - first_ > count_ - count)
        throw internal_error(
            fmt::format("read of {} elements from element {} of a range of {} from {}", count, first, count_, first_));
}

std::span<const std::byte> TensorRange::stored(std::uint64_t first, std::uint64_t count) const {
    check_piece(first, count);
    if (mapping_ == nullptr) throw internal_error("stored elements of a range that is not mapped");
    return mapping_->bytes().subspan(static_cast<std::size_t>(first - first_) * size_,
                                     static_cast<std::size_t>(count) * size_);
}

void TensorRange::read(std::uint64_t first, std::span<float> out) const {
    check_piece(first, out.size());
    if (mapping_ == nullptr) checkpoint_.read<float>(tensor_, first, out);
    else decode<float>(*tensor_.dtype, stored(first, out.size()), out);
}

void TensorRange::check() const {
    if (mapping_ == nullptr) return;
    try {
        mapping_->check();
    } catch (Error& error) {
        throw error.in_file(checkpoint_.file_of(tensor_).string()).in_tensor(tensor_.name);
    }
}

}  // namespace rotoscope
