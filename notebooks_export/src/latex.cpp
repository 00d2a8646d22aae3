#include "rotoscope/notebooks_export/latex.hpp"

#include "utf8.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cmath>
#include <utility>
#include <variant>
#include <vector>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t longest_float = 40;     // rows that fit on a page with the caption
constexpr std::size_t most_wide_columns = 6;  // with headers on one line; more are set small under stacked headers
constexpr int digits = 4;

/// Characters that LaTeX reads as commands, ligatures or not at all (pdfLaTeX with its default fonts).
constexpr auto replacements = std::to_array<std::pair<char32_t, std::string_view>>({
    {U'\\', R"(\textbackslash{})"},
    {U'{', R"(\{)"},
    {U'}', R"(\})"},
    {U'$', R"(\$)"},
    {U'&', R"(\&)"},
    {U'#', R"(\#)"},
    {U'%', R"(\%)"},
    {U'_', R"(\_)"},
    {U'^', R"(\textasciicircum{})"},
    {U'~', R"(\textasciitilde{})"},
    {U'<', R"(\textless{})"},
    {U'>', R"(\textgreater{})"},
    {U'|', R"(\textbar{})"},
    {U'"', R"(\textquotedbl{})"},
    {U'`', R"(\textasciigrave{})"},
    {U'\'', R"(\textquotesingle{})"},
    {U'[', "{[}"},  // after \\\\ of the row before: an optional argument
    {U'*', "{*}"},
    {U'·', R"($\cdot$)"},
    {U'×', R"($\times$)"},
    {U'−', "$-$"},
    {U'±', R"($\pm$)"},
    {U'≤', R"($\leq$)"},
    {U'≥', R"($\geq$)"},
    {U'≈', R"($\approx$)"},
    {U'∞', R"($\infty$)"},
    {U'√', R"($\surd$)"},
    {U'Σ', R"($\Sigma$)"},
    {U'Δ', R"($\Delta$)"},
    {U'Ω', R"($\Omega$)"},
    {U'²', "$^2$"},
    {U'³', "$^3$"},
    {U'…', R"(\ldots{})"},
    {U'–', "--"},
    {U'—', "---"},
    {U'→', R"($\to$)"},
    {U'ℓ', R"($\ell$)"},
});

// α is U+03B1; the letters follow in the order of the alphabet, with both sigmas.
constexpr std::array<std::string_view, 25> greek{"alpha",   "beta", "gamma", "delta",    "epsilon", "zeta", "eta",
                                                 "theta",   "iota", "kappa", "lambda",   "mu",      "nu",   "xi",
                                                 "omicron", "pi",   "rho",   "varsigma", "sigma",   "tau",  "upsilon",
                                                 "phi",     "chi",  "psi",   "omega"};

std::string latex_character(Utf8Character character, std::string_view bytes) {
    if (!character.valid || is_control(character.code)) return escape_latex(escape_control(bytes));
    for (const auto& [code, replacement] : replacements)
        if (code == character.code) return std::string(replacement);
    const char32_t letter = character.code - U'α';  // wraps around below α
    if (letter < greek.size()) return fmt::format("$\\{}$", greek[letter]);
    return std::string(bytes);
}

std::string label_of(std::string_view name) {
    std::string label = "tab:";
    for (const char c : name) label += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
    return label;
}

/// -1.5e-07 as $-1.5\cdot10^{-7}$; with `exponents` also numbers that need none.
std::string latex_number(double value, bool exponents) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? R"($\infty$)" : R"($-\infty$)";
    if (!exponents || value == 0.0) {
        const std::string text = format_significant(value, digits);
        return text.front() == '-' ? "$" + text + "$" : text;
    }
    const std::string text = fmt::format("{:.{}e}", value, digits - 1);
    const std::size_t e = text.find('e');
    std::string mantissa = text.substr(0, e);
    mantissa.erase(mantissa.find_last_not_of('0') + 1);
    if (mantissa.back() == '.') mantissa.pop_back();
    return fmt::format(R"(${}\cdot10^{{{}}}$)", mantissa, std::stoi(text.substr(e + 1)));
}

struct LatexCell {
    bool exponents;
    std::string operator()(std::monostate) const { return "--"; }
    std::string operator()(std::int64_t value) const {
        return value < 0 ? fmt::format("${}$", value) : std::to_string(value);
    }
    std::string operator()(double value) const { return latex_number(value, exponents); }
    std::string operator()(const std::string& value) const { return escape_latex(value); }
};

bool needs_exponents(const Table& table, std::size_t column) {
    for (std::size_t row = 0; row < table.rows(); ++row) {
        const auto* value = std::get_if<double>(&table.at(row, column));
        if (value != nullptr && std::isfinite(*value) &&
            format_significant(*value, digits).find('e') != std::string::npos)
            return true;
    }
    return false;
}

bool holds_text(const Table& table, std::size_t column) {
    for (std::size_t row = 0; row < table.rows(); ++row)
        if (std::holds_alternative<std::string>(table.at(row, column))) return true;
    return false;
}

bool is_wide(const Table& table) { return table.columns().size() > most_wide_columns; }

/// A name as in mean_direction one word below the other, and its unit below them.
std::string stacked_header(const Column& column) {
    std::string cell = "\\shortstack{";
    for (const char c : column.name) cell += c == '_' ? " \\\\ " : escape_latex(std::string_view(&c, 1));
    if (!column.unit.empty()) cell += " \\\\ " + escape_latex("(" + column.unit + ")");
    return cell + "}";
}

std::string header_row(const Table& table) {
    std::string row;
    for (const Column& column : table.columns()) {
        if (!row.empty()) row += " & ";
        row += is_wide(table)
                   ? stacked_header(column)
                   : escape_latex(column.unit.empty() ? column.name : column.name + " (" + column.unit + ")");
    }
    return row + " \\\\\n";
}

std::string body(const Table& table) {
    std::vector<LatexCell> write;
    for (std::size_t column = 0; column < table.columns().size(); ++column)
        write.push_back({needs_exponents(table, column)});
    std::string rows;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        for (std::size_t column = 0; column < write.size(); ++column) {
            if (column > 0) rows += " & ";
            rows += std::visit(write[column], table.at(row, column));
        }
        rows += " \\\\\n";
    }
    return rows;
}

}  // namespace

std::string escape_latex(std::string_view text) {
    std::string escaped;
    for_each_character(text, [&](Utf8Character character, std::string_view bytes) {
        if (character.code == U'-' && escaped.ends_with('-')) escaped += "{}";  // no dash from two hyphens
        escaped += latex_character(character, bytes);
    });
    return escaped;
}

std::string to_latex(const Table& table) {
    std::string format;
    for (std::size_t column = 0; column < table.columns().size(); ++column)
        format += holds_text(table, column) ? 'l' : 'r';
    const std::string caption =
        fmt::format("\\caption{{{}}}\n\\label{{{}}}", escape_latex(table.caption()), label_of(table.name()));
    const std::string header = header_row(table);
    const std::string small = is_wide(table) ? "\\scriptsize\\setlength{\\tabcolsep}{2.5pt}\n" : "";
    if (table.rows() > longest_float)
        return fmt::format(
            "% needs \\usepackage{{booktabs,longtable,textcomp}}\n{}\\begin{{longtable}}{{{}}}\n{} \\\\\n\\toprule\n{}"
            "\\midrule\n\\endfirsthead\n\\toprule\n{}\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n{}"
            "\\end{{longtable}}\n{}",
            small.empty() ? "" : "{" + small, format, caption, header, header, body(table), small.empty() ? "" : "}\n");
    return fmt::format(
        "% needs \\usepackage{{booktabs,textcomp}}\n\\begin{{table}}[t]\n\\centering\n{}\n{}\\begin{{tabular}}{{{}}}\n"
        "\\toprule\n{}\\midrule\n{}\\bottomrule\n\\end{{tabular}}\n\\end{{table}}\n",
        caption, small, format, header, body(table));
}

}  // namespace rotoscope
