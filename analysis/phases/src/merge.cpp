// Parts of one run put together.
#include "part_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <map>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using Path = std::filesystem::path;

constexpr std::size_t most_listed = 10;

/// Of each part but the first only its sums are kept.
struct GivenPart {
    Path file;
    GroupRange groups;
    std::vector<GroupSums> sums;
};

using GivenParts = std::map<std::size_t, GivenPart>;  ///< by index

/// Throws unless the part belongs to the run that the first one is of.
void check_run(const RopePart& part, const RopePart& first, const Path& first_file) {
    const std::string against = quote(first_file.string());
    if (part.fingerprint != first.fingerprint)
        throw input_error(fmt::format("is of another run than {}: of {} and fingerprint {:.12}, not of {} and {:.12}",
                                      against, quote(part.provenance.path), part.fingerprint,
                                      quote(first.provenance.path), first.fingerprint));
    if (part.shard.count != first.shard.count)
        throw input_error(
            fmt::format("is one of {} parts; {} is one of {}", part.shard.count, against, first.shard.count));
}

/// Takes the part's sums; throws where that part is there already.
void add_part(RopePart& part, const Path& file, GivenParts& parts) {
    const auto [place, is_new] = parts.emplace(part.shard.index, GivenPart{file, part.groups, {}});
    if (!is_new)
        throw input_error(fmt::format("is part {} of {}, as {} is", part.shard.index, part.shard.count,
                                      quote(place->second.file.string())));
    place->second.sums = std::move(part.sums);
}

void check_complete(const GivenParts& parts, std::size_t count) {
    if (parts.size() == count) return;
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < count && missing.size() < most_listed; ++i)
        if (!parts.contains(i)) missing.push_back(i);
    const std::size_t more = count - parts.size() - missing.size();
    throw input_error(fmt::format("of {} parts {} given; missing: {}{}", count,
                                  parts.size() == 1 ? "1 is" : fmt::format("{} are", parts.size()),
                                  fmt::join(missing, ", "), more > 0 ? fmt::format(" and {} more", more) : ""));
}

/// The sums of all groups in order. Throws where the parts' groups do not follow each other: no version plans so.
std::vector<GroupSums> join_sums(GivenParts parts, std::size_t groups) {
    std::vector<GroupSums> sums;
    for (auto& [index, part] : parts) {
        const bool last = index + 1 == parts.size();
        if (part.groups.begin != sums.size() || (last && part.groups.end != groups))
            throw input_error(fmt::format("has the groups [{}, {}) of {}; expected them to begin at {}{}",
                                          part.groups.begin, part.groups.end, groups, sums.size(),
                                          last ? " and to be all that are left" : ""))
                .in_file(part.file.string());
        std::ranges::move(part.sums, std::back_inserter(sums));
        part.sums = {};
    }
    return sums;
}

}  // namespace

MergedPhases merge_phases(const std::vector<Path>& files, Context& context) {
    if (files.empty()) throw usage_error("there are no parts to merge");
    RopePart first;
    GivenParts parts;
    context.progress.begin("parts", files.size());
    for (const Path& file : files) {
        throw_if_stopped();
        RopePart part = read_part(file);
        try {
            if (!parts.empty()) check_run(part, first, files.front());
            add_part(part, file, parts);
        } catch (Error& error) {
            throw error.in_file(file.string());
        }
        if (parts.size() == 1) first = std::move(part);
        context.progress.advance();
    }
    context.progress.end();
    context.figures.check(rope_figure_names(first.job));
    check_complete(parts, first.shard.count);
    std::vector<GroupSums> sums = join_sums(std::move(parts), first.job.groups.size());
    const bool hash_inputs = first.provenance.hash_inputs;
    return {rope_result(std::move(first.provenance), std::move(first.job), std::move(sums), context.pool), hash_inputs};
}

}  // namespace rotoscope
