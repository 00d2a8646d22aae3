#include "commands.hpp"
#include "options.hpp"

#include <memory>
#include <optional>
#include <string>

#include "rotoscope/compare/compare.hpp"

namespace rotoscope::apps {
namespace {

struct CompareCommand {
    CompareOptions tool;
    CommonOptions common;
    std::string reference = "first";
    std::string inputs;
    std::optional<std::string> steps;
    std::optional<std::string> layers;
    std::optional<std::string> heads;
    std::optional<std::string> channels;

    void run() {
        PhasesOptions& phases = tool.phases;
        if (reference == "previous") tool.reference = Reference::previous;
        if (reference == "last") tool.reference = Reference::last;
        if (inputs == "sphere") phases.inputs = InputKind::sphere;
        if (inputs == "embeddings") phases.inputs = InputKind::embeddings;
        if (steps) {
            const std::vector<std::size_t> numbers = parse_numbers("--steps", *steps);
            tool.steps.assign(numbers.begin(), numbers.end());
        }
        if (layers) phases.layers = parse_numbers("--layers", *layers);
        if (heads) phases.heads = parse_numbers("--heads", *heads);
        if (channels) phases.channels = parse_numbers("--channels", *channels);
        phases.seed = common.seed;
        phases.hash_inputs = common.hash_inputs;
        run_tool(common, true, [this](Context& context) { return compare_checkpoints(tool, context); });
    }
};

}  // namespace

void add_compare(CLI::App& program) {
    auto command = std::make_shared<CompareCommand>();
    PhasesOptions& phases = command->tool.phases;
    CLI::App* app =
        program.add_subcommand("compare", "How phases differ between checkpoints, along a run or side by side");
    app->add_option("PATH", command->tool.checkpoints, "Two or more checkpoints with RoPE or Selective RoPE, in order")
        ->required();
    app->add_option("--steps", command->steps, "Their training steps, increasing (default: from their names)")
        ->type_name("LIST");
    app->add_option("--reference", command->reference, "What each is compared with")
        ->type_name("WHICH")
        ->check(CLI::IsMember({"first", "previous", "last"}))
        ->capture_default_str();
    CLI::Option* tokens = app->add_option("--tokens", phases.tokens, "Token ids to feed: 0,1,1 or a file of them")
                              ->type_name("FILE|LIST");
    CLI::Option* activations =
        app->add_option("--activations", phases.activations, "File with layer{i}.hidden_states to feed")
            ->type_name("FILE");
    CLI::Option* length = add_whole_number(*app, "--length", phases.length, "Tokens drawn where none are given");
    app->add_option("--layers", command->layers, "Layers to compare (default: all)")->type_name("LIST");
    app->add_option("--heads", command->heads, "Heads to compare (default: all)")->type_name("LIST");
    app->add_option("--channels", command->channels, "Channels of a head to compare (default: all)")->type_name("LIST");
    app->add_flag("--v2-bf16", phases.open.raw_pairs_are_bf16, "NumPy arrays of type V2 are bfloat16");
    CLI::Option* inputs =
        app->add_option("--inputs", command->inputs,
                        "Embeddings of drawn tokens, or points of the sphere (default: embeddings, if any)")
            ->type_name("KIND")
            ->check(CLI::IsMember({"embeddings", "sphere"}));
    inputs->excludes(activations)->excludes(tokens);
    tokens->excludes(activations);
    length->excludes(tokens)->excludes(activations);
    add_common_options(*app, command->common, true);
    app->callback([command] { command->run(); });
}

}  // namespace rotoscope::apps
