// The part of model recognition that reads a phase generator's configuration and presence of tensors.
#pragma once

#include <string_view>

#include "rotoscope/phases/model.hpp"

namespace rotoscope {

/// The generator's own configuration: of a bare module its metadata, of a model /position_embedding of config.json.
struct GeneratorConfig {
    JsonTable table;
    std::string prefix;  ///< JSON pointer before each key
};

[[nodiscard]] GeneratorConfig generator_config(const Checkpoint& checkpoint, bool bare_module);

/// The variant of one layer's generator, as far as tensors and configuration tell; where they contradict each other, or
/// where only the configuration could tell (SiLU leaves no tensor) and it does not, `problems` says so.
[[nodiscard]] GeneratorVariant survey_variant(const Checkpoint& checkpoint, const Model& model, std::size_t layer);

}  // namespace rotoscope
