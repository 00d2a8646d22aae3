#include "format_contents.hpp"

#include <algorithm>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

struct Axis {
    std::uint64_t size;
    std::uint64_t stride;
};

}  // namespace

void sort_by_name(std::vector<TensorInfo>& tensors) {
    std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    const auto twice = std::adjacent_find(tensors.begin(), tensors.end(),
                                          [](const auto& a, const auto& b) { return a.name == b.name; });
    if (twice != tensors.end()) throw input_error("appears twice in the header").in_tensor(twice->name);
}

std::vector<std::uint64_t> dense_strides(std::span<const std::uint64_t> shape, bool fortran) {
    std::vector<std::uint64_t> strides(shape.size());
    std::uint64_t product = 1;
    for (std::size_t k = 0; k < shape.size(); ++k) {
        const std::size_t i = fortran ? k : shape.size() - 1 - k;
        strides[i] = product;
        product *= std::max<std::uint64_t>(shape[i], 1);
    }
    return strides;
}

bool is_row_major(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> strides) {
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return true;
    std::uint64_t product = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
        if (shape[i] == 1) continue;
        if (strides[i] != product) return false;
        product *= shape[i];
    }
    return true;
}

bool is_dense(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> strides) {
    std::vector<Axis> axes;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] != 1) axes.push_back({shape[i], strides[i]});
    std::sort(axes.begin(), axes.end(), [](const Axis& a, const Axis& b) { return a.stride < b.stride; });
    std::uint64_t product = 1;
    for (const Axis& axis : axes) {
        if (axis.stride != product) return false;
        product *= axis.size;
    }
    return true;
}

}  // namespace rotoscope
