#include "rotoscope/notebooks_export/json.hpp"

#include "json_writer.hpp"
#include "utf8.hpp"

#include <fmt/format.h>

#include <iterator>
#include <variant>

#include "rotoscope/core/text.hpp"
#include "rotoscope/core/version.hpp"

namespace rotoscope {
namespace {

std::string json_character(Utf8Character character, std::string_view bytes) {
    if (!character.valid) return fmt::format("\\\\x{:02x}", static_cast<unsigned>(character.code));
    switch (character.code) {
        case U'"':
            return "\\\"";
        case U'\\':
            return "\\\\";
        case U'\n':
            return "\\n";
        case U'\r':
            return "\\r";
        case U'\t':
            return "\\t";
        default:
            break;
    }
    // Every control that is_control knows lies below U+10000: one escape is enough.
    if (is_control(character.code)) return fmt::format("\\u{:04x}", static_cast<unsigned>(character.code));
    return std::string(bytes);
}

struct CellValue {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return json_number(value); }
    std::string operator()(const std::string& value) const { return json_string(value); }
};

void append_column(std::string& text, const Table& table, std::size_t column) {
    const Column& header = table.columns()[column];
    fmt::format_to(std::back_inserter(text), R"({{"name": {}, "unit": {}, "description": {}, "values": )",
                   json_string(header.name), json_string(header.unit), json_string(header.description));
    JsonList values(text, "[]");
    for (std::size_t row = 0; row < table.rows(); ++row)
        values.next() += std::visit(CellValue{}, table.at(row, column));
    values.close();
    text += '}';
}

void append_table(std::string& text, const Table& table) {
    JsonList members(text, "{}", "      ");
    members.add_member("name", json_string(table.name()));
    JsonList columns(members.next() += "\"columns\": ", "[]", "        ");
    for (std::size_t column = 0; column < table.columns().size(); ++column)
        append_column(columns.next(), table, column);
    columns.close();
    members.close();
}

std::string json_figure(const Figure& figure, const std::vector<std::string>& files) {
    return json_list({json_member("name", json_string(figure.name)),
                      json_member("caption", json_string(figure.caption)), json_member("files", json_strings(files))},
                     "{}", "      ");
}

std::string json_input(const InputRecord& input) {
    std::vector<std::string> members{json_member("path", json_string(input.path)),
                                     json_member("bytes", std::to_string(input.bytes))};
    if (input.sha256) members.push_back(json_member("sha256", json_string(*input.sha256)));
    if (input.header_sha256) members.push_back(json_member("header_sha256", json_string(*input.header_sha256)));
    return json_list(members, "{}");
}

}  // namespace

std::string json_string(std::string_view text) {
    std::string quoted_text = "\"";
    for_each_character(text, [&](Utf8Character character, std::string_view bytes) {
        quoted_text += json_character(character, bytes);
    });
    return quoted_text + '"';
}

JsonList::JsonList(std::string& text, std::string_view brackets, std::string_view indent)
    : text_(text), brackets_(brackets), indent_(indent) {
    text_ += brackets_[0];
}

std::string& JsonList::next() {
    if (!empty_) text_ += indent_.empty() ? ", " : ",";
    if (!indent_.empty()) (text_ += '\n') += indent_;
    empty_ = false;
    return text_;
}

void JsonList::add_member(std::string_view name, std::string_view value) { next() += json_member(name, value); }

void JsonList::close() {
    if (!empty_ && !indent_.empty()) (text_ += '\n') += indent_.substr(2);
    text_ += brackets_[1];
}

std::string json_list(const std::vector<std::string>& items, std::string_view brackets, std::string_view indent) {
    std::string text;
    JsonList list(text, brackets, indent);
    for (const std::string& item : items) list.next() += item;
    list.close();
    return text;
}

std::string json_member(std::string_view name, std::string_view value) {
    return fmt::format("{}: {}", json_string(name), value);
}

std::string json_strings(std::span<const std::string> texts, std::string_view indent) {
    std::vector<std::string> items;
    for (const std::string& text : texts) items.push_back(json_string(text));
    return json_list(items, "[]", indent);
}

std::string json_options(const Result& result) {
    std::vector<std::string> items;
    for (const auto& [name, value] : result.options) items.push_back(json_member(name, json_string(value)));
    return json_list(items, "{}", "    ");
}

std::string json_inputs(const Result& result) {
    std::vector<std::string> items;
    for (const InputRecord& input : result.inputs) items.push_back(json_input(input));
    return json_list(items, "[]", "    ");
}

std::string to_json(const Result& result, const std::vector<std::vector<std::string>>& figure_files) {
    std::size_t cells = 0;
    for (const Table& table : result.tables) cells += table.rows() * table.columns().size();
    std::string text;
    text.reserve(16 * cells);  // most numbers are shorter
    JsonList members(text, "{}", "  ");
    members.add_member("schema", "\"rotoscope.result/1\"");
    members.add_member("tool", json_string(result.tool));
    members.add_member("version", json_string(version()));
    members.add_member("options", json_options(result));
    members.add_member("seed", std::to_string(result.seed));
    members.add_member("inputs", json_inputs(result));
    members.add_member("notes", json_strings(result.notes, "    "));
    JsonList tables(members.next() += "\"tables\": ", "[]", "    ");
    for (const Table& table : result.tables) append_table(tables.next(), table);
    tables.close();
    JsonList figures(members.next() += "\"figures\": ", "[]", "    ");
    for (std::size_t i = 0; i < result.figures.size(); ++i)
        figures.next() +=
            json_figure(result.figures[i], i < figure_files.size() ? figure_files[i] : std::vector<std::string>());
    figures.close();
    members.close();
    return text += '\n';
}

}  // namespace rotoscope
