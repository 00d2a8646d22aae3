// Groups of heads, and how many of them are analysed at once.
#include "rope_job.hpp"

#include <fmt/format.h>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

// 32 bytes each: 128 MiB.
constexpr std::uint64_t most_pairs = std::uint64_t{1} << 22;
// The table of heads has 600 bytes for each.
constexpr std::uint64_t most_heads = 100'000;
// A group's two histograms take 4 KiB.
constexpr std::uint64_t most_histograms = 8192;

}  // namespace

std::vector<HeadGroup> group_heads(const std::vector<std::size_t>& layers, const std::vector<std::size_t>& heads,
                                   std::size_t sharing) {
    std::vector<HeadGroup> groups;
    for (const std::size_t layer : layers) {
        const std::size_t first = groups.size();
        for (const std::size_t head : heads) {
            if (groups.size() == first || groups.back().key_head != head / sharing)
                groups.push_back({layer, head / sharing, {}});
            groups.back().heads.push_back(head);
        }
    }
    return groups;
}

void check_size(const RopeJob& job) {
    const std::uint64_t factors[] = {job.layers.size(), job.heads.size(), job.rope.pairs()};
    const auto heads = checked_multiply(factors[0], factors[1]);
    const auto pairs = checked_product(factors);
    if (!pairs || *pairs > most_pairs || *heads > most_heads)
        throw input_error(fmt::format(
            "{} layers of {} heads of {} frequencies: more than {} heads or {} frequencies at once; --layers "
            "and --heads select",
            format_count(factors[0]), format_count(factors[1]), format_count(factors[2]), format_count(most_heads),
            format_count(most_pairs)));
    if (job.histogram_limit && *heads > most_histograms && job.layers.size() * job.model.key_heads > most_histograms)
        throw input_error(fmt::format("{} layers of {} key heads: more than {} histograms at once; --layers selects",
                                      format_count(factors[0]), format_count(job.model.key_heads),
                                      format_count(most_histograms)));
}

}  // namespace rotoscope
