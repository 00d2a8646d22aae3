// The entries of a GGUF file that describe its model, as a table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/json_table.hpp"

namespace rotoscope {

/// An entry with its value as JSON.
struct GgufEntry {
    std::string key;
    std::string json;
};

/// A string as JSON.
[[nodiscard]] std::string gguf_json(std::string_view text);

/// The entries of the model that `general.architecture` names, by their keys without that name and its dot
/// ("llama.rope.freq_base" is "rope.freq_base"), and `general.architecture` itself. Empty without that entry.
[[nodiscard]] JsonTable tabulate_entries(const std::vector<GgufEntry>& entries, std::string_view architecture);

}  // namespace rotoscope
