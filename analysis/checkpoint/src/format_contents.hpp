// What every reader returns: the tensors of one file, and how their elements lie in it.
#pragma once

#include "block_format.hpp"
#include "header_budget.hpp"
#include "zip_archive.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/file.hpp"
#include "rotoscope/checkpoint/json_table.hpp"
#include "rotoscope/checkpoint/tensor.hpp"

namespace rotoscope {

/// Where the elements of a tensor are that do not simply lie row-major and little-endian from its offset on.
struct TensorLayout {
    static constexpr std::uint32_t whole_file = UINT32_MAX;

    std::uint32_t member = whole_file;   ///< of the archive
    std::uint64_t begin = 0;             ///< of element 0, from the start of the member or the file
    std::vector<std::uint64_t> strides;  ///< in elements, one a dimension; empty: row-major
    bool swapped = false;                ///< big-endian
    const BlockFormat* blocks = nullptr;
};

struct FormatContents {
    std::string format;                 ///< as `inspect` names it
    std::vector<TensorInfo> tensors;    ///< by name; file is 0
    std::vector<TensorLayout> layouts;  ///< that TensorInfo::layout points to
    std::map<std::string, std::string> metadata;
    JsonTable entries;                  ///< of GGUF, as Checkpoint::entries() has them
    std::uint64_t described_begin = 0;  ///< the bytes that describe the tensors, hashed instead of a large file
    std::uint64_t described_bytes = 0;
    std::vector<std::string> notes;
    std::uint32_t split_count = 1;  ///< of a GGUF model in parts
};

/// Sorts by name. Throws Error (input) for a name twice.
void sort_by_name(std::vector<TensorInfo>& tensors);

/// Strides of row-major order (`fortran`: of column-major) in elements. The shape's product fits 64 bits.
[[nodiscard]] std::vector<std::uint64_t> dense_strides(std::span<const std::uint64_t> shape, bool fortran);

/// Whether elements with these strides lie as in row-major order: what strides of dimensions of size 1 say is nothing.
[[nodiscard]] bool is_row_major(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> strides);

/// Whether the elements fill their range of the storage without a gap, each place once, in whatever order.
[[nodiscard]] bool is_dense(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> strides);

}  // namespace rotoscope
