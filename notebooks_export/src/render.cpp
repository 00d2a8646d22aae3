#include "rotoscope/notebooks_export/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/process.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

struct Program {
    std::string_view name;
    std::string_view package;
};
constexpr Program gnuplot{"gnuplot", "gnuplot-nox"};
constexpr Program rsvg_convert{"rsvg-convert", "librsvg2-bin"};
constexpr Program fc_match{"fc-match", "fontconfig"};

/// gnuplot repeats the command before it says what is wrong with it: the reason is the last line.
std::string last_line(std::string_view text) {
    const std::size_t end = text.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) return "it says nothing";
    text = text.substr(0, end + 1);
    text.remove_prefix(text.rfind('\n') + 1);
    return std::string(text.substr(std::min(text.find_first_not_of(" \t"), text.size())));
}

std::string run(const Program& program, std::vector<std::string> arguments, const std::string& input) {
    arguments.insert(arguments.begin(), std::string(program.name));
    ProcessOutcome outcome;
    try {
        outcome = run_process(arguments, {input, {{"LC_ALL", "C.UTF-8"}, {"SOURCE_DATE_EPOCH", "0"}}});
    } catch (const Error& error) {
        if (error.code() != ExitCode::output) throw;
        throw output_error(
            fmt::format("{}\nfigures need it: it is in the Debian package {}", error.message(), program.package));
    }
    if (outcome.exit_code != 0)
        throw output_error(
            fmt::format("{} failed with code {}: {}", program.name, outcome.exit_code, last_line(outcome.errors)));
    return std::move(outcome.output);
}

}  // namespace

void require_font(Style style) {
    const std::string family(measures(style).font);
    const std::string found = run(fc_match, {"--format=%{family}", family}, "");
    if (found.find(family) == std::string::npos)
        throw output_error(
            fmt::format("the font {} is not installed ({} would be used instead)\nfigures need it: it is "
                        "in the Debian package fonts-liberation",
                        family, quote(found)));
}

std::string render_svg(const std::string& script) {
    // -d: the user's own settings do not change our figures. As a named file the pipe is read in blocks; standard input
    // itself gnuplot reads byte by byte, for most of its time.
    std::string svg = run(gnuplot, {"-d", "/dev/stdin"}, script);
    if (!svg.ends_with("</svg>\n") && svg.find("</svg>") == std::string::npos)
        throw output_error("gnuplot ended without drawing the figure");
    return svg;
}

std::string render_pdf(const std::string& svg) { return run(rsvg_convert, {"-f", "pdf", "-d", "72", "-p", "72"}, svg); }

std::string render_png(const std::string& svg) { return run(rsvg_convert, {"-f", "png", "-z", "4.1667"}, svg); }

}  // namespace rotoscope
