// `rotoscope leakage --list`.
#include <fmt/format.h>

#include "rotoscope/core/text.hpp"
#include "rotoscope/leakage/leakage.hpp"

namespace rotoscope {
namespace {

/// "alpha (or beta=)" and so on: how each parameter is written.
std::string describe_parameters(const WindowInfo& window) {
    std::string text;
    for (const WindowParameter& parameter : window.parameters) {
        if (!text.empty()) text += ":";
        text += parameter.keyword_only ? fmt::format("{}=", parameter.name) : std::string(parameter.name);
        if (parameter.repeated) text += "…";
        if (parameter.fallback) text += fmt::format("({})", format_shortest(*parameter.fallback));
    }
    return text;
}

std::string explain_parameters(const WindowInfo& window) {
    std::string text;
    for (const WindowParameter& parameter : window.parameters)
        text += fmt::format("{}{}{}: {}, {} to {}", text.empty() ? "" : "; ", parameter.name,
                            parameter.instead_of.empty() ? "" : fmt::format(" (instead of {})", parameter.instead_of),
                            parameter.meaning, format_shortest(parameter.lowest), format_shortest(parameter.highest));
    return text;
}

std::string list_aliases(const WindowInfo& window) {
    std::string text;
    for (const std::string_view alias : window.aliases) text += fmt::format("{}{}", text.empty() ? "" : ", ", alias);
    return text;
}

}  // namespace

Result list_leakage_windows() {
    Result result;
    result.tool = "leakage";
    Table table("windows", "u in [-1, 1] over the window; symmetric: u = 2n/(N-1) - 1, periodic: u = 2n/N - 1",
                {{"window", "", "name for --window"},
                 {"parameters", "", "by position as NAME:P1:P2, or as key=value; defaults in brackets"},
                 {"variants", "", "periodic and symmetric, or the only one there is"},
                 {"formula", "", "of a sample"},
                 {"aliases", "", "other names"},
                 {"meaning", "", "of each parameter, with its range"},
                 {"description", "", "what it is for"}});
    for (const WindowInfo& window : all_windows()) {
        const std::string parameters = describe_parameters(window);
        table.add_row({std::string(window.name), parameters, std::string(describe_variants(window.variants)),
                       std::string(window.formula), list_aliases(window), explain_parameters(window),
                       std::string(window.description)});
        std::string heading(window.name);
        for (const WindowParameter& parameter : window.parameters)
            if (!parameter.keyword_only) heading += ":" + std::string(parameter.name);
        std::string text =
            fmt::format("{} [{}] {}", window.formula, describe_variants(window.variants), window.description);
        if (!window.parameters.empty()) text += fmt::format(" {}.", explain_parameters(window));
        if (!window.aliases.empty()) text += fmt::format(" Also {}.", list_aliases(window));
        result.summary.emplace_back(std::move(heading), std::move(text));
    }
    result.summary.emplace_back("", "");
    result.summary.emplace_back(
        "conventions",
        "u = 2n/N - 1 (periodic, the first N samples of the symmetric window of N + 1: for spectra) or "
        "2n/(N - 1) - 1 (symmetric: for filters), n = 0 ... N - 1; --symmetry chooses.");
    result.summary.emplace_back("",
                                "NAME:P1:P2 by position is this program's convention, key=value SciPy's where it "
                                "differs: gaussian:3 or gaussian:std=64, kaiser:2.5 or kaiser:beta=8.");
    result.summary.emplace_back("files",
                                "FILE.csv or FILE.safetensors:TENSOR[:INDEX…] holds gates g_0 … g_{T-1}, the "
                                "newest last; the window is w_l = g_{T-1} ... g_{T-l}, w_0 = 1.");
    result.tables.push_back(std::move(table));
    return result;
}

}  // namespace rotoscope
