// `rotoscope inspect`: what is in a checkpoint, and what of it is understood.
#pragma once

#include <filesystem>
#include <string>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"

namespace rotoscope {

enum class TensorOrder { name, bytes };

struct InspectOptions {
    std::filesystem::path checkpoint;
    std::string match;  ///< ECMAScript regular expression that names must contain a match of; empty: all
    TensorOrder order = TensorOrder::name;
    OpenOptions open;
    bool statistics = false;     ///< read every value
    bool record_inputs = false;  ///< hash the inputs for files that are kept
    bool hash_inputs = false;
};

/// Table `tensors`: name, type, shape, elements, bytes, file. The summary says what was recognised: family, layers,
/// heads, pairs, layout, position embedding, variant; the notes what was not.
/// With `statistics` also the table `statistics`: name, count, minimum, maximum, mean, deviation (with n − 1) of the
/// finite values, zeros, nans, infinities; every CRC of the files is checked then.
/// Throws Error (usage) for an invalid regular expression, Error (input) for what cannot be read.
[[nodiscard]] Result inspect_checkpoint(const InspectOptions& options, Context& context);

}  // namespace rotoscope
