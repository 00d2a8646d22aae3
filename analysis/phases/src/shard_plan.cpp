#include "shard_plan.hpp"

#include <algorithm>
#include <numeric>

namespace rotoscope {
namespace {

/// ⌊total · k/n⌋ for k ≤ n ≤ Shard::most, without the product.
std::uint64_t share(std::uint64_t total, std::uint64_t k, std::uint64_t n) { return total / n * k + total % n * k / n; }

}  // namespace

GroupRange shard_groups(std::span<const std::uint64_t> bytes, Shard shard) {
    const std::size_t n = shard.count;
    if (n >= bytes.size()) return {std::min(shard.index, bytes.size()), std::min(shard.index + 1, bytes.size())};
    const std::uint64_t total = std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
    std::uint64_t before = 0;  // bytes of the groups before `cut`
    std::size_t cut = 0;
    GroupRange part;
    for (std::size_t k = 1; k <= shard.index + 1; ++k) {
        const std::uint64_t wanted = share(total, k, n);
        // A group is before the cut where the larger part of it is.
        while (cut < bytes.size() && before + bytes[cut] / 2 < wanted) before += bytes[cut++];
        // A group at least for this part and for each that follows.
        part = {part.end, std::clamp(cut, part.end + 1, bytes.size() - (n - k))};
    }
    if (shard.index + 1 == n) part.end = bytes.size();
    return part;
}

}  // namespace rotoscope
