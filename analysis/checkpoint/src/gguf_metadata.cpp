#include "gguf_metadata.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <string_view>

#include "rotoscope/core/checked.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t most_entries = 100'000;
constexpr std::uint64_t longest_key = (1 << 16) - 1;
constexpr std::uint64_t longest_text = 1 << 16;
constexpr std::uint64_t most_text = 16 << 20;  // of all entries together

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

std::string read_array(ByteReader& reader) {
    const std::uint32_t type = read_type(reader);
    const auto count = reader.integer<std::uint64_t>();
    if (type == Type::array) throw input_error("has an array of arrays").at_offset(reader.position());
    if (type == Type::string) {
        for (std::uint64_t i = 0; i < count; ++i) reader.skip(reader.integer<std::uint64_t>());
    } else {
        const auto bytes = checked_multiply(count, types[type].bytes);
        if (!bytes || *bytes > reader.remaining())
            throw input_error(fmt::format("an array of {} {} ends behind the file", count, types[type].name))
                .at_offset(reader.position());
        reader.skip(*bytes);
    }
    return fmt::format("[{} {}]", format_count(count), types[type].name);
}

std::string read_value(ByteReader& reader, std::uint32_t type) {
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
        case Type::boolean:
            return read_bool(reader) ? "true" : "false";
        case Type::string:
            return read_string(reader);
        case Type::array:
            return read_array(reader);
        case Type::u64:
            return std::to_string(reader.integer<std::uint64_t>());
        case Type::i64:
            return std::to_string(reader.integer<std::int64_t>());
        default:
            return format_shortest(std::bit_cast<double>(reader.integer<std::uint64_t>()));
    }
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
    std::uint64_t kept = 0;
    for (std::uint64_t i = 0; i < entries; ++i) {
        const std::uint64_t begin = reader.position();
        const std::string key = reader.text(reader.integer<std::uint64_t>(), longest_key);
        try {
            if (!is_utf8(key)) throw input_error("the key is not UTF-8");
            const std::uint32_t type = read_type(reader);
            std::string value = read_value(reader, type);
            note_fact(key, type, value, facts);
            kept += key.size() + value.size();
            if (kept > most_text)
                throw input_error(fmt::format("the entries have more than {}", format_bytes(most_text)));
            if (!metadata.emplace(key, std::move(value)).second) throw input_error("the key appears twice");
        } catch (Error& error) {
            if (!error.offset()) error.at_offset(begin);
            throw Error(error.code(), fmt::format("the entry {} {}", rotoscope::quote(key, 80), error.message()))
                .at_offset(*error.offset());
        }
    }
    return facts;
}

}  // namespace rotoscope
