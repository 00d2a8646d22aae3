#include "commands.hpp"
#include "options.hpp"
#include "shard_option.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope::apps {
namespace {

struct PhasesCommand {
    PhasesOptions tool;
    CommonOptions common;
    std::string inputs;
    std::optional<std::string> layers;
    std::optional<std::string> heads;
    std::optional<std::string> channels;
    std::uint64_t context_tokens = 0;
    CLI::Option* context_option = nullptr;
    std::string shard;
    CLI::Option* shard_option = nullptr;

    void run() {
        if (inputs == "sphere") tool.inputs = InputKind::sphere;
        if (inputs == "embeddings") tool.inputs = InputKind::embeddings;
        if (layers) tool.layers = parse_numbers("--layers", *layers);
        if (heads) tool.heads = parse_numbers("--heads", *heads);
        if (channels) tool.channels = parse_numbers("--channels", *channels);
        if (context_option->count() > 0) tool.context = context_tokens;
        tool.seed = common.seed;
        tool.hash_inputs = common.hash_inputs;
        if (shard_option->count() > 0) return run_shard();
        if (tool.arrays) protect_outputs("--arrays", *tool.arrays, output_folder(common, true));
        run_tool(common, true, [this](Context& context) { return analyse_phases(tool, context); });
    }

    void run_shard() const {
        const Shard part = shard.empty() ? shard_of_environment() : parse_shard(shard);
        const std::filesystem::path folder = *output_folder(common, true);
        run_writer(common, folder, [&](Context& context) {
            const WrittenPart written = write_phases_part(tool, part, folder, context);
            return fmt::format("part {} of {}: {} of {} groups of heads, {} of weights\nfile {}\n", part.index,
                               part.count, format_count(written.groups), format_count(written.all_groups),
                               format_bytes(written.bytes), escape_control(written.file.string()));
        });
    }
};

}  // namespace

void add_phases(CLI::App& program) {
    auto command = std::make_shared<PhasesCommand>();
    PhasesOptions& tool = command->tool;
    CLI::App* app = program.add_subcommand("phases", "What rotation angles a trained model has learned");
    app->add_option("PATH", tool.checkpoint, "Checkpoint with RoPE or Selective RoPE: file, shard index or folder")
        ->required();
    CLI::Option* tokens =
        app->add_option("--tokens", tool.tokens, "Token ids to feed: 0,1,1 or a file of them")->type_name("FILE|LIST");
    CLI::Option* activations =
        app->add_option("--activations", tool.activations, "File with layer{i}.hidden_states to feed")
            ->type_name("FILE");
    CLI::Option* length = add_whole_number(*app, "--length", tool.length, "Tokens drawn where none are given");
    app->add_option("--layers", command->layers, "Layers to analyse (default: all)")->type_name("LIST");
    app->add_option("--heads", command->heads, "Heads to show (default: all)")->type_name("LIST");
    app->add_option("--channels", command->channels, "Channels of a head to show (default: all)")->type_name("LIST");
    app->add_option("--arrays", tool.arrays, "Write every stage of every layer to this safetensors file")
        ->type_name("FILE");
    app->add_flag("--v2-bf16", tool.open.raw_pairs_are_bf16, "NumPy arrays of type V2 are bfloat16");
    CLI::Option* inputs =
        app->add_option("--inputs", command->inputs,
                        "Embeddings of drawn tokens, or points of the sphere (default: embeddings, if any)")
            ->type_name("KIND")
            ->check(CLI::IsMember({"embeddings", "sphere"}));
    command->context_option = add_whole_number(*app, "--context", command->context_tokens,
                                               "Fixed RoPE: tokens of the context (default: as configured)");
    command->context_option->default_str("");
    app->add_option("--histogram", tool.histogram, "Fixed RoPE: histograms of the weights from -X to X")
        ->type_name("X");
    command->shard_option =
        app->add_option("--shard", command->shard,
                        "Fixed RoPE: only part I of N, from 0, into part-I-of-N.json for 'rotoscope merge' (without "
                        "I/N: as a Slurm array's or Open MPI's variables say)")
            ->type_name("I/N")
            ->expected(0, 1);
    inputs->excludes(activations)->excludes(tokens);
    tokens->excludes(activations);
    length->excludes(tokens)->excludes(activations);
    add_common_options(*app, command->common, true);
    for (const char* other : {"--arrays", "--format", "--json", "--figures", "--style"})
        command->shard_option->excludes(app->get_option(other));
    app->callback([command] { command->run(); });
}

}  // namespace rotoscope::apps
