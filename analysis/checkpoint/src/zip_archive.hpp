// Zip archives as PyTorch and NumPy write them:
//
//     file      := { local data [descriptor] } central… [zip64] end
//     local     := "PK\3\4" version flags method time date crc stored bytes name_length extra_length name extra
//     descriptor:= ["PK\7\10"] crc stored bytes, where flag 3 is set; sizes of 4 bytes or 8
//     central   := "PK\1\2" made_by version flags method time date crc stored bytes lengths… disk attributes…
//                  local_offset name extra comment: one a member
//     zip64     := "PK\6\6" …counts and offsets in 64 bits… "PK\6\7" …its offset…: one each at most
//     end       := "PK\5\6" disks, counts, directory's size and offset, comment
//
// Integers are little-endian. Sizes and offsets of 0xffffffff stand in the extra field 1 (zip64) instead. Method 0 is
// stored, 8 deflate; `stored` counts bytes in the file, `bytes` those of the member. PKWARE's APPNOTE.TXT 6.3.
//
// Two parsers that read one archive differently are the classic hole, so everything that is said twice must agree: the
// end record and zip64's, central and local headers, descriptors; no member overlaps another or the directory.
#pragma once

#include "header_budget.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/file.hpp"

namespace rotoscope {

struct ZipMember {
    std::string name;
    std::uint64_t header_offset = 0;  ///< of the local header
    std::uint64_t data_offset = 0;
    std::uint64_t stored_bytes = 0;  ///< in the file
    std::uint64_t bytes = 0;         ///< of the member
    std::uint32_t crc = 0;
    bool deflated = false;
};

struct ZipDirectory {
    std::vector<ZipMember> members;  ///< by name
    std::uint64_t begin = 0;         ///< of the central directory, from the file's start
};

/// Reads and checks the central directory and every local header. Throws Error (input) for encrypted, split or
/// inconsistent archives, methods other than stored and deflate, names that are absolute, climb or appear twice,
/// members that overlap, and those that claim more than 64 MiB + 200 × their bytes in the file.
[[nodiscard]] ZipDirectory read_zip_directory(const InputFile& file, HeaderBudget& used);

class Inflater;

/// An open archive. Const members may be called from several threads at once.
class ZipArchive {
public:
    /// `file` must outlive the archive.
    ZipArchive(const InputFile& file, HeaderBudget& used);
    ~ZipArchive();

    [[nodiscard]] std::span<const ZipMember> members() const { return directory_.members; }
    [[nodiscard]] std::uint64_t directory_begin() const { return directory_.begin; }
    /// The index of the member of that name, or members().size().
    [[nodiscard]] std::size_t find(std::string_view name) const;

    /// Bytes of the member from `offset` on, after its CRC was checked once as a whole. Deflated members are inflated
    /// through a window; places in between are remembered so that reading backwards is not quadratic. Throws Error
    /// (input) where the content is damaged.
    void read_at(std::size_t member, std::uint64_t offset, std::span<std::byte> out) const;

    /// The first bytes of the member, whose CRC is not checked yet: for headers, when a file is opened.
    void read_start(std::size_t member, std::span<std::byte> out) const;

private:
    struct Inflaters;

    void verify(std::size_t member) const;
    void check_stored(const ZipMember& member) const;
    void check_deflated(std::size_t member) const;

    const InputFile& file_;
    ZipDirectory directory_;
    std::unique_ptr<std::atomic<bool>[]> verified_;  ///< of each member
    std::unique_ptr<Inflaters> inflaters_;
};

}  // namespace rotoscope
