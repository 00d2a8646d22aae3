// Tables as comma-separated values (RFC 4180).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "rotoscope/core/table.hpp"

namespace rotoscope {

/// Receives the bytes of a file piece by piece, in order.
using Sink = std::function<void(std::string_view)>;

/// Writes the table: a header of bare column names, one record a row, CRLF ends. Real numbers are the shortest text
/// that reads back as the same double, with `.`; nan, inf, -inf where not finite; a missing cell is empty. A field is
/// quoted only where it holds a comma, a quote, or a line end; or where it is an empty text, which would read as
/// missing.
void write_csv(const Table& table, const Sink& sink);

/// The same as one string.
[[nodiscard]] std::string to_csv(const Table& table);

}  // namespace rotoscope
