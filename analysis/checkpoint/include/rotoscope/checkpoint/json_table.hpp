// A JSON document from a file as a flat table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/checkpoint/file.hpp"

namespace rotoscope {

enum class JsonKind : std::uint8_t { null, boolean, integer, real, string, array, object };

/// One member of an object or element of an array. The views live as long as the table.
struct JsonEntry {
    std::string_view key;  ///< empty in arrays
    JsonKind kind = JsonKind::null;
    std::string_view text;  ///< of a string
    double number = 0.0;    ///< of a number; 1 or 0 for a boolean
};

/// A document addressed by JSON pointers (RFC 6901): "" is the whole, "/position_embedding/type" a member of a member,
/// "/layers/0" the first element of an array; "~1" stands for '/' in a key and "~0" for '~'. A lookup takes
/// O(log entries) a step. Each accessor gives nothing where the pointer leads nowhere or to another kind of value.
class JsonTable {
public:
    JsonTable() = default;

    /// Whether there is no document, or nothing in it.
    [[nodiscard]] bool empty() const { return nodes_.size() <= 1; }
    [[nodiscard]] std::optional<JsonKind> kind(std::string_view pointer) const;
    /// Whether the pointer leads to anything: also objects, arrays and null.
    [[nodiscard]] bool contains(std::string_view pointer) const;
    [[nodiscard]] bool is_null(std::string_view pointer) const;
    [[nodiscard]] std::optional<std::string> string(std::string_view pointer) const;
    [[nodiscard]] std::optional<bool> boolean(std::string_view pointer) const;
    /// Any number, to the nearest double.
    [[nodiscard]] std::optional<double> number(std::string_view pointer) const;
    /// A number without fraction or exponent from −2^63 to 2^63 − 1.
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view pointer) const;
    /// The members of an object in the byte order of their keys, or the elements of an array in order; else nothing.
    [[nodiscard]] std::vector<JsonEntry> children(std::string_view pointer) const;

private:
    friend class JsonTableBuilder;

    struct Text {
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
    };
    /// Everything in 32 bits: documents are below 4 GiB. A million entries take 32 MB and their texts.
    struct Node {
        std::uint32_t parent = 0;
        std::uint32_t offset = 0;  ///< of the key or element in the document
        Text key;                  ///< in an array, key.begin is the index
        std::uint64_t value = 0;   ///< bits of a number, or a Text
        JsonKind kind = JsonKind::null;
    };

    [[nodiscard]] std::string_view view(Text text) const {
        return std::string_view(texts_).substr(text.begin, text.size);
    }
    [[nodiscard]] const Node* resolve(std::string_view pointer) const;
    [[nodiscard]] const Node* resolve(std::string_view pointer, JsonKind kind) const;
    [[nodiscard]] const Node* child(const Node& parent, std::string_view key) const;
    [[nodiscard]] std::uint32_t id_of(const Node& node) const {
        return static_cast<std::uint32_t>(&node - nodes_.data());
    }
    [[nodiscard]] bool comes_before(std::uint32_t a, std::uint32_t b) const;
    [[nodiscard]] JsonEntry entry(const Node& node) const;

    std::vector<Node> nodes_;            ///< in document order; the first is the document
    std::vector<std::uint32_t> sorted_;  ///< all nodes by (parent, key or index)
    std::string texts_;                  ///< keys and strings, unescaped
};

/// What a document may take: refused beyond, before it takes it.
struct JsonLimits {
    std::uint64_t bytes = std::uint64_t{1} << 20;
    std::size_t entries = 1'000'000;  ///< members and elements, all levels together
};

/// Parses strict JSON: UTF-8, one value, nothing after it but spaces, nested at most 64 deep, no key twice in an object
/// (compared after unescaping). Throws Error (input) with the offset, what was found and what was expected.
[[nodiscard]] JsonTable parse_json(std::string_view text, const JsonLimits& limits = {});

/// A member of the outermost object that the table would take too much memory for: an array of rows, each an array of
/// numbers and strings, handed over cell by cell in the document's order. In the table it is an empty array.
struct JsonRows {
    std::string_view key;
    std::function<void(std::size_t row, const JsonEntry& cell)> add;
};

/// The same for a file, read through a window; the Error names it.
[[nodiscard]] JsonTable read_json(const InputFile& file, const JsonLimits& limits = {},
                                  std::span<const JsonRows> rows = {});

}  // namespace rotoscope
