// Weights of one layer: found below a prefix, checked against the table's shapes, read into matrices.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/phases/model.hpp"

namespace rotoscope {

/// Looks for tensors below one layer's prefix.
struct LayerTensors {
    const Checkpoint& checkpoint;
    std::string prefix;

    [[nodiscard]] bool has(std::string_view name) const {
        return checkpoint.find(prefix + std::string(name)) != nullptr;
    }
    [[nodiscard]] const TensorInfo& require(std::string_view name) const {
        return checkpoint.require(prefix + std::string(name));
    }
};

/// Reads tensors and remembers what is not finite. All of one reader take at most 256 MiB.
class WeightReader {
public:
    /// `patterns` are of names below the prefix. `tensors` must outlive the reader.
    WeightReader(const LayerTensors& tensors, std::span<const TensorPattern> patterns, Dimensions dimensions)
        : tensors_(tensors), patterns_(patterns), dimensions_(std::move(dimensions)) {}

    /// The tensor as rows × (elements/rows); rows 0: as many as its first dimension. Throws Error (input) that names
    /// it where it is missing, not of floating-point type, or of another shape than the pattern's.
    [[nodiscard]] RowMatrix<double> read(std::string_view name, std::size_t rows = 0);
    /// All its elements as a column.
    [[nodiscard]] Vector<double> read_vector(std::string_view name);

    [[nodiscard]] std::vector<NonFiniteWeights> take_non_finite() { return std::move(non_finite_); }

private:
    void check(std::string_view name, const TensorInfo& tensor);
    void note_non_finite(const TensorInfo& tensor, const RowMatrix<double>& matrix);

    const LayerTensors& tensors_;
    std::span<const TensorPattern> patterns_;
    Dimensions dimensions_;
    std::uint64_t bytes_ = 0;
    std::vector<NonFiniteWeights> non_finite_;
};

}  // namespace rotoscope
