#include "zip_archive.hpp"

#include "inflater.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t window_bytes = 1 << 18;

// Each place kept takes about 42 KiB (zlib's history and tables), so all of an archive take below 24 MiB.
constexpr std::uint64_t most_places = 512;
constexpr std::uint64_t least_spacing = 1 << 20;
constexpr std::size_t most_idle = 8;

[[noreturn]] void refuse_crc(const ZipMember& member, std::uint32_t found) {
    throw input_error(fmt::format("its bytes have the CRC {:08x}; the archive says {:08x}", found, member.crc))
        .in_tensor(member.name)
        .at_offset(member.data_offset);
}

std::uint32_t add_to_crc(std::uint32_t crc, std::span<const std::byte> bytes) {
    return static_cast<std::uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

/// Places in deflated members from which inflating can go on: those left by checking the CRC, and where the latest
/// reads ended.
struct ZipArchive::Inflaters {
    std::uint64_t spacing = least_spacing;
    std::array<std::mutex, 16> verifying;  ///< by member, so that two threads do not check the same one
    std::mutex mutex;                      ///< of what follows
    std::map<std::pair<std::size_t, std::uint64_t>, std::unique_ptr<Inflater>> places;
    std::vector<std::unique_ptr<Inflater>> idle;  ///< least recently used first

    /// The inflater of the member that has the least way to go to `position`; nothing where none is before it.
    std::unique_ptr<Inflater> take(std::size_t member, std::uint64_t position) {
        const std::lock_guard lock(mutex);
        auto best = idle.end();
        for (auto each = idle.begin(); each != idle.end(); ++each)
            if ((*each)->member() == member && (*each)->position() <= position &&
                (best == idle.end() || (*each)->position() > (*best)->position()))
                best = each;
        const auto after = places.upper_bound({member, position});
        const auto place = after == places.begin() ? places.end() : std::prev(after);
        const bool placed = place != places.end() && place->first.first == member;
        if (best != idle.end() && (!placed || (*best)->position() >= place->first.second)) {
            std::unique_ptr<Inflater> taken = std::move(*best);
            idle.erase(best);
            return taken;
        }
        return placed ? std::make_unique<Inflater>(*place->second) : nullptr;
    }

    void give_back(std::unique_ptr<Inflater> inflater) {
        const std::lock_guard lock(mutex);
        if (idle.size() == most_idle) idle.erase(idle.begin());
        idle.push_back(std::move(inflater));
    }

    void keep_place(const Inflater& inflater) {
        auto copy = std::make_unique<Inflater>(inflater);
        const std::lock_guard lock(mutex);
        places.insert_or_assign({inflater.member(), inflater.position()}, std::move(copy));
    }
};

ZipArchive::ZipArchive(const InputFile& file, HeaderBudget& used)
    : file_(file),
      directory_(read_zip_directory(file, used)),
      verified_(std::make_unique<std::atomic<bool>[]>(directory_.members.size())),
      inflaters_(std::make_unique<Inflaters>()) {
    std::uint64_t inflated = 0;
    for (const ZipMember& member : members())
        if (member.deflated) inflated += member.bytes / most_places;  // below 2^64: the file's bytes × 200 / 512
    inflaters_->spacing = std::max(least_spacing, inflated);
}

ZipArchive::~ZipArchive() = default;

std::size_t ZipArchive::find(std::string_view name) const {
    const auto found = std::lower_bound(members().begin(), members().end(), name,
                                        [](const ZipMember& member, std::string_view n) { return member.name < n; });
    if (found == members().end() || found->name != name) return members().size();
    return static_cast<std::size_t>(found - members().begin());
}

void ZipArchive::check_stored(const ZipMember& member) const {
    std::vector<std::byte> window(static_cast<std::size_t>(std::min(window_bytes, member.bytes)));
    std::uint32_t crc = 0;
    for (std::uint64_t offset = 0; offset < member.bytes; offset += window.size()) {
        throw_if_stopped();
        const auto part = std::span(window).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(window.size(), member.bytes - offset)));
        file_.read_at(member.data_offset + offset, part);
        crc = add_to_crc(crc, part);
    }
    if (crc != member.crc) refuse_crc(member, crc);
}

void ZipArchive::check_deflated(std::size_t index) const {
    const ZipMember& member = directory_.members[index];
    Inflater inflater(file_, member, index);
    std::vector<std::byte> window(static_cast<std::size_t>(std::min(window_bytes, member.bytes)));
    std::uint32_t crc = 0;
    std::uint64_t next_place = inflaters_->spacing;
    while (inflater.position() < member.bytes) {
        if (inflater.position() >= next_place) {
            inflaters_->keep_place(inflater);
            next_place += inflaters_->spacing;
        }
        const auto part = std::span(window).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(window.size(), member.bytes - inflater.position())));
        inflater.read(part);
        crc = add_to_crc(crc, part);
    }
    inflater.finish();
    if (crc != member.crc) refuse_crc(member, crc);
}

void ZipArchive::verify(std::size_t index) const {
    if (verified_[index].load(std::memory_order_acquire)) return;
    const std::lock_guard lock(inflaters_->verifying[index % inflaters_->verifying.size()]);
    if (verified_[index].load(std::memory_order_relaxed)) return;
    const ZipMember& member = directory_.members[index];
    if (member.deflated) check_deflated(index);
    else check_stored(member);
    verified_[index].store(true, std::memory_order_release);
}

void ZipArchive::read_at(std::size_t index, std::uint64_t offset, std::span<std::byte> out) const {
    const ZipMember& member = directory_.members.at(index);
    if (offset > member.bytes || out.size() > member.bytes - offset)
        throw internal_error(fmt::format("read of {} bytes beyond the member's {}", out.size(), member.bytes))
            .in_tensor(member.name)
            .at_offset(offset);
    verify(index);
    if (out.empty()) return;
    if (!member.deflated) return file_.read_at(member.data_offset + offset, out);
    std::unique_ptr<Inflater> inflater = inflaters_->take(index, offset);
    if (inflater == nullptr) inflater = std::make_unique<Inflater>(file_, member, index);
    inflater->advance_to(offset);
    inflater->read(out);
    inflaters_->give_back(std::move(inflater));
}

void ZipArchive::read_start(std::size_t index, std::span<std::byte> out) const {
    const ZipMember& member = directory_.members.at(index);
    if (out.size() > member.bytes) throw internal_error("read beyond a member").in_tensor(member.name);
    if (!member.deflated) return file_.read_at(member.data_offset, out);
    Inflater(file_, member, index).read(out);
}

}  // namespace rotoscope
