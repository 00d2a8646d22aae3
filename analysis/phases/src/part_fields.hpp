// Members of a document that someone else wrote: each is there, of its type and within its range, or an Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/json_table.hpp"

namespace rotoscope {

/// Pointers are JSON pointers; each accessor throws Error (input) that names the member and what was expected.
class PartFields {
public:
    explicit PartFields(const JsonTable& table) : table_(table) {}

    [[nodiscard]] bool has(const std::string& pointer) const { return table_.contains(pointer); }
    [[nodiscard]] bool is_null(const std::string& pointer) const { return table_.is_null(pointer); }
    [[nodiscard]] std::string text(const std::string& pointer) const;
    [[nodiscard]] bool boolean(const std::string& pointer) const;
    [[nodiscard]] std::uint64_t whole(const std::string& pointer, std::uint64_t least, std::uint64_t most) const;
    /// A number, or one of the strings for what is not finite.
    [[nodiscard]] double number(const std::string& pointer) const;
    /// The elements of an array.
    [[nodiscard]] std::size_t size(const std::string& pointer) const;
    [[nodiscard]] std::vector<std::string> texts(const std::string& pointer) const;
    [[nodiscard]] std::vector<double> numbers(const std::string& pointer) const;
    [[nodiscard]] std::vector<std::size_t> indices(const std::string& pointer, std::size_t below) const;

private:
    [[nodiscard]] std::vector<JsonEntry> array(const std::string& pointer) const;

    const JsonTable& table_;
};

/// What json_number wrote: a number, "NaN", "Infinity" or "-Infinity"; nothing for anything else.
[[nodiscard]] std::optional<double> parse_double(const JsonEntry& cell);

/// An Error (input) about a member: "'job/seed' is not …".
[[noreturn]] void refuse_field(const std::string& pointer, std::string_view expected);

}  // namespace rotoscope
