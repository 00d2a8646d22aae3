#include "weight_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

// A layer's generator or gate takes a few MiB in the largest models; what takes more is neither, or would not fit
// beside the rest: while a layer runs, its weights are held three times, as stored, checked and packed.
constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20;

std::string describe_index(std::uint64_t flat, const std::vector<std::uint64_t>& shape) {
    std::vector<std::uint64_t> indices(shape.size());
    for (std::size_t i = shape.size(); i-- > 0; flat /= shape[i]) indices[i] = flat % shape[i];
    return fmt::format("[{}]", fmt::join(indices, ", "));
}

std::string_view describe_value(double value) {
    if (std::isnan(value)) return "NaN";
    return value > 0 ? "infinity" : "-infinity";
}

}  // namespace

RowMatrix<double> WeightReader::read(std::string_view name, std::size_t rows) {
    const TensorInfo& tensor = tensors_.require(name);
    try {
        check(name, tensor);
        if (rows == 0) rows = static_cast<std::size_t>(tensor.shape.front());
        RowMatrix<double> matrix(static_cast<Eigen::Index>(rows),
                                 static_cast<Eigen::Index>(static_cast<std::size_t>(tensor.elements) / rows));
        tensors_.checkpoint.read<double>(tensor, 0, std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
        note_non_finite(tensor, matrix);
        return matrix;
    } catch (Error& error) {
        throw error.in_tensor(tensor.name);
    }
}

Vector<double> WeightReader::read_vector(std::string_view name) {
    const TensorInfo& tensor = tensors_.require(name);
    return read(name, static_cast<std::size_t>(std::max<std::uint64_t>(tensor.elements, 1))).reshaped();
}

void WeightReader::check(std::string_view name, const TensorInfo& tensor) {
    for (const TensorPattern& pattern : patterns_) {
        if (pattern.name != name) continue;
        if (const auto expected = shape_mismatch(pattern.shape, tensor.shape, dimensions_))
            throw input_error(fmt::format("shape {} does not fit the configuration; expected {}",
                                          format_shape(tensor.shape), *expected));
    }
    if (!tensor.dtype || !is_floating(*tensor.dtype))
        throw input_error(fmt::format("type {}; expected a floating-point type", quote(tensor.type)));
    if (tensor.elements == 0) throw input_error(fmt::format("shape {} has no elements", format_shape(tensor.shape)));
    const auto bytes = checked_multiply(tensor.elements, sizeof(double));
    if (!bytes || *bytes > most_bytes - std::min(most_bytes, bytes_))
        throw input_error(fmt::format("{} elements: the layer's weights would take more than {}",
                                      format_count(tensor.elements), format_bytes(most_bytes)));
    bytes_ += *bytes;
}

void WeightReader::note_non_finite(const TensorInfo& tensor, const RowMatrix<double>& matrix) {
    NonFiniteWeights found{tensor.name, "", 0};
    for (Eigen::Index i = 0; i < matrix.size(); ++i) {
        const double value = matrix.data()[i];
        if (std::isfinite(value)) continue;
        if (found.count++ == 0)
            found.first = fmt::format("{} at {}", describe_value(value),
                                      describe_index(static_cast<std::uint64_t>(i), tensor.shape));
    }
    if (found.count > 0) non_finite_.push_back(std::move(found));
}

}  // namespace rotoscope
