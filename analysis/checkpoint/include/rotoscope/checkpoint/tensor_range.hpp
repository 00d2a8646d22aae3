// A part of a tensor that is read piece by piece, without a copy where that can be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "rotoscope/checkpoint/checkpoint.hpp"

namespace rotoscope {

class FileMapping;

/// A range of a tensor's elements that is read piece by piece, in any order, some perhaps again: without a copy where
/// the file holds them as they are. Const members may be called from several threads at once.
class TensorRange {
public:
    /// Elements first … first + count − 1 in row-major order; checkpoint and tensor must outlive the range. Throws
    /// Error (input) where the type is unknown, internal_error beyond the tensor.
    TensorRange(const Checkpoint& checkpoint, const TensorInfo& tensor, std::uint64_t first, std::uint64_t count);
    ~TensorRange();
    TensorRange(const TensorRange&) = delete;
    TensorRange& operator=(const TensorRange&) = delete;

    /// Whether the elements can be had as they are stored, little-endian, nothing between them.
    [[nodiscard]] bool mapped() const noexcept { return mapping_ != nullptr; }
    /// Elements first … first + count − 1 of the tensor, counted from its beginning, as a mapped range has them stored;
    /// nothing aligns them. Throws internal_error beyond the range.
    [[nodiscard]] std::span<const std::byte> stored(std::uint64_t first, std::uint64_t count) const;

    /// out[i] = the tensor's element first + i, of the range, decoded as decode() does. Throws as Checkpoint::read
    /// does, internal_error beyond the range.
    void read(std::uint64_t first, std::span<float> out) const;

    /// Throws Error (input) where the file is shorter now or could not be read: what a mapped range gave may be zeros
    /// then. What was computed of it is nothing before this has been called.
    void check() const;

private:
    void check_piece(std::uint64_t first, std::uint64_t count) const;

    const Checkpoint& checkpoint_;
    const TensorInfo& tensor_;
    std::uint64_t first_;
    std::uint64_t count_;
    std::size_t size_;  ///< bytes of an element
    std::unique_ptr<FileMapping> mapping_;
};

}  // namespace rotoscope
