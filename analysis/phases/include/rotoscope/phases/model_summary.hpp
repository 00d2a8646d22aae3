// What was recognised of a model, in a few lines for people: the same for every tool.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "rotoscope/phases/model.hpp"

namespace rotoscope {

void append_model_summary(const Model& model, std::vector<std::pair<std::string, std::string>>& summary);

/// The last part of a checkpoint's path, "model" for model/ and for . inside of it.
[[nodiscard]] std::string checkpoint_name(const std::filesystem::path& path);

/// As in "4 layers, 4 heads of 16 pairs, model_dim 256".
[[nodiscard]] std::string describe_sizes(const Model& model);

/// Throws Error (input): a model without any rotations that `phases` knows.
[[noreturn]] void refuse_model(const std::filesystem::path& checkpoint, const Model& model);

/// As in "0-3" or "0, 2-4".
[[nodiscard]] std::string format_ranges(const std::vector<std::size_t>& sorted);

}  // namespace rotoscope
