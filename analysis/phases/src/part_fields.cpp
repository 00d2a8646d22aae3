#include "part_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

template <class Value>
Value require(std::optional<Value> value, const std::string& pointer, std::string_view expected) {
    if (!value) refuse_field(pointer, expected);
    return std::move(*value);
}

std::string element(const std::string& pointer, std::size_t index) { return fmt::format("{}/{}", pointer, index); }

}  // namespace

void refuse_field(const std::string& pointer, std::string_view expected) {
    throw input_error(fmt::format("{} is not {}", quote(pointer.substr(1)), expected));
}

std::string PartFields::text(const std::string& pointer) const {
    return require(table_.string(pointer), pointer, "a string");
}

bool PartFields::boolean(const std::string& pointer) const {
    return require(table_.boolean(pointer), pointer, "true or false");
}

std::uint64_t PartFields::whole(const std::string& pointer, std::uint64_t least, std::uint64_t most) const {
    const std::optional<std::int64_t> value = table_.integer(pointer);
    if (!value || *value < 0 || static_cast<std::uint64_t>(*value) < least || static_cast<std::uint64_t>(*value) > most)
        refuse_field(pointer, fmt::format("a whole number from {} to {}", least, most));
    return static_cast<std::uint64_t>(*value);
}

double PartFields::number(const std::string& pointer) const {
    std::optional<double> value = table_.number(pointer);
    if (const auto word = table_.string(pointer))
        value = parse_double({.key = {}, .kind = JsonKind::string, .text = *word, .number = 0.0});
    return require(value, pointer, "a number");
}

std::vector<JsonEntry> PartFields::array(const std::string& pointer) const {
    if (table_.kind(pointer) != JsonKind::array) refuse_field(pointer, "an array");
    return table_.children(pointer);
}

std::size_t PartFields::size(const std::string& pointer) const { return array(pointer).size(); }

std::vector<std::string> PartFields::texts(const std::string& pointer) const {
    std::vector<std::string> texts;
    for (const JsonEntry& entry : array(pointer)) {
        if (entry.kind != JsonKind::string) refuse_field(element(pointer, texts.size()), "a string");
        texts.emplace_back(entry.text);
    }
    return texts;
}

std::vector<double> PartFields::numbers(const std::string& pointer) const {
    std::vector<double> numbers;
    for (const JsonEntry& entry : array(pointer))
        numbers.push_back(require(parse_double(entry), element(pointer, numbers.size()), "a number"));
    return numbers;
}

std::vector<std::size_t> PartFields::indices(const std::string& pointer, std::size_t below) const {
    std::vector<std::size_t> indices;
    for (const JsonEntry& entry : array(pointer)) {
        if (entry.kind != JsonKind::integer || !(entry.number >= 0.0 && entry.number < static_cast<double>(below)))
            refuse_field(element(pointer, indices.size()), fmt::format("a whole number below {}", below));
        indices.push_back(static_cast<std::size_t>(entry.number));
    }
    return indices;
}

std::optional<double> parse_double(const JsonEntry& cell) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (cell.kind == JsonKind::integer || cell.kind == JsonKind::real) return cell.number;
    if (cell.kind != JsonKind::string) return std::nullopt;
    if (cell.text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (cell.text == "Infinity") return infinity;
    if (cell.text == "-Infinity") return -infinity;
    return std::nullopt;
}

}  // namespace rotoscope
