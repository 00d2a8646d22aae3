// Recall with the decays and rotations that a trained model's first layer has along a sequence.
#pragma once

#include "associative_memory.hpp"

#include <filesystem>
#include <vector>

#include "rotoscope/core/result.hpp"
#include "rotoscope/core/thread_pool.hpp"

namespace rotoscope {

/// A head of layer 0, seen from the last of the tokens: half-split pairs; a pair's decay is the geometric mean of the
/// gates of its two key dimensions.
struct MeasuredMemories {
    std::vector<MemoryResponse> heads;
    std::vector<InputRecord> inputs;
};

/// Feeds `tokens` tokens, drawn with the seed, to layer 0. Throws Error (input) for a checkpoint without a phase
/// generator and forget gate in layer 0, or without an embedding.
[[nodiscard]] MeasuredMemories measure_memories(const std::filesystem::path& checkpoint, std::size_t tokens,
                                                std::uint64_t seed, ThreadPool& pool);

}  // namespace rotoscope
