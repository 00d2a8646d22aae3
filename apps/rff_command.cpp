#include "commands.hpp"
#include "options.hpp"

#include <memory>
#include <optional>
#include <string>

#include "rotoscope/rff/rff.hpp"

namespace rotoscope::apps {
namespace {

struct RffCommand {
    RffOptions tool;
    CommonOptions common;
    std::string features = "trig,orthogonal,positive,oprf";
    std::string counts = "64,256,1024,4096";
    std::uint64_t layer = 0;
    CLI::Option* layer_option = nullptr;
    std::string temperature = "1";
    std::string mask = "causal";
    std::string epsilons = "2e-6,0.005";
    std::optional<std::string> scale;
    std::optional<std::string> norm;
    std::optional<std::string> angle;
    std::optional<std::string> studies;

    void run() {
        tool.features = parse_features(features);
        tool.counts.clear();
        for (const std::size_t count : parse_numbers("--counts", counts)) tool.counts.push_back(count);
        if (layer_option->count() > 0) tool.layer = layer;
        if (scale) tool.scale = parse_real("--scale", *scale);
        if (norm) tool.norm = parse_real("--norm", *norm);
        if (angle) tool.angle = parse_real("--angle", *angle);
        tool.temperature = parse_temperatures(temperature);
        tool.mask = mask == "full" ? Mask::full : Mask::causal;
        tool.epsilons = parse_reals("--epsilon", epsilons);
        if (studies) tool.studies = parse_studies(*studies);
        tool.seed = common.seed;
        tool.hash_inputs = common.hash_inputs;
        run_tool(common, true, [this](Context& context) { return compare_features(tool, context); });
    }
};

void add_inputs(CLI::App& app, RffCommand& command) {
    RffOptions& tool = command.tool;
    const std::string group = "Inputs";
    CLI::Option* dimension = add_whole_number(app, "--dim", tool.dimension, "Components of drawn queries and keys");
    CLI::Option* length = add_whole_number(app, "--length", tool.length, "Tokens drawn");
    CLI::Option* scale = app.add_option("--scale", command.scale,
                                        "Drawn: entries N(0, S^2); with --inputs: factor of q and k (default d^-1/4)")
                             ->type_name("S");
    CLI::Option* norm = app.add_option("--norm", command.norm, "Drawn: points of the sphere of this radius (default 1)")
                            ->type_name("R");
    CLI::Option* angle = app.add_option("--angle", command.angle, "Drawn: unit vectors, degrees between q_t and k_t")
                             ->type_name("DEGREES");
    CLI::Option* inputs =
        app.add_option("--inputs", tool.inputs, "Safetensors with layer{i}.q_attn and k_attn, or q_out and k_out")
            ->type_name("FILE");
    CLI::Option* layer =
        add_whole_number(app, "--layer", command.layer, "Layer of --inputs (default: the first in the file)");
    layer->default_str("");
    command.layer_option = layer;
    CLI::Option* head = add_whole_number(app, "--head", tool.head, "Head of --inputs");
    scale->excludes(norm)->excludes(angle);
    norm->excludes(angle);
    inputs->excludes(dimension)->excludes(length)->excludes(norm)->excludes(angle);
    layer->needs(inputs);
    head->needs(inputs);
    for (CLI::Option* option : {dimension, length, scale, norm, angle, inputs, layer, head}) option->group(group);
}

}  // namespace

void add_rff(CLI::App& program) {
    auto command = std::make_shared<RffCommand>();
    CLI::App* app = program.add_subcommand("rff", "How well random rotations reproduce softmax attention");
    app->add_option("--features", command->features,
                    "Kinds: trig, offset, positive, hyperbolic, oprf; each alone or with :iid, :orthogonal, :hadamard, "
                    ":sobol; or all")
        ->type_name("LIST")
        ->capture_default_str();
    app->add_option("--counts", command->counts,
                    "Numbers D of random frequencies; trig and hyperbolic have two real features for each")
        ->type_name("LIST")
        ->capture_default_str();
    add_whole_number(*app, "--seeds", command->tool.seeds, "Independent repetitions, with seeds from --seed");
    app->add_option("--temperature", command->temperature,
                    "Factor of the frequencies: a number, rope:BASE, rfa:EPS, or numbers to repeat over them")
        ->type_name("SIGMA")
        ->capture_default_str();
    app->add_option("--mask", command->mask, "Keys that a query sees: causal or full")
        ->type_name("NAME")
        ->check(CLI::IsMember({"causal", "full"}))
        ->capture_default_str();
    app->add_option("--epsilon", command->epsilons, "Epsilons of the spectra of RoPE and rfa")
        ->type_name("LIST")
        ->capture_default_str();
    app->add_option("--study", command->studies,
                    "What to compute: errors, norms, kernel, matrices, temperature, spectra, rotations, all (default: "
                    "all, rotations only with --inputs)")
        ->type_name("LIST");
    add_inputs(*app, *command);
    add_common_options(*app, command->common, true);
    app->callback([command] { command->run(); });
}

}  // namespace rotoscope::apps
