// `rotoscope inspect --stats`: every value of every tensor, read once.
#pragma once

#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// Adds the table `statistics` and its short form for the terminal, whose last row is of all tensors together; a note
/// says which tensors have values that are not finite, another which could not be read. Every byte of the checkpoint
/// that a CRC covers is checked, also of what is not among `tensors`.
void append_statistics(const Checkpoint& checkpoint, const std::vector<const TensorInfo*>& tensors, Context& context,
                       Result& result);

}  // namespace rotoscope
