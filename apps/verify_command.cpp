#include "commands.hpp"
#include "options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "rotoscope/claims/verify.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope::apps {
namespace {

struct VerifyCommand {
    VerifyOptions tool;
    CommonOptions common;
    bool list = false;
    bool full = false;
    bool quick = false;

    void run() {
        tool.effort = full ? Effort::full : Effort::quick;
        tool.seed = common.seed;
        if (list) return run_tool(common, false, [this](Context&) { return list_claims(tool); });
        std::vector<std::string> surprises;
        run_tool(common, true, [&](Context& context) {
            Verification verification = verify_claims(tool, context);
            surprises = verification.surprises;
            return std::move(verification.result);
        });
        if (!surprises.empty())
            throw Error(ExitCode::surprise,
                        fmt::format("{} claim{} from the expected verdict: {}", surprises.size(),
                                    surprises.size() == 1 ? " differs" : "s differ", fmt::join(surprises, ", ")));
    }
};

}  // namespace

void add_verify(CLI::App& program) {
    auto command = std::make_shared<VerifyCommand>();
    CLI::App* app = program.add_subcommand("verify", "Every claim of the theory, measured; a verdict on each");
    app->add_option("--claim", command->tool.claims, "Claims to measure: IDs or their beginnings (default: all)")
        ->type_name("ID|PREFIX")
        ->delimiter(',')
        ->expected(1, 1000);
    app->add_flag("--list", command->list, "List the claims instead of measuring them");
    CLI::Option* quick = app->add_flag("--quick", command->quick, "Seconds (the default)");
    app->add_flag("--full", command->full, "Minutes: longer sequences, more draws")->excludes(quick);
    app->add_option("--set", command->tool.settings, "Another value for an input of a claim")
        ->type_name("ID.NAME=VALUE")
        ->expected(1, 1000);
    add_common_options(*app, command->common, true);
    app->callback([command] { command->run(); });
}

}  // namespace rotoscope::apps
