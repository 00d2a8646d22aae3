// The one place that writes a Result to files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/notebooks_export/style.hpp"

namespace rotoscope {

/// Figures are written as pdf, svg, png and gp (the gnuplot script), tables as csv and tex, everything as json, and as
/// ipynb: a notebook, which implies csv, json, svg and png, and the data of each figure as FIGURE.json. html is a page
/// that shows them, with captions and commands; it implies svg.
enum class Format { pdf, svg, png, csv, json, tex, gp, ipynb, html };

/// Formats from a list such as "pdf,csv", without repetitions, in the order given. Throws Error (usage) that suggests
/// the nearest name.
[[nodiscard]] std::vector<Format> parse_formats(std::string_view list);

struct ExportOptions {
    std::filesystem::path folder;
    std::vector<Format> formats;
    /// Names of the figures to draw; all where not given.
    std::optional<std::vector<std::string>> figures;
    Style style = Style::iclr;
};

/// Writes TABLE.csv, TABLE.tex, FIGURE.{pdf,svg,png,gp,json}, result.json, notebook.ipynb and index.html into the
/// folder, as the formats ask, and manifest.json, which names them, last: a folder without it is unfinished. Everything
/// is drawn and on the disk under temporary names before the first file appears; a failure up to then leaves the
/// folder's files as they were. Files that the manifest does not name are left alone. The bytes do not depend on the
/// number of threads or the time. Throws Error: usage where there is no figure of a name, output where drawing or
/// writing fails. Returns the names of the files of each figure of the result.
std::vector<std::vector<std::string>> export_result(const Result& result, const ExportOptions& options,
                                                    Context& context);

}  // namespace rotoscope
