// How a result was made, as a line for a shell.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// As in "rotoscope phases PATH --length 300"; of one figure alone where one is named. --seed only where it is not 0.
[[nodiscard]] std::string command_line(const Result& result, std::optional<std::string_view> figure = {});

}  // namespace rotoscope
