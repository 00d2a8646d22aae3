#include "selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "rotoscope/core/error.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {

std::vector<std::size_t> select_available(const std::vector<std::size_t>& wanted,
                                          const std::vector<std::size_t>& available, std::string_view option,
                                          std::string_view what) {
    if (wanted.empty()) return available;
    for (const std::size_t index : wanted)
        if (!std::ranges::binary_search(available, index))
            throw usage_error(fmt::format("{}: there is no {} {}; the checkpoint has {}", option, what, index,
                                          format_ranges(available)));
    std::vector<std::size_t> sorted = wanted;
    std::ranges::sort(sorted);
    sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
    return sorted;
}

std::vector<std::size_t> first_numbers(std::size_t count) {
    std::vector<std::size_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    return numbers;
}

}  // namespace rotoscope
