// Files of parts, as shard.hpp describes them: written whole or not at all, read as what any stranger may have sent.
#pragma once

#include "rope_result.hpp"
#include "shard_plan.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rotoscope {

/// One part of a run: everything of the run but the other parts' sums.
struct RopePart {
    Shard shard;
    GroupRange groups;  ///< of job.groups
    RopeProvenance provenance;
    RopeJob job;                  ///< read from a file it has no checkpoint and no bytes: it can be assembled, not run
    std::string fingerprint;      ///< of provenance and job
    std::vector<GroupSums> sums;  ///< of the groups
};

/// "part-3-of-8.json".
[[nodiscard]] std::string part_name(Shard shard);

/// Writes the part, whose fingerprint is set here. Throws Error (usage) for text that is not UTF-8, Error (output)
/// where the file cannot be written.
void write_part(const RopePart& part, const std::filesystem::path& file);

/// Throws Error (input) that names the file for anything that write_part of this version would not have written. Takes
/// memory in proportion to the file.
[[nodiscard]] RopePart read_part(const std::filesystem::path& path);

}  // namespace rotoscope
