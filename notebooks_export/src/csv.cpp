#include "rotoscope/notebooks_export/csv.hpp"

#include <cstdint>
#include <variant>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t piece = 1 << 16;

std::string field(std::string_view text) {
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string quoted_field = "\"";
    for (const char c : text) {
        if (c == '"') quoted_field += '"';
        quoted_field += c;
    }
    return quoted_field + '"';
}

struct CellField {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return format_shortest(value); }
    std::string operator()(const std::string& value) const { return field(value); }
};

}  // namespace

void write_csv(const Table& table, const Sink& sink) {
    const std::size_t columns = table.columns().size();
    std::string buffer;
    const auto end_field = [&](std::size_t column) { buffer += column + 1 < columns ? "," : "\r\n"; };
    for (std::size_t column = 0; column < columns; ++column) {
        buffer += field(table.columns()[column].name);
        end_field(column);
    }
    for (std::size_t row = 0; row < table.rows(); ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            buffer += std::visit(CellField{}, table.at(row, column));
            end_field(column);
        }
        if (buffer.size() >= piece) {
            sink(buffer);
            buffer.clear();
        }
    }
    sink(buffer);
}

std::string to_csv(const Table& table) {
    std::string text;
    write_csv(table, [&](std::string_view bytes) { text += bytes; });
    return text;
}

}  // namespace rotoscope
