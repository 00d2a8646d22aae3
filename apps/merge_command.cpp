#include "commands.hpp"
#include "options.hpp"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "rotoscope/phases/shard.hpp"

namespace rotoscope::apps {
namespace {

struct MergeCommand {
    std::vector<std::filesystem::path> parts;
    CommonOptions common;

    void run() {
        common.more_inputs = parts;
        run_tool(common, true, [this](Context& context) {
            MergedPhases merged = merge_phases(parts, context);
            common.hash_inputs = merged.hash_inputs;  // the files name it among the options, as the parts' run has it
            return std::move(merged.result);
        });
    }
};

}  // namespace

void add_merge(CLI::App& program) {
    auto command = std::make_shared<MergeCommand>();
    CLI::App* app = program.add_subcommand("merge", "The parts of 'phases --shard' put together: the whole result");
    app->add_option("PART", command->parts, "All part-I-of-N.json of one run, in any order")->required();
    add_common_options(*app, command->common, false);
    app->remove_option(app->get_option("--hash-inputs"));
    app->callback([command] { command->run(); });
}

}  // namespace rotoscope::apps
