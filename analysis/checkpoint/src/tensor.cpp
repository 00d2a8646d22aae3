#include "rotoscope/checkpoint/tensor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rotoscope {

std::string format_shape(std::span<const std::uint64_t> shape) {
    if (shape.size() <= 8) return fmt::format("[{}]", fmt::join(shape, ", "));
    return fmt::format("[{}, ..., {}] (rank {})", fmt::join(shape.first(4), ", "), shape.back(), shape.size());
}

}  // namespace rotoscope
