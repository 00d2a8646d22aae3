#include "rotoscope/notebooks_export/exporter.hpp"

#include "figure_json.hpp"
#include "index_page.hpp"
#include "manifest.hpp"
#include "notebook.hpp"
#include "words.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/staged_file.hpp"
#include "rotoscope/notebooks_export/csv.hpp"
#include "rotoscope/notebooks_export/gnuplot.hpp"
#include "rotoscope/notebooks_export/json.hpp"
#include "rotoscope/notebooks_export/latex.hpp"
#include "rotoscope/notebooks_export/render.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

constexpr auto format_words = std::to_array<Word<Format>>({{"pdf", Format::pdf},
                                                           {"svg", Format::svg},
                                                           {"png", Format::png},
                                                           {"csv", Format::csv},
                                                           {"json", Format::json},
                                                           {"tex", Format::tex},
                                                           {"gp", Format::gp},
                                                           {"ipynb", Format::ipynb},
                                                           {"html", Format::html}});

struct File {
    std::string name;
    std::string bytes;
};

bool wants(const ExportOptions& options, Format format) {
    return std::find(options.formats.begin(), options.formats.end(), format) != options.formats.end();
}

/// The options with the formats that a notebook and a page need beside them.
ExportOptions completed(ExportOptions options) {
    if (wants(options, Format::html) && !wants(options, Format::svg)) options.formats.push_back(Format::svg);
    if (wants(options, Format::ipynb))
        for (const Format needed : {Format::csv, Format::json, Format::svg, Format::png})
            if (!wants(options, needed)) options.formats.push_back(needed);
    return options;
}

/// Indices of the figures to draw.
std::vector<std::size_t> chosen_figures(const Result& result, const ExportOptions& options) {
    std::vector<std::string> names;
    for (const Figure& figure : result.figures) names.push_back(figure.name);
    FigureChoice{options.figures}.check(names);
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!options.figures ||
            std::find(options.figures->begin(), options.figures->end(), names[i]) != options.figures->end())
            chosen.push_back(i);
    return chosen;
}

std::vector<File> draw(const Figure& figure, const ExportOptions& options) {
    std::vector<File> files;
    try {
        const std::string script = to_gnuplot(figure, options.style);
        const auto add = [&](std::string_view extension, std::string bytes) {
            files.push_back({fmt::format("{}.{}", figure.name, extension), std::move(bytes)});
        };
        if (wants(options, Format::gp)) add("gp", script);
        if (wants(options, Format::ipynb)) add("json", to_figure_json(figure));
        if (!wants(options, Format::svg) && !wants(options, Format::pdf) && !wants(options, Format::png)) return files;
        std::string svg = render_svg(script);
        if (wants(options, Format::pdf)) add("pdf", render_pdf(svg));
        if (wants(options, Format::png)) add("png", render_png(svg));
        if (wants(options, Format::svg)) add("svg", std::move(svg));
    } catch (Error& error) {
        throw error.in_file((options.folder / figure.name).string());
    }
    return files;
}

/// The files of each figure of the result; none for those that were not chosen.
std::vector<std::vector<File>> draw_figures(const Result& result, const ExportOptions& options, Context& context) {
    const std::vector<std::size_t> chosen = chosen_figures(result, options);
    const bool drawn = wants(options, Format::svg) || wants(options, Format::pdf) || wants(options, Format::png);
    // The font is looked for beside the drawing, which does not wait for it: both mostly start programs.
    const std::size_t checks = drawn && !chosen.empty() ? 1 : 0;
    std::vector<std::vector<File>> files(result.figures.size());
    context.pool.for_chunks(checks + chosen.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            if (i < checks) require_font(options.style);
            else files[chosen[i - checks]] = draw(result.figures[chosen[i - checks]], options);
        }
    });
    return files;
}

/// The pictures among the figures' files.
std::vector<Pictures> find_pictures(const std::vector<std::vector<File>>& figures) {
    std::vector<Pictures> pictures(figures.size());
    for (std::size_t i = 0; i < figures.size(); ++i)
        for (const File& file : figures[i]) {
            if (file.name.ends_with(".svg")) pictures[i].svg = file.bytes;
            if (file.name.ends_with(".png")) pictures[i].png = file.bytes;
        }
    return pictures;
}

/// Files on the disk under temporary names, and the manifest that will name them.
class Staging {
public:
    explicit Staging(const fs::path& folder) : folder_(folder) {}

    template <class Write>
    void add(const std::string& name, const Write& write) {
        throw_if_stopped();
        if (!names_.insert(name).second) throw internal_error(fmt::format("two outputs are named {}", name));
        if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
            throw internal_error(fmt::format("{} is no name for an output", name));
        StagedFile& file = files_.emplace_back(folder_ / name);
        std::uint64_t bytes = 0;
        write([&](std::string_view piece) {
            file.write(piece);
            bytes += piece.size();
        });
        file.finish();
        entries_.push_back({name, bytes});
    }
    void add(const File& file) {
        add(file.name, [&](const Sink& sink) { sink(file.bytes); });
    }

    [[nodiscard]] const std::vector<ManifestEntry>& entries() const { return entries_; }

    /// Publishes everything: from the first rename to the manifest's, the folder has no manifest.
    void commit(const Result& result) {
        const fs::path manifest_path = folder_ / "manifest.json";
        StagedFile manifest(manifest_path);
        manifest.write(to_manifest(result, entries_));
        manifest.finish();
        if (unlink(manifest_path.c_str()) != 0 && errno != ENOENT)
            throw output_error("cannot be replaced: " + describe_errno(errno)).in_file(manifest_path.string());
        for (StagedFile& file : files_) file.commit();
        manifest.commit();
    }

private:
    fs::path folder_;
    std::set<std::string> names_{"manifest.json"};
    std::vector<StagedFile> files_;
    std::vector<ManifestEntry> entries_;
};

/// Returns the names of each figure's files.
std::vector<std::vector<std::string>> stage(const Result& result, const ExportOptions& options,
                                            const std::vector<std::vector<File>>& figures, Staging& staging) {
    for (const Table& table : result.tables) {
        if (wants(options, Format::csv))
            staging.add(table.name() + ".csv", [&](const Sink& sink) { write_csv(table, sink); });
        if (wants(options, Format::tex)) staging.add({table.name() + ".tex", to_latex(table)});
    }
    std::vector<std::vector<std::string>> names(figures.size());
    for (std::size_t i = 0; i < figures.size(); ++i) {
        for (const File& file : figures[i]) {
            staging.add(file);
            names[i].push_back(file.name);
        }
    }
    if (wants(options, Format::json)) staging.add({"result.json", to_json(result, names)});
    if (wants(options, Format::ipynb))
        staging.add({"notebook.ipynb", to_notebook(result, find_pictures(figures), options.style)});
    if (wants(options, Format::html)) {
        std::vector<std::string> others;
        for (const ManifestEntry& entry : staging.entries()) others.push_back(entry.path);
        staging.add({"index.html", to_index_page(result, names, others)});
    }
    return names;
}

}  // namespace

std::vector<Format> parse_formats(std::string_view list) {
    std::vector<Format> formats;
    for (std::size_t begin = 0; begin <= list.size();) {
        const std::size_t end = std::min(list.find(',', begin), list.size());
        const auto format = parse_word<Format>("format", list.substr(begin, end - begin), format_words);
        if (std::find(formats.begin(), formats.end(), format) == formats.end()) formats.push_back(format);
        begin = end + 1;
    }
    return formats;
}

std::vector<std::vector<std::string>> export_result(const Result& result, const ExportOptions& given,
                                                    Context& context) {
    const ExportOptions options = completed(given);
    const std::vector<std::vector<File>> figures = draw_figures(result, options, context);
    std::error_code ignored;
    const bool made = !fs::exists(options.folder, ignored);
    create_output_folder(options.folder);
    try {
        remove_stale_files(options.folder);
        Staging staging(options.folder);
        auto names = stage(result, options, figures, staging);
        staging.commit(result);
        return names;
    } catch (...) {
        if (made) fs::remove(options.folder, ignored);  // only where it is still empty
        throw;
    }
}

}  // namespace rotoscope
