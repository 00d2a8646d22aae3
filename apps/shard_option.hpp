// Which part of a run a process is to do: --shard.
#pragma once

#include <string>

#include "rotoscope/phases/shard.hpp"

namespace rotoscope::apps {

/// From "I/N", 0 ≤ I < N. Throws Error (usage) for anything else.
[[nodiscard]] Shard parse_shard(const std::string& text);

/// From what a scheduler set: Slurm's array variables (SLURM_ARRAY_TASK_ID less SLURM_ARRAY_TASK_MIN, in steps of
/// SLURM_ARRAY_TASK_STEP, of SLURM_ARRAY_TASK_COUNT), else Open MPI's OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE.
/// Throws Error (usage) where neither is there, both are, or they contradict themselves.
[[nodiscard]] Shard shard_of_environment();

}  // namespace rotoscope::apps
