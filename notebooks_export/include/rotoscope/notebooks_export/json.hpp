// A Result as JSON: result.json and the output of --json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// The JSON string for `text`, with its quotes. Valid UTF-8 reads back as itself, with control characters escaped;
/// bytes that are not UTF-8 become the four characters \xHH.
[[nodiscard]] std::string json_string(std::string_view text);

/// The result in the schema rotoscope.result/1: one column a line, missing cells null, numbers the shortest text that
/// reads back as the same double, and the strings "NaN", "Infinity", "-Infinity". `figure_files[i]` are the names of
/// the files written for figure i; shorter than the figures means none for the rest.
[[nodiscard]] std::string to_json(const Result& result, const std::vector<std::vector<std::string>>& figure_files = {});

}  // namespace rotoscope
