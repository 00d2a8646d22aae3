#include "commands.hpp"
#include "options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <string>
#include <vector>

#include "rotoscope/figures/paper_figures.hpp"

namespace rotoscope::apps {
namespace {

struct FiguresCommand {
    PaperFiguresOptions tool;
    CommonOptions common;
    std::vector<std::string> names;
    bool list = false;

    void run() {
        if (list) return run_tool(common, false, [](Context&) { return list_paper_figures(); });
        if (!names.empty()) common.figures = fmt::format("{}", fmt::join(names, ","));
        tool.seed = common.seed;
        tool.hash_inputs = common.hash_inputs;
        run_tool(common, true, [this](Context& context) { return draw_paper_figures(tool, context); });
    }
};

}  // namespace

void add_figures(CLI::App& program) {
    auto command = std::make_shared<FiguresCommand>();
    command->common.format = "pdf,svg,png,csv,json,html";
    CLI::App* app = program.add_subcommand("figures", "The paper's figures, regenerated, with an index page");
    CLI::Option* names = app->add_option("NAME", command->names, "Figures to draw (default: all)");
    app->add_flag("--list", command->list, "List the figures instead of drawing them")->excludes(names);
    app->add_option("--checkpoint", command->tool.checkpoint,
                    "Model of learned_phases (default data/checkpoints/parity-srope, where it is)")
        ->type_name("PATH");
    add_common_options(*app, command->common, true);
    app->get_option("--figures")->excludes(names)->description("The same as NAME, as a list");
    app->callback([command] { command->run(); });
}

}  // namespace rotoscope::apps
