// Queries, keys and learned angles of one head in a file of activations.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/result.hpp"
#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

struct HeadTensors {
    std::string query_name;
    std::string key_name;
    RowMatrix<double> queries;  ///< [L, d]
    RowMatrix<double> keys;     ///< [L, d]
    /// {prefix}angle of the same head [L, P], radians, not wrapped; where the file has it.
    std::optional<RowMatrix<double>> angles;
    std::vector<InputRecord> records;
};

/// {prefix}q_attn and {prefix}k_attn [L, H, d], or else q_out and k_out, of the layer (prefix "layer{i}.", or "" where
/// a file has no layers), the first in the file if none is asked for, and the head. Throws Error (input) where the file
/// lacks them or they do not fit each other, Error (usage) for a layer or head that is not there.
[[nodiscard]] HeadTensors read_head(const std::filesystem::path& path, std::optional<std::uint64_t> layer,
                                    std::uint64_t head, bool hash_inputs);

}  // namespace rotoscope
