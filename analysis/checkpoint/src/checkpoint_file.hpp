// One open file of a checkpoint, whatever its format.
#pragma once

#include "file_mapping.hpp"
#include "format_contents.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/checkpoint/file.hpp"

namespace rotoscope {

/// A file, what it contains, and its values. Const members may be called from several threads at once.
class CheckpointFile {
public:
    /// Recognises the format by the first bytes and reads the tables. Throws Error (input), which names the file.
    CheckpointFile(InputFile file, HeaderBudget& used, const OpenOptions& options);
    CheckpointFile(const CheckpointFile&) = delete;

    [[nodiscard]] const InputFile& file() const { return file_; }
    [[nodiscard]] const FormatContents& contents() const { return contents_; }
    [[nodiscard]] FormatContents& contents() { return contents_; }

    /// The layout of a tensor of this file.
    [[nodiscard]] TensorLayout layout(const TensorInfo& tensor) const;

    /// Elements first … of a tensor without blocks, packed in row-major order, little-endian. `any_order`: any
    /// permutation that is the same for the whole tensor will do, for statistics.
    void read_packed(const TensorInfo& tensor, std::uint64_t first, std::span<std::byte> out, bool any_order) const;

    /// The stored bytes of elements first … first + count − 1, mapped, where they lie in the file as read_packed gives
    /// them; null elsewhere, where they are so few that a copy costs less, and where FileMapping::map has none.
    [[nodiscard]] std::unique_ptr<FileMapping> map_packed(const TensorInfo& tensor, std::uint64_t first,
                                                          std::uint64_t count) const;

    /// Blocks first_block … of a quantised tensor, little-endian.
    void read_blocks(const TensorInfo& tensor, std::uint64_t first_block, std::span<std::byte> out) const;

    /// Checks the CRC of every member of an archive that was not checked yet.
    void check_content() const;

private:
    struct Piece;

    void recognise(HeaderBudget& used, const OpenOptions& options);
    void read_bytes(const TensorLayout& layout, std::uint64_t offset, std::span<std::byte> out) const;
    void gather(const TensorInfo& tensor, const TensorLayout& layout, std::uint64_t first,
                std::span<std::byte> out) const;
    void gather_box(const TensorLayout& layout, std::size_t size, std::uint64_t base, std::vector<Piece> axes,
                    std::byte* out) const;

    InputFile file_;
    std::unique_ptr<ZipArchive> archive_;  ///< refers to file_
    FormatContents contents_;
};

/// What the file is, in words, for one that no reader takes.
[[nodiscard]] std::string describe_start(const InputFile& file);

}  // namespace rotoscope
