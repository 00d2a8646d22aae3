// Numbers that a user brings in a file: signals and gate sequences.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace rotoscope {

/// Rows of as many numbers, from a CSV file: one row a line, `columns` at most, separated by commas, semicolons or
/// white space; a first line that holds no number is a header; empty lines are skipped. Throws Error (input) that names
/// the file and line for anything else, for NaN and infinities, for no numbers, and for files above 256 MiB.
struct NumberRows {
    std::size_t columns = 0;
    std::vector<double> values;  ///< row-major
    [[nodiscard]] std::size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
};

[[nodiscard]] NumberRows read_number_rows(const std::filesystem::path& path, std::size_t most_columns);

/// One sequence along the first dimension of a tensor: `FILE.safetensors:TENSOR`, followed by an index for each further
/// dimension, as in `run.safetensors:layer0.log_forget_gate:1:5`. Throws Error (usage) where indices are missing or too
/// many, Error (input) for what cannot be read and for NaN and infinities.
struct TensorSequence {
    std::filesystem::path file;
    std::string tensor;
    std::vector<double> values;
};

[[nodiscard]] TensorSequence read_tensor_sequence(const std::string& text);

}  // namespace rotoscope
