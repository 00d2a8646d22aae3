// What the user selected, held against what a model has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

/// The selection, sorted, or all that is available; Error (usage) for one that is not there.
[[nodiscard]] std::vector<std::size_t> select_available(const std::vector<std::size_t>& wanted,
                                                        const std::vector<std::size_t>& available,
                                                        std::string_view option, std::string_view what);

/// 0 … count − 1.
[[nodiscard]] std::vector<std::size_t> first_numbers(std::size_t count);

}  // namespace rotoscope
