#include "notebook.hpp"

#include "base64.hpp"
#include "command_line.hpp"
#include "json_writer.hpp"
#include "markdown.hpp"
#include "notebook_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <variant>

#include "rotoscope/core/text.hpp"
#include "rotoscope/core/version.hpp"
#include "rotoscope/notebooks_export/json.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t rows_shown = 5;  // as pandas' head()
constexpr int digits = 6;              // as pandas prints

std::string text(std::string_view name, std::string_view value) { return json_member(name, json_string(value)); }

/// A text as nbformat stores it: its lines, each with its end.
std::string json_lines(std::string_view lines) {
    std::vector<std::string> items;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
        items.push_back(json_string(lines.substr(0, end)));
        lines.remove_prefix(end);
    }
    return json_list(items, "[]", "        ");
}

/// The cells, numbered and named.
class Cells {
public:
    void add_text(const std::string& name, const std::string& markdown) {
        cells_.push_back(json_list({text("cell_type", "markdown"), text("id", unique_id(name)),
                                    json_member("metadata", "{}"), json_member("source", json_lines(markdown))},
                                   "{}", "      "));
    }
    void add_code(const std::string& name, const std::string& code, const std::string& output = "",
                  const std::string& metadata = "{}") {
        ++executed_;
        cells_.push_back(
            json_list({text("cell_type", "code"), json_member("execution_count", std::to_string(executed_)),
                       text("id", unique_id(name)), json_member("metadata", metadata),
                       json_member("outputs", output.empty() ? "[]" : json_list({output}, "[]", "        ")),
                       json_member("source", json_lines(code))},
                      "{}", "      "));
    }
    /// The number of the code cell that is added next.
    [[nodiscard]] int next_execution() const { return executed_ + 1; }
    [[nodiscard]] const std::vector<std::string>& finished() const { return cells_; }

private:
    /// 1 to 64 letters, digits, - and _: nbformat's rule.
    std::string unique_id(std::string_view name) {
        constexpr std::size_t longest = 64;
        std::string id;
        for (const char c : name) id += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ? c : '-';
        if (id.size() > longest || ids_.contains(id)) id = fmt::format("cell-{}", cells_.size());
        ids_.insert(id);
        return id;
    }

    std::vector<std::string> cells_;
    std::set<std::string> ids_;
    int executed_ = 0;
};

std::string introduction(const Result& result) {
    std::string markdown = fmt::format("# rotoscope {}\n\nMade by rotoscope {} (seed {}):\n\n<pre>{}</pre>\n\n",
                                       escape_markdown(result.tool), escape_markdown(version()), result.seed,
                                       escape_markdown(command_line(result)));
    markdown +=
        "Tables and figures are in the files beside this notebook, from which its cells reload them; the outputs below "
        "are those of the run.\n\n";
    std::vector<std::vector<std::string>> facts;
    for (const auto& [name, value] : result.summary) facts.push_back({name, value});
    for (const InputRecord& input : result.inputs)
        facts.push_back({"input", fmt::format("{}, {} bytes{}", input.path, format_count(input.bytes),
                                              input.sha256          ? ", SHA-256 " + *input.sha256
                                              : input.header_sha256 ? ", header's SHA-256 " + *input.header_sha256
                                                                    : "")});
    if (!facts.empty()) markdown += markdown_table({"", ""}, facts) + "\n";
    for (const std::string& note : result.notes) markdown += "- Note: " + escape_markdown(note) + "\n";
    return markdown;
}

std::string table_text(const Table& table) {
    std::vector<std::vector<std::string>> columns;
    for (const Column& column : table.columns()) columns.push_back({column.name, column.unit, column.description});
    return fmt::format("## Table {}\n\n{}\n\n", escape_markdown(table.name()), escape_markdown(table.caption())) +
           markdown_table({"column", "unit", "meaning"}, columns);
}

struct CellText {
    std::string operator()(std::monostate) const { return "NaN"; }  // as pandas shows what is missing
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return format_significant(value, digits); }
    std::string operator()(const std::string& value) const { return value; }
};

/// The first rows, as the cell's last line shows them.
std::string table_output(const Table& table, int execution) {
    std::vector<std::string> header{""};
    for (const Column& column : table.columns()) header.push_back(column.name);
    std::vector<std::vector<std::string>> rows;
    for (std::size_t row = 0; row < std::min(table.rows(), rows_shown); ++row) {
        rows.push_back({std::to_string(row)});
        for (std::size_t column = 0; column < table.columns().size(); ++column)
            rows.back().push_back(std::visit(CellText{}, table.at(row, column)));
    }
    const std::string plain = fmt::format("{} of {} rows", rows.size(), format_count(table.rows()));
    const std::string data = json_list(
        {json_member("text/html", json_lines(html_table(header, rows))), json_member("text/plain", json_lines(plain))},
        "{}");
    return json_list({json_member("data", data), json_member("execution_count", std::to_string(execution)),
                      json_member("metadata", "{}"), text("output_type", "execute_result")},
                     "{}");
}

std::string picture_output(const Figure& figure, const Pictures& pictures) {
    const std::string data =
        json_list({json_member("image/png", json_string(to_base64(pictures.png))),
                   json_member("image/svg+xml", json_lines(pictures.svg)), text("text/plain", figure.name)},
                  "{}");
    return json_list({json_member("data", data), json_member("metadata", "{}"), text("output_type", "display_data")},
                     "{}");
}

void add_tables(const Result& result, Cells& cells) {
    for (const Table& table : result.tables) {
        cells.add_text("about-table-" + table.name(), table_text(table));
        std::string variable = table.name() + "_table";
        for (char& c : variable)
            if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
        if (std::isdigit(static_cast<unsigned char>(variable.front())) != 0) variable.insert(0, "_");
        cells.add_code("table-" + table.name(),
                       fmt::format("{0} = table({1})\n{0}.head()", variable, json_string(table.name())),
                       table_output(table, cells.next_execution()));
    }
}

void add_figures(const Result& result, const std::vector<Pictures>& pictures, Cells& cells) {
    bool first = true;
    for (std::size_t i = 0; i < result.figures.size(); ++i) {
        const Figure& figure = result.figures[i];
        if (i >= pictures.size() || pictures[i].png.empty()) continue;
        if (first) {
            cells.add_text("about-drawing",
                           "## Figures\n\nEach was drawn by rotoscope; running its cell draws it anew from its data, "
                           "FIGURE.json, with the function below.");
            cells.add_code("drawing", drawing_code());
            first = false;
        }
        cells.add_text("about-figure-" + figure.name,
                       fmt::format("### {}\n\n{}\n\n{}\n", escape_markdown(figure.name),
                                   escape_markdown(figure.caption), escape_markdown(figure.note)));
        cells.add_code("figure-" + figure.name,
                       fmt::format("fig, axes = draw({})\nplt.show()", json_string(figure.name)),
                       picture_output(figure, pictures[i]));
    }
}

}  // namespace

std::string to_notebook(const Result& result, const std::vector<Pictures>& pictures, Style style) {
    Cells cells;
    cells.add_text("introduction", introduction(result));
    cells.add_code("parameters", parameters_code(style), "", R"({"tags": ["parameters"]})");
    cells.add_code("setup", setup_code(style));
    add_tables(result, cells);
    add_figures(result, pictures, cells);
    const std::string kernel =
        json_list({text("display_name", "Python 3"), text("language", "python"), text("name", "python3")}, "{}");
    const std::string metadata = json_list(
        {json_member("kernelspec", kernel), json_member("language_info", json_list({text("name", "python")}, "{}"))},
        "{}");
    return json_list(
               {json_member("cells", json_list(cells.finished(), "[]", "    ")), json_member("metadata", metadata),
                json_member("nbformat", "4"), json_member("nbformat_minor", "5")},
               "{}", "  ") +
           "\n";
}

}  // namespace rotoscope
