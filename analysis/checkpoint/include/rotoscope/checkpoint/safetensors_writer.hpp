// Safetensors files written piece by piece, in any order, whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/dtype.hpp"
#include "rotoscope/core/staged_file.hpp"

namespace rotoscope {

struct TensorDeclaration {
    std::string name;
    DType dtype = DType::f32;  ///< f64, f32, any integer type or boolean
    std::vector<std::uint64_t> shape;
};

/// Writes a safetensors file whose tensors are declared first; the same declarations and values give the same bytes.
/// The data begins at a multiple of 8, larger types first and equal ones by name, so every tensor is aligned. Values
/// that are never written are zero. I/O failures are Error (output).
class SafetensorsWriter {
public:
    /// Writes the header. Throws internal_error for a type it cannot write, a name twice, a name or text that is not
    /// UTF-8, or a header beyond what readers accept.
    SafetensorsWriter(std::filesystem::path target, std::vector<TensorDeclaration> tensors,
                      const std::map<std::string, std::string>& metadata = {});

    /// Elements first_element … first_element + values.size() − 1 of the tensor in row-major order. Scalar is float or
    /// double for f64 and f32 (rounded to nearest), int64 for integers and booleans. Throws internal_error where that
    /// does not fit the declaration or an integer does not fit the type.
    template <class Scalar>
    void write(std::string_view name, std::uint64_t first_element, std::span<const Scalar> values);

    /// The same from row first_row on; a row is what the shape's trailing dimensions hold.
    template <class Scalar>
    void write_rows(std::string_view name, std::uint64_t first_row, std::span<const Scalar> values);

    /// Puts the file in its place.
    void commit();

private:
    struct Placed {
        TensorDeclaration declaration;
        std::uint64_t elements = 0;
        std::uint64_t offset = 0;
    };

    [[nodiscard]] const Placed& placed(std::string_view name) const;

    StagedFile file_;
    std::vector<Placed> tensors_;  ///< in the order of the data
    std::map<std::string, std::size_t, std::less<>> by_name_;
};

}  // namespace rotoscope
