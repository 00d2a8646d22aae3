// Which groups of heads a part of a run has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rotoscope/phases/shard.hpp"

namespace rotoscope {

/// Groups begin … end − 1.
struct GroupRange {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::size_t size() const noexcept { return end - begin; }
};

/// The groups of one part, from the bytes of all groups: cut between groups where the bytes before the cut are nearest
/// to their share, but so that every part has a group as long as there are enough. The parts 0 … count − 1 follow each
/// other from the first group to the last.
[[nodiscard]] GroupRange shard_groups(std::span<const std::uint64_t> bytes, Shard shard);

}  // namespace rotoscope
