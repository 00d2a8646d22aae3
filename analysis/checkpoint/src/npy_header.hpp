// The header of a NumPy array:
//
//     file    := "\x93NUMPY" major minor length header data
//     length  := bytes of the header: u16 in version 1.0, u32 in 2.0 and 3.0; little-endian
//     header  := { 'descr': TYPE, 'fortran_order': True | False, 'shape': ( INTEGER, … ) } padded behind with spaces
//     and a
//                newline; the keys in any order; a Python literal, read here by its grammar and never evaluated
//     TYPE    := string such as '<f4': byte order, kind, bytes an element; or a list of fields
//     data    := the elements, row-major, or column-major where fortran_order is True
//
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include "byte_reader.hpp"
#include "format_contents.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"

namespace rotoscope {

struct NpyHeader {
    std::string type;  ///< as the file spells it
    bool fortran = false;
    std::vector<std::uint64_t> shape;
    std::uint64_t data_begin = 0;  ///< as the reader counts
};

/// Reads a header at the reader's position. Throws Error (input) for anything but the grammar above.
[[nodiscard]] NpyHeader read_npy_header(ByteReader& reader);

/// What a type string says.
struct NpyType {
    std::optional<DType> dtype;
    std::uint64_t bytes = 0;  ///< of an element; 0 where that is not known: objects, fields, dates with units
    bool swapped = false;
};
[[nodiscard]] NpyType parse_npy_type(const std::string& type, const OpenOptions& options);

/// Adds the array to the contents, unless its data are not exactly `data_bytes`. `place` says where the data are.
void add_npy_tensor(std::string name, const NpyHeader& header, std::uint64_t data_bytes, TensorLayout place,
                    std::uint64_t file_offset, const OpenOptions& options, HeaderBudget& used,
                    FormatContents& contents);

/// A file that is one array; the file's stem is its name.
[[nodiscard]] FormatContents read_npy(const InputFile& file, HeaderBudget& used, const OpenOptions& options);

/// An archive of arrays NAME.npy, as numpy.savez writes.
[[nodiscard]] FormatContents read_npz(const ZipArchive& archive, HeaderBudget& used, const OpenOptions& options);

}  // namespace rotoscope
