#include "commands.hpp"
#include "options.hpp"

#include <memory>

#include "rotoscope/phases/inspect.hpp"

namespace rotoscope::apps {
namespace {

struct InspectCommand {
    InspectOptions tool;
    CommonOptions common;
    std::string sort = "name";

    void run() {
        tool.order = sort == "bytes" ? TensorOrder::bytes : TensorOrder::name;
        tool.record_inputs = common.out.has_value();
        tool.hash_inputs = common.hash_inputs;
        run_tool(common, false, [this](Context& context) { return inspect_checkpoint(tool, context); });
    }
};

}  // namespace

void add_inspect(CLI::App& program) {
    auto command = std::make_shared<InspectCommand>();
    CLI::App* app = program.add_subcommand("inspect", "What is in a checkpoint: tensors, architecture, pair layout");
    app->add_option("PATH", command->tool.checkpoint,
                    "File of weights (safetensors, PyTorch, NumPy, GGUF), shard index, or folder")
        ->required();
    app->add_option("--match", command->tool.match, "Only tensors whose names match (ECMAScript)")->type_name("REGEX");
    app->add_option("--sort", command->sort, "Order of the tensors: name or bytes, largest first")
        ->type_name("KEY")
        ->check(CLI::IsMember({"name", "bytes"}))
        ->capture_default_str();
    app->add_flag("--stats", command->tool.statistics, "Read every value: extremes, mean, deviation, zeros, NaN");
    app->add_flag("--v2-bf16", command->tool.open.raw_pairs_are_bf16, "NumPy arrays of type V2 are bfloat16");
    add_common_options(*app, command->common, false);
    app->callback([command] { command->run(); });
}

}  // namespace rotoscope::apps
