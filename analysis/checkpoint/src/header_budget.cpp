#include "header_budget.hpp"

#include <fmt/format.h>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {

void HeaderBudget::add_bytes(std::uint64_t count) {
    bytes += count;
    if (count > most_bytes || bytes > most_bytes)
        throw input_error(fmt::format("the headers up to this file's have {} bytes together; expected at most {}",
                                      bytes, most_bytes));
}

void HeaderBudget::add_tensor(std::uint64_t rank) {
    if (rank > highest_rank) throw input_error(fmt::format("shape has more than {} numbers", highest_rank));
    if (++tensors > most_tensors)
        throw input_error(fmt::format("has {} tensors or more; expected at most {}, so that their table fits in memory",
                                      format_count(tensors), format_count(most_tensors)));
    dimensions += rank;
    if (dimensions > most_dimensions)
        throw input_error(fmt::format("the shapes up to this one, of {} tensors, have more than {} dimensions",
                                      format_count(tensors), format_count(most_dimensions)));
}

}  // namespace rotoscope
