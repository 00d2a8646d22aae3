#include "gguf_metadata.hpp"

#include "gguf_entries.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <string_view>
#include <utility>
#include <vector>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t most_entries = 100'000;
constexpr std::uint64_t longest_key = (1 << 16) - 1;
constexpr std::uint64_t longest_text = 1 << 16;
constexpr std::uint64_t most_text = 16 << 20;  // of all entries together
// Numbers by layer are kept, tokenizers' are not: no model has so many layers.
constexpr std::uint64_t longest_kept_array = 1024;
constexpr std::size_t longest_kept_text = 256;  // names of kinds

enum Type : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64 };
struct TypeRow {
    std::string_view name;
    std::uint64_t bytes;  ///< 0: not fixed
};
constexpr std::array<TypeRow, 13> types{{{"u8", 1},
                                         {"i8", 1},
                                         {"u16", 2},
                                         {"i16", 2},
                                         {"u32", 4},
                                         {"i32", 4},
                                         {"f32", 4},
                                         {"bool", 1},
                                         {"string", 0},
                                         {"array", 0},
                                         {"u64", 8},
                                         {"i64", 8},
                                         {"f64", 8}}};

std::uint32_t read_type(ByteReader& reader) {
    const std::uint64_t begin = reader.position();
    const auto type = reader.integer<std::uint32_t>();
    if (type >= types.size())
        throw input_error(fmt::format("has the GGUF type {}; expected 0 to {}", type, types.size() - 1))
            .at_offset(begin);
    return type;
}

bool read_bool(ByteReader& reader) {
    const unsigned value = reader.byte();
    if (value > 1) throw input_error(fmt::format("has {} as a bool", value)).at_offset(reader.position() - 1);
    return value == 1;
}

std::string read_string(ByteReader& reader) {
    const auto length = reader.integer<std::uint64_t>();
    if (length <= longest_text) {
        const std::uint64_t begin = reader.position();
        std::string text = reader.text(length, longest_text);
        if (!is_utf8(text)) throw input_error("a string is not UTF-8").at_offset(begin);
        return text;
    }
    reader.skip(length);
    return fmt::format("(string of {} bytes)", format_count(length));
}

/// A number as JSON, which has neither NaN nor infinities: those become strings, which no parameter is.
std::string number_json(const std::string& text) {
    return text.find_first_of("ai") == std::string::npos ? text : gguf_json(text);
}

/// An entry's value for people, and as JSON; without the latter where it is not kept.
struct Value {
    std::string text;
    std::string json;
};

Value read_value(ByteReader& reader, std::uint32_t type);

Value read_array(ByteReader& reader) {
    const std::uint32_t type = read_type(reader);
    const auto count = reader.integer<std::uint64_t>();
    if (type == Type::array) throw input_error("has an array of arrays").at_offset(reader.position());
    Value value{fmt::format("[{} {}]", format_count(count), types[type].name), {}};
    if (type == Type::string) {
        for (std::uint64_t i = 0; i < count; ++i) reader.skip(reader.integer<std::uint64_t>());
        return value;
    }
    const auto bytes = checked_multiply(count, types[type].bytes);
    if (!bytes || *bytes > reader.remaining())
        throw input_error(fmt::format("an array of {} {} ends behind the file", count, types[type].name))
            .at_offset(reader.position());
    if (count > longest_kept_array) {
        reader.skip(*bytes);
        return value;
    }
    for (std::uint64_t i = 0; i < count; ++i) value.json += (i == 0 ? "[" : ",") + read_value(reader, type).json;
    value.json += count == 0 ? "[]" : "]";
    return value;
}

std::string read_number(ByteReader& reader, std::uint32_t type) {
    switch (type) {
        case Type::u8:
            return std::to_string(reader.byte());
        case Type::i8:
            return std::to_string(static_cast<std::int8_t>(reader.byte()));
        case Type::u16:
            return std::to_string(reader.integer<std::uint16_t>());
        case Type::i16:
            return std::to_string(reader.integer<std::int16_t>());
        case Type::u32:
            return std::to_string(reader.integer<std::uint32_t>());
        case Type::i32:
            return std::to_string(reader.integer<std::int32_t>());
        case Type::f32:
            return fmt::format("{}", std::bit_cast<float>(reader.integer<std::uint32_t>()));
        case Type::u64:
            return std::to_string(reader.integer<std::uint64_t>());
        case Type::i64:
            return std::to_string(reader.integer<std::int64_t>());
        default:
            return format_shortest(std::bit_cast<double>(reader.integer<std::uint64_t>()));
    }
}

Value read_value(ByteReader& reader, std::uint32_t type) {
    if (type == Type::array) return read_array(reader);
    if (type == Type::string) {
        std::string text = read_string(reader);
        std::string json = text.size() <= longest_kept_text ? gguf_json(text) : "";
        return {std::move(text), std::move(json)};
    }
    std::string text = type == Type::boolean ? (read_bool(reader) ? "true" : "false") : read_number(reader, type);
    std::string json = type == Type::boolean ? text : number_json(text);
    return {std::move(text), std::move(json)};
}

void note_fact(std::string_view key, std::uint32_t type, const std::string& value, GgufFacts& facts) {
    if (key == "general.alignment") {
        constexpr std::uint64_t most = 1 << 20;
        const std::uint64_t alignment = type == Type::u32 ? std::stoull(value) : 0;
        if (alignment == 0 || alignment % 8 != 0 || alignment > most)
            throw input_error(
                fmt::format("is {} of type {}; expected a multiple of 8, of type u32", value, types[type].name));
        facts.alignment = alignment;
    }
    if (key == "split.count") {
        if (type != Type::u16) throw input_error(fmt::format("is of type {}; expected u16", types[type].name));
        facts.split_count = static_cast<std::uint32_t>(std::stoul(value));
    }
    if (key == "general.architecture") {
        if (type != Type::string) throw input_error(fmt::format("is of type {}; expected string", types[type].name));
        facts.architecture = value;
    }
}

}  // namespace

GgufFacts read_gguf_metadata(ByteReader& reader, std::uint64_t entries, std::map<std::string, std::string>& metadata) {
    constexpr std::uint64_t least_entry = 8 + 4 + 1;
    if (entries > reader.remaining() / least_entry)
        throw input_error(fmt::format("claims {} entries in at most {} bytes", entries, reader.remaining()));
    if (entries > most_entries)
        throw input_error(
            fmt::format("has {} entries; expected at most {}", format_count(entries), format_count(most_entries)));
    GgufFacts facts;
    std::vector<GgufEntry> kept_entries;
    std::uint64_t kept = 0;
    for (std::uint64_t i = 0; i < entries; ++i) {
        const std::uint64_t begin = reader.position();
        const std::string key = reader.text(reader.integer<std::uint64_t>(), longest_key);
        try {
            if (!is_utf8(key)) throw input_error("the key is not UTF-8");
            const std::uint32_t type = read_type(reader);
            Value value = read_value(reader, type);
            note_fact(key, type, value.text, facts);
            kept += key.size() + value.text.size() + value.json.size();
            if (kept > most_text)
                throw input_error(fmt::format("the entries have more than {}", format_bytes(most_text)));
            if (!metadata.emplace(key, std::move(value.text)).second) throw input_error("the key appears twice");
            if (!value.json.empty()) kept_entries.push_back({key, std::move(value.json)});
        } catch (Error& error) {
            if (!error.offset()) error.at_offset(begin);
            throw Error(error.code(), fmt::format("the entry {} {}", rotoscope::quote(key, 80), error.message()))
                .at_offset(*error.offset());
        }
    }
    facts.entries = tabulate_entries(kept_entries, facts.architecture);
    return facts;
}

}  // namespace rotoscope
