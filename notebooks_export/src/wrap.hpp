// Text broken into lines.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

/// Breaks `text` at spaces so that no line is wider than `longest` by `measure`; a word that is too wide by itself is
/// broken between characters. At least one line.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, double longest,
                                            const std::function<double(std::string_view)>& measure);

/// wrap by display columns.
[[nodiscard]] std::vector<std::string> wrap_columns(std::string_view text, std::size_t columns);

}  // namespace rotoscope
