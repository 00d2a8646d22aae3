// The job of a part as JSON: what was asked of which model, without any sums.
#pragma once

#include "rope_result.hpp"

#include <string>

#include "rotoscope/checkpoint/json_table.hpp"

namespace rotoscope {

/// On one line; the same run gives the same text. Throws Error (usage) for text that is not UTF-8.
[[nodiscard]] std::string job_text(const RopeProvenance& provenance, const RopeJob& job);

/// From the member "job" of a part: job.groups is made anew. Throws Error (input) that names the member that is
/// missing, of another type or out of its range.
void read_job(const JsonTable& part, RopeProvenance& provenance, RopeJob& job);

}  // namespace rotoscope
