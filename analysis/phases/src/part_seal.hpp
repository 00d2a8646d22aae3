// What reader and writer of parts agree on besides the members.
#pragma once

#include <string>
#include <string_view>

#include "rotoscope/checkpoint/sha256.hpp"

namespace rotoscope {

inline constexpr std::string_view part_schema = "rotoscope.part/1";

/// The last bytes of a part, which hold the hash of all before them. Always as many.
[[nodiscard]] std::string part_seal(std::string_view sha256);

}  // namespace rotoscope
