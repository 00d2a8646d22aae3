#include "index_page.hpp"

#include "command_line.hpp"
#include "markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/version.hpp"

namespace rotoscope {
namespace {

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>rotoscope {0}</title>
<style>
body {{ max-width: 60em; margin: 2em auto; padding: 0 1em; font-family: serif; line-height: 1.4; }}
figure {{ margin: 0 0 2.5em; }}
img {{ width: 28em; max-width: 100%; border: 1px solid #ccc; background: #fff; }}
code {{ overflow-wrap: anywhere; }}
</style>
</head>
<body>
<h1>rotoscope {0}</h1>
<p>Made by rotoscope {1}: <code>{2}</code></p>
)";

/// Entities for whatever is markup in Markdown: HTML shows the same.
std::string escape(std::string_view text) { return escape_markdown(text); }

/// A name as part of an address: what RFC 3986 leaves alone, the rest as %HH.
std::string address(std::string_view name) {
    std::string escaped;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == '~';
        escaped +=
            plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    return escaped;
}

std::string link(const std::string& file) {
    return fmt::format("<a href=\"./{}\">{}</a>", address(file), escape(file));
}

std::string links(const std::vector<std::string>& files) {
    std::string text;
    for (const std::string& file : files) text += (text.empty() ? "" : " · ") + link(file);
    return text;
}

std::string show_figure(const Result& result, const Figure& figure, const std::vector<std::string>& files) {
    const auto ending = [&](std::string_view extension) {
        return std::ranges::find_if(files, [&](const std::string& file) { return file.ends_with(extension); });
    };
    const auto picture = ending(".svg");
    if (picture == files.end()) return "";
    const auto print = ending(".pdf");
    std::string text =
        fmt::format("<figure id=\"{0}\">\n<h2>{1}</h2>\n<a href=\"./{2}\"><img src=\"./{3}\" alt=\"{1}\"></a>\n",
                    address(figure.name), escape(figure.name), address(print == files.end() ? *picture : *print),
                    address(*picture));
    text += fmt::format("<figcaption>\n<p>{}</p>\n", escape(figure.caption));
    if (!figure.note.empty()) text += fmt::format("<p><small>{}</small></p>\n", escape(figure.note));
    return text + fmt::format("<p><code>{}</code></p>\n<p>{}</p>\n</figcaption>\n</figure>\n",
                              escape(command_line(result, figure.name)), links(files));
}

}  // namespace

std::string to_index_page(const Result& result, const std::vector<std::vector<std::string>>& figure_files,
                          const std::vector<std::string>& files) {
    std::string page = fmt::format(head, escape(result.tool), escape(version()), escape(command_line(result)));
    for (const std::string& note : result.notes) page += fmt::format("<p>Note: {}</p>\n", escape(note));
    std::vector<std::string> others = files;
    for (std::size_t i = 0; i < figure_files.size(); ++i) {
        page += show_figure(result, result.figures[i], figure_files[i]);
        std::erase_if(others, [&](const std::string& file) {
            return std::ranges::find(figure_files[i], file) != figure_files[i].end();
        });
    }
    if (!others.empty()) page += fmt::format("<p>Data: {}</p>\n", links(others));
    return page + "</body>\n</html>\n";
}

}  // namespace rotoscope
