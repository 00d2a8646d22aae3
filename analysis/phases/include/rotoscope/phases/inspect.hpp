// `rotoscope inspect`: what is in a checkpoint, and what of it is understood.
#pragma once

#include <filesystem>
#include <string>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"

namespace rotoscope {

enum class TensorOrder { name, bytes };

struct InspectOptions {
    std::filesystem::path checkpoint;
    std::string match;  ///< ECMAScript regular expression that names must contain a match of; empty: all
    TensorOrder order = TensorOrder::name;
    bool record_inputs = false;  ///< hash the inputs for files that are kept
    bool hash_inputs = false;
};

/// Table `tensors`: name, type, shape, elements, bytes, file. The summary says what was recognised: family, layers,
/// heads, pairs, layout, position embedding, variant; the notes what was not.
/// Throws Error (usage) for an invalid regular expression, Error (input) for what cannot be read.
[[nodiscard]] Result inspect_checkpoint(const InspectOptions& options, Context& context);

}  // namespace rotoscope
