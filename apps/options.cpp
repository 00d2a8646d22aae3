#include "options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <limits>
#include <system_error>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/staged_file.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/notebooks_export/exporter.hpp"
#include "rotoscope/notebooks_export/json.hpp"
#include "rotoscope/notebooks_export/terminal.hpp"

namespace rotoscope::apps {
namespace {

// Longer lists than any model has layers, heads or channels are a mistake, such as 0-4000000000.
constexpr std::size_t longest_list = 1 << 20;

void print(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw output_error("stdout cannot be written: " + describe_errno(errno));
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::vector<std::string> split_list(std::string_view list) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

/// The number that makes up the whole text, or nothing.
std::optional<std::size_t> parse_number(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// Files that are read are never written: a table's or a figure's file must not take the place of an input.
void protect_inputs(const CommonOptions& options, const Result& result, const std::filesystem::path& folder) {
    std::vector<std::string> names{"result.json", "manifest.json", "notebook.ipynb", "index.html"};
    for (const Table& table : result.tables)
        for (const char* extension : {".csv", ".tex"}) names.push_back(table.name() + extension);
    for (const Figure& figure : result.figures)
        for (const char* extension : {".pdf", ".svg", ".png", ".gp", ".json"}) names.push_back(figure.name + extension);
    std::vector<std::filesystem::path> inputs = options.more_inputs;
    for (const InputRecord& input : result.inputs) inputs.emplace_back(input.path);
    for (const std::filesystem::path& input : inputs)
        for (const std::string& name : names) {
            std::error_code ignored;
            if (std::filesystem::equivalent(input, folder / name, ignored))
                throw usage_error(fmt::format("--out: {} would replace the input {}; expected another folder",
                                              quote((folder / name).string()), quote(input.string())));
        }
}

void record_output_options(const CommonOptions& options, Result& result) {
    result.options.emplace_back("format", options.format);
    if (options.figures) result.options.emplace_back("figures", *options.figures);
    result.options.emplace_back("style", options.style);
    if (options.hash_inputs) result.options.emplace_back("hash-inputs", "true");
}

}  // namespace

void add_common_options(CLI::App& command, CommonOptions& options, bool draws) {
    options.tool = command.get_name();
    const std::string group = "Common options";
    command.add_option("--out", options.out, "Folder for the files (default rotoscope-out/TOOL)")
        ->type_name("DIR")
        ->group(group);
    command.add_option("--format", options.format, "Files to write: pdf, svg, png, csv, json, tex, gp, ipynb, html")
        ->type_name("LIST")
        ->capture_default_str()
        ->group(group);
    command.add_flag("--json", options.json, "Print the result as JSON instead of tables; files only with --out")
        ->group(group);
    command.add_option("--figures", options.figures, "Figures to draw (default: all)")->type_name("LIST")->group(group);
    command.add_option("--style", options.style, "Width and type of figures: iclr, neurips, icml, plain")
        ->type_name("NAME")
        ->capture_default_str()
        ->group(group);
    if (draws) add_whole_number(command, "--seed", options.seed, "Seed of all random draws")->group(group);
    command
        .add_option("--threads", options.threads, "Threads; the results do not depend on it (default: one a processor)")
        ->type_name("N")
        ->check(CLI::Range(1, 1024))
        ->group(group);
    command.add_flag("--hash-inputs", options.hash_inputs, "Hash input files above 64 MiB whole, too")->group(group);
    command.add_flag("--quiet", options.quiet, "No tables, notes or progress; errors only")->group(group);
}

CLI::Option* add_whole_number(CLI::App& command, const std::string& name, std::uint64_t& value,
                              const std::string& description) {
    const auto parse = [name, &value](const std::string& text) {
        const std::optional<std::size_t> number = parse_number(text);
        if (!number)
            throw usage_error(fmt::format("{}: {} is not a whole number from 0 to {}", name, quote(text),
                                          std::numeric_limits<std::uint64_t>::max()));
        value = *number;
    };
    return command.add_option_function<std::string>(name, parse, description)
        ->type_name("N")
        ->default_str(std::to_string(value));
}

std::vector<std::size_t> parse_numbers(std::string_view option, const std::string& list) {
    std::vector<std::size_t> numbers;
    for (const std::string& part : split_list(list)) {
        const std::size_t dash = part.find('-');
        const std::optional<std::size_t> first = parse_number(std::string_view(part).substr(0, dash));
        const std::optional<std::size_t> last =
            dash == std::string::npos ? first : parse_number(std::string_view(part).substr(dash + 1));
        if (!first || !last || *last < *first ||
            *last - *first >= longest_list - std::min(longest_list, numbers.size()))
            throw usage_error(fmt::format("{}: {} is not a list of numbers such as 0,2-5", option, quote(list)));
        for (std::size_t k = 0; k <= *last - *first; ++k) numbers.push_back(*first + k);
    }
    return numbers;
}

std::optional<std::filesystem::path> output_folder(const CommonOptions& options, bool writes_files) {
    if (options.out) return *options.out;
    if (writes_files && !options.json) return "rotoscope-out/" + options.tool;
    return std::nullopt;
}

void protect_outputs(std::string_view option, const std::filesystem::path& file,
                     const std::optional<std::filesystem::path>& folder) {
    namespace fs = std::filesystem;
    constexpr std::array written{".csv", ".tex", ".json", ".ipynb", ".pdf", ".svg", ".png", ".gp", ".html"};
    if (!folder || std::ranges::find(written, file.extension()) == written.end()) return;
    const auto resolve = [](const fs::path& place) {
        std::error_code ignored;
        return fs::weakly_canonical(fs::absolute(place / "x", ignored), ignored);
    };
    if (resolve(file.parent_path()) == resolve(*folder))
        throw usage_error(
            fmt::format("{}: {} would be among the files of --out {}\nexpected another folder, or a name that ends in "
                        ".safetensors",
                        option, quote(file.string()), quote(folder->string())));
}

std::vector<std::string> split_names(const std::optional<std::string>& list) {
    return list ? split_list(*list) : std::vector<std::string>{};
}

void run_writer(const CommonOptions& options, const std::filesystem::path& folder,
                const std::function<std::string(Context&)>& tool) {
    check_output_folder(folder);
    ThreadPool pool(options.threads);
    Progress progress(!options.quiet);
    Context context{pool, progress};
    const std::string written = tool(context);
    progress.end();
    if (!options.quiet) print(written);
}

void run_tool(const CommonOptions& options, bool writes_files, const std::function<Result(Context&)>& tool) {
    ExportOptions files;
    files.formats = parse_formats(options.format);
    files.style = parse_style(options.style);
    if (options.figures) files.figures = split_names(options.figures);
    const std::optional<std::filesystem::path> folder = output_folder(options, writes_files);
    if (folder) check_output_folder(*folder);

    ThreadPool pool(options.threads);
    Progress progress(!options.quiet);
    Context context{pool, progress, {files.figures}};
    Result result = tool(context);
    record_output_options(options, result);

    std::string written;
    std::vector<std::vector<std::string>> figure_files;
    if (folder) {
        files.folder = *folder;
        protect_inputs(options, result, files.folder);
        figure_files = export_result(result, files, context);
        written = fmt::format("\nfiles in {}\n", escape_control(files.folder.string()));
    }
    progress.end();
    if (!options.quiet)
        for (const std::string& note : result.notes) write_to_stderr(fmt::format("note: {}\n", escape_control(note)));
    if (options.json) print(to_json(result, figure_files));
    else if (!options.quiet) print(render_terminal(result) + written);
}

}  // namespace rotoscope::apps
