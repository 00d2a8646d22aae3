// Texts for Markdown as notebooks show it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

/// `text` as Markdown that shows it, also inside a table: control characters as \n or \xHH, and every character that
/// Markdown, HTML or MathJax could read as markup as a numeric entity.
[[nodiscard]] std::string escape_markdown(std::string_view text);

/// A table of texts, escaped. Rows have as many cells as the header.
[[nodiscard]] std::string markdown_table(const std::vector<std::string>& header,
                                         const std::vector<std::vector<std::string>>& rows);

/// The same as HTML.
[[nodiscard]] std::string html_table(const std::vector<std::string>& header,
                                     const std::vector<std::vector<std::string>>& rows);

}  // namespace rotoscope
