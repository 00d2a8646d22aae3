// What a study needs of memory, before it begins.
#pragma once

#include "study_inputs.hpp"

namespace rotoscope {

/// Bytes that all that a study keeps at once take, about: inputs and frequencies in double and single precision, and
/// blocks of scores for each thread. Infinite values are possible: sizes are not checked elsewhere.
[[nodiscard]] double memory_need(const RffOptions& options, double length, double dimension, unsigned threads);

/// Throws Error (usage) where that is more than the machine, or this process's limit, has: says how much it is.
void check_memory(const RffOptions& options, double length, double dimension, unsigned threads);

}  // namespace rotoscope
