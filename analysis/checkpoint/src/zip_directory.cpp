#include "byte_reader.hpp"
#include "zip_archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t descriptor_signature = 0x08074b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t zip64_signature = 0x06064b50;
constexpr std::uint32_t locator_signature = 0x07064b50;
constexpr std::uint64_t end_bytes = 22;
constexpr std::uint64_t locator_bytes = 20;
constexpr std::uint64_t zip64_bytes = 56;
constexpr std::uint64_t central_bytes = 46;
constexpr std::uint64_t local_bytes = 30;
constexpr std::uint32_t in_zip64 = 0xFFFFFFFF;
constexpr std::uint16_t has_descriptor = 1 << 3;
constexpr std::uint16_t deflate_levels = 0b110;
constexpr std::uint16_t utf8_names = 1 << 11;
constexpr std::uint64_t free_bytes = std::uint64_t{64} << 20;
constexpr std::uint64_t most_expansion = 200;

ByteReader read_range(const InputFile& file, std::uint64_t begin, std::uint64_t end,
                      std::uint64_t window = ByteReader::usual_window) {
    return {[&file](std::uint64_t position, std::span<std::byte> out) { file.read_at(position, out); }, begin, end,
            window};
}

struct EndRecord {
    std::uint64_t begin = 0;  ///< of whatever ends the directory: zip64 record or end record
    std::uint64_t entries = 0;
    std::uint64_t directory_bytes = 0;
    std::uint64_t directory_begin = 0;
};

/// Where the end record begins: the only signature at the end of the file that a comment can follow.
std::uint64_t find_end_record(const InputFile& file) {
    constexpr std::uint64_t longest_comment = 0xFFFF;
    if (file.size() < end_bytes) throw input_error("is too short for a zip archive");
    const std::uint64_t tail_bytes = std::min(file.size(), end_bytes + longest_comment);
    std::string tail(static_cast<std::size_t>(tail_bytes), '\0');
    file.read_at(file.size() - tail_bytes, std::as_writable_bytes(std::span(tail)));
    const std::size_t last = tail.rfind("PK\5\6");
    if (last == std::string::npos || tail.size() - last < end_bytes)
        throw input_error("is a zip archive without its end: it was cut off, or is still being written");
    const auto comment = static_cast<std::size_t>(static_cast<unsigned char>(tail[last + 20]) |
                                                  static_cast<unsigned char>(tail[last + 21]) << 8);
    if (tail.size() - last - end_bytes != comment)
        throw input_error(fmt::format("{} bytes follow the zip archive's end record; its comment has {}",
                                      tail.size() - last - end_bytes, comment))
            .at_offset(file.size() - tail_bytes + last);
    return file.size() - tail_bytes + last;
}

/// The zip64 record before `locator`, where one is announced there.
std::optional<EndRecord> read_zip64_end(const InputFile& file, std::uint64_t end_begin) {
    if (end_begin < locator_bytes + zip64_bytes) return std::nullopt;
    const std::uint64_t locator_begin = end_begin - locator_bytes;
    ByteReader locator = read_range(file, locator_begin, end_begin);
    if (locator.integer<std::uint32_t>() != locator_signature) return std::nullopt;
    const auto disk = locator.integer<std::uint32_t>();
    const auto begin = locator.integer<std::uint64_t>();
    const auto disks = locator.integer<std::uint32_t>();
    if (disk != 0 || disks > 1) throw input_error("is one part of a zip archive on several disks");
    if (begin > locator_begin - zip64_bytes)
        throw input_error(fmt::format("the zip64 locator points to byte {}, where no record fits before it", begin))
            .at_offset(locator_begin);
    ByteReader record = read_range(file, begin, locator_begin);
    EndRecord end{.begin = begin, .entries = 0, .directory_bytes = 0, .directory_begin = 0};
    if (record.integer<std::uint32_t>() != zip64_signature)
        throw input_error("has no zip64 end record where its locator points").at_offset(begin);
    const auto size = record.integer<std::uint64_t>();
    if (size != record.remaining())
        throw input_error(
            fmt::format("the zip64 end record has {} bytes; {} lie before its locator", size, record.remaining()))
            .at_offset(begin);
    record.skip(4);  // versions
    const bool split = record.integer<std::uint32_t>() != 0 || record.integer<std::uint32_t>() != 0;
    const auto entries_here = record.integer<std::uint64_t>();
    end.entries = record.integer<std::uint64_t>();
    if (split || entries_here != end.entries) throw input_error("is one part of a zip archive on several disks");
    end.directory_bytes = record.integer<std::uint64_t>();
    end.directory_begin = record.integer<std::uint64_t>();
    return end;
}

EndRecord read_end(const InputFile& file) {
    const std::uint64_t begin = find_end_record(file);
    ByteReader record = read_range(file, begin + 4, begin + end_bytes);
    const bool split = record.integer<std::uint16_t>() != 0 || record.integer<std::uint16_t>() != 0;
    const auto entries_here = record.integer<std::uint16_t>();
    const auto entries = record.integer<std::uint16_t>();
    if (split || entries_here != entries) throw input_error("is one part of a zip archive on several disks");
    const auto bytes = record.integer<std::uint32_t>();
    const auto directory = record.integer<std::uint32_t>();
    const auto wide = read_zip64_end(file, begin);
    if (!wide) return {begin, entries, bytes, directory};
    const bool agrees = (entries == 0xFFFF || entries == wide->entries) &&
                        (bytes == in_zip64 || bytes == wide->directory_bytes) &&
                        (directory == in_zip64 || directory == wide->directory_begin);
    if (!agrees) throw input_error("the end record and the zip64 end record disagree").at_offset(begin);
    return *wide;
}

/// The sizes and the offset of a member as its header has them, then as its zip64 field has them.
struct Sizes {
    std::uint64_t bytes = 0;
    std::uint64_t stored = 0;
    std::uint64_t offset = 0;
};

/// Reads the extra fields, and from zip64's what stands there for it.
void read_extra(ByteReader& reader, std::uint64_t length, Sizes& sizes, bool central) {
    const std::uint64_t end = reader.position() + length;
    bool seen = false;
    while (end - reader.position() >= 4) {
        const auto id = reader.integer<std::uint16_t>();
        std::uint64_t size = reader.integer<std::uint16_t>();
        if (size > end - reader.position())
            throw input_error(fmt::format("an extra field of {} bytes ends behind the header", size))
                .at_offset(reader.position());
        if (id == 1) {
            if (std::exchange(seen, true)) throw input_error("has the zip64 field twice").at_offset(reader.position());
            for (std::uint64_t* value : {&sizes.bytes, &sizes.stored, &sizes.offset}) {
                if (*value != in_zip64 || (value == &sizes.offset && !central)) continue;
                if (size < 8) throw input_error("its zip64 field is too short").at_offset(reader.position());
                *value = reader.integer<std::uint64_t>();
                size -= 8;
            }
        }
        reader.skip(size);
    }
    while (reader.position() < end)
        if (reader.byte() != 0) throw input_error("a stray byte follows its extra fields").at_offset(reader.position());
    if (!seen && (sizes.bytes == in_zip64 || sizes.stored == in_zip64 || (central && sizes.offset == in_zip64)))
        throw input_error("announces a zip64 field that is not there").at_offset(reader.position());
}

void check_name(std::string_view name) {
    using namespace std::string_view_literals;
    bool climbs = false;
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        climbs = climbs || name.substr(begin, end - begin) == "..";
        begin = end + 1;
    }
    const bool drive = name.size() > 1 && name[1] == ':';
    if (name.empty() || name.front() == '/' || climbs || drive ||
        name.find_first_of("\\\0"sv) != std::string_view::npos)
        throw input_error(fmt::format("the member name {} is absolute or leaves the archive", rotoscope::quote(name)));
    if (!is_utf8(name)) throw input_error(fmt::format("the member name {} is not UTF-8", rotoscope::quote(name)));
}

void check_flags(std::uint16_t flags, std::uint16_t method) {
    if ((flags & 1) != 0 || (flags & (1 << 6)) != 0 || (flags & (1 << 13)) != 0)
        throw input_error("is encrypted; expected a plain archive");
    if ((flags & ~(deflate_levels | has_descriptor | utf8_names)) != 0)
        throw input_error(fmt::format("has the flags {:#06x}, of which not all are known", flags));
    if (method != 0 && method != 8)
        throw input_error(fmt::format("is compressed by method {}; expected stored (0) or deflate (8)", method));
}

struct CentralEntry {
    ZipMember member;
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
};

CentralEntry read_central(ByteReader& reader) {
    const std::uint64_t begin = reader.position();
    if (reader.integer<std::uint32_t>() != central_signature)
        throw input_error("has no directory entry where one is expected").at_offset(begin);
    CentralEntry entry;
    reader.skip(4);  // versions
    entry.flags = reader.integer<std::uint16_t>();
    entry.method = reader.integer<std::uint16_t>();
    reader.skip(4);  // time and date
    entry.member.crc = reader.integer<std::uint32_t>();
    Sizes sizes;
    sizes.stored = reader.integer<std::uint32_t>();
    sizes.bytes = reader.integer<std::uint32_t>();
    const auto name_bytes = reader.integer<std::uint16_t>();
    const auto extra_bytes = reader.integer<std::uint16_t>();
    const auto comment_bytes = reader.integer<std::uint16_t>();
    const auto disk = reader.integer<std::uint16_t>();
    reader.skip(6);  // attributes
    sizes.offset = reader.integer<std::uint32_t>();
    entry.member.name = reader.text(name_bytes, 0xFFFF);
    check_name(entry.member.name);
    try {
        if (disk != 0) throw input_error("lies on another disk");
        read_extra(reader, extra_bytes, sizes, true);
        reader.skip(comment_bytes);
        check_flags(entry.flags, entry.method);
        entry.member.header_offset = sizes.offset;
        entry.member.stored_bytes = sizes.stored;
        entry.member.bytes = sizes.bytes;
        entry.member.deflated = entry.method == 8;
        if (!entry.member.deflated && sizes.bytes != sizes.stored)
            throw input_error(fmt::format("is stored, but has {} bytes in {}", sizes.bytes, sizes.stored));
        if (sizes.bytes > free_bytes && (sizes.bytes - free_bytes) / most_expansion > sizes.stored)
            throw input_error(fmt::format("claims {} bytes out of {}; expected at most 64 MiB + {} times as many",
                                          sizes.bytes, sizes.stored, most_expansion));
    } catch (Error& error) {
        throw error.in_tensor(entry.member.name);
    }
    return entry;
}

/// The end of the data descriptor that begins at `begin`, in whichever of its four forms agrees with the member.
std::uint64_t check_descriptor(const InputFile& file, const ZipMember& member, std::uint64_t begin,
                               std::uint64_t directory) {
    for (const bool signature : {true, false})
        for (const bool wide : {false, true}) {
            const std::uint64_t length = (signature ? 4U : 0U) + 4U + (wide ? 16U : 8U);
            if (length > directory - begin) continue;
            ByteReader reader = read_range(file, begin, begin + length);
            if (signature && reader.integer<std::uint32_t>() != descriptor_signature) continue;
            const auto next = [&] {
                return wide ? reader.integer<std::uint64_t>() : std::uint64_t{reader.integer<std::uint32_t>()};
            };
            const auto crc = reader.integer<std::uint32_t>();
            const std::uint64_t stored = next();
            if (crc == member.crc && stored == member.stored_bytes && next() == member.bytes) return begin + length;
        }
    throw input_error("its data descriptor disagrees with the directory").at_offset(begin);
}

/// Checks the local header against the directory's entry; returns where the member's bytes in the file end.
std::uint64_t check_local(const InputFile& file, CentralEntry& entry, std::uint64_t directory) {
    ZipMember& member = entry.member;
    if (member.header_offset > directory || directory - member.header_offset < local_bytes)
        throw input_error(fmt::format("begins at byte {}, behind the archive's members", member.header_offset));
    constexpr std::uint64_t window = 512;  // a header and its name, without the data behind them
    ByteReader reader = read_range(file, member.header_offset, directory, window);
    const auto disagree = [&](std::string_view what) {
        return input_error(fmt::format("its local header has another {} than the directory", what))
            .at_offset(member.header_offset);
    };
    if (reader.integer<std::uint32_t>() != local_signature)
        throw input_error("has no local header where the directory says").at_offset(member.header_offset);
    reader.skip(2);  // version
    if (reader.integer<std::uint16_t>() != entry.flags) throw disagree("flags");
    if (reader.integer<std::uint16_t>() != entry.method) throw disagree("method");
    reader.skip(4);  // time and date
    const auto crc = reader.integer<std::uint32_t>();
    Sizes sizes;
    sizes.stored = reader.integer<std::uint32_t>();
    sizes.bytes = reader.integer<std::uint32_t>();
    const auto name_bytes = reader.integer<std::uint16_t>();
    const auto extra_bytes = reader.integer<std::uint16_t>();
    if (reader.text(name_bytes, 0xFFFF) != member.name) throw disagree("name");
    read_extra(reader, extra_bytes, sizes, false);
    member.data_offset = reader.position();
    if (member.stored_bytes > reader.remaining())
        throw input_error(fmt::format("its {} bytes end behind the archive's members", member.stored_bytes))
            .at_offset(member.data_offset);
    const bool described = (entry.flags & has_descriptor) != 0;
    const bool blank = described && crc == 0 && sizes.stored == 0 && sizes.bytes == 0;
    if (!blank && crc != member.crc) throw disagree("CRC");
    if (!blank && (sizes.stored != member.stored_bytes || sizes.bytes != member.bytes)) throw disagree("size");
    const std::uint64_t end = member.data_offset + member.stored_bytes;
    return described ? check_descriptor(file, member, end, directory) : end;
}

struct Extent {
    std::uint64_t begin;
    std::uint64_t end;
    std::size_t member;
};

void check_overlap(const std::vector<ZipMember>& members, std::vector<Extent> extents) {
    std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < extents.size(); ++i)
        if (extents[i].begin < extents[i - 1].end)
            throw input_error(fmt::format("begins at byte {}, inside member {}, which ends at byte {}",
                                          extents[i].begin, quote(members[extents[i - 1].member].name),
                                          extents[i - 1].end))
                .in_tensor(members[extents[i].member].name);
}

}  // namespace

ZipDirectory read_zip_directory(const InputFile& file, HeaderBudget& used) {
    const EndRecord end = read_end(file);
    if (end.directory_begin > end.begin || end.directory_bytes != end.begin - end.directory_begin)
        throw input_error(
            fmt::format("the zip directory of {} bytes at byte {} does not end at byte {}, where its end "
                        "record begins",
                        end.directory_bytes, end.directory_begin, end.begin));
    if (end.entries > end.directory_bytes / central_bytes)
        throw input_error(
            fmt::format("claims {} members in a zip directory of {} bytes", end.entries, end.directory_bytes));
    if (end.entries > HeaderBudget::most_tensors)
        throw input_error(fmt::format("has {} members; expected at most {}", format_count(end.entries),
                                      format_count(HeaderBudget::most_tensors)));
    used.add_bytes(end.directory_bytes);
    ZipDirectory directory;
    directory.begin = end.directory_begin;
    directory.members.reserve(static_cast<std::size_t>(end.entries));
    std::vector<Extent> extents;
    ByteReader reader = read_range(file, end.directory_begin, end.begin);
    for (std::uint64_t i = 0; i < end.entries; ++i) {
        CentralEntry entry = read_central(reader);
        try {
            const std::uint64_t member_end = check_local(file, entry, end.directory_begin);
            extents.push_back({entry.member.header_offset, member_end, extents.size()});
        } catch (Error& error) {
            throw error.in_tensor(entry.member.name);
        }
        directory.members.push_back(std::move(entry.member));
    }
    if (reader.remaining() != 0)
        throw input_error(fmt::format("{} bytes follow the last entry of the zip directory", reader.remaining()))
            .at_offset(reader.position());
    check_overlap(directory.members, std::move(extents));
    std::sort(directory.members.begin(), directory.members.end(),
              [](const ZipMember& a, const ZipMember& b) { return a.name < b.name; });
    const auto twice = std::adjacent_find(directory.members.begin(), directory.members.end(),
                                          [](const ZipMember& a, const ZipMember& b) { return a.name == b.name; });
    if (twice != directory.members.end()) throw input_error("appears twice in the archive").in_tensor(twice->name);
    return directory;
}

}  // namespace rotoscope
