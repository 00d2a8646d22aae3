#include "commands.hpp"
#include "options.hpp"

#include <memory>
#include <optional>
#include <string>

#include "rotoscope/leakage/leakage.hpp"

namespace rotoscope::apps {
namespace {

struct LeakageCommand {
    LeakageOptions tool;
    CommonOptions common;
    std::string symmetry = "periodic";
    std::string width_level = "half";
    std::uint64_t length = 4096;
    bool list = false;
    bool sweep = false;

    void run(bool length_given) {
        tool.symmetry = symmetry == "symmetric" ? Symmetry::symmetric : Symmetry::periodic;
        tool.width_level = width_level == "3dB" ? WidthLevel::decibels : WidthLevel::half;
        if (length_given) tool.length = length;
        if (sweep && !tool.sweep) tool.sweep = "";
        tool.figures = split_names(common.figures);
        tool.seed = common.seed;
        tool.hash_inputs = common.hash_inputs;
        if (list) run_tool(common, false, [](Context&) { return list_leakage_windows(); });
        else run_tool(common, true, [this](Context& context) { return analyse_leakage(tool, context); });
    }
};

void add_window_options(CLI::App& app, LeakageCommand& command) {
    const std::string group = "Windows";
    LeakageOptions& tool = command.tool;
    app.add_option("--window", tool.windows, "NAME[:P1[:P2]] or a file of gates, separated by commas")
        ->type_name("LIST")
        ->group(group);
    app.add_flag("--list", command.list, "Explain all windows and their parameters")->group(group);
    app.add_option("--symmetry", command.symmetry, "periodic (DFT-even) or symmetric, for windows that have both")
        ->type_name("KIND")
        ->check(CLI::IsMember({"periodic", "symmetric"}))
        ->capture_default_str()
        ->group(group);
    app.add_option("--width-level", command.width_level,
                   "Widths at half power and amplitude, or at -3 and -6 dB exactly")
        ->type_name("LEVEL")
        ->check(CLI::IsMember({"half", "3dB"}))
        ->capture_default_str()
        ->group(group);
    app.add_flag("--estimates", tool.estimates, "Also how far each figure of merit is from its limit")->group(group);
}

void add_response_options(CLI::App& app, LeakageCommand& command) {
    const std::string group = "Rotations and decay";
    LeakageOptions& tool = command.tool;
    CLI::Option* rotations =
        app.add_option("--rotations", tool.rotations,
                       "dft:N, rope:DIM:BASE, rfa:P:EPS, linear:N:MIN:MAX, W,W,… or CHECKPOINT[:layer[:head]]")
            ->type_name("SPEC")
            ->group(group);
    app.add_option("--activations", tool.activations, "Safetensors with layer{i}.hidden_states to feed the checkpoint")
        ->type_name("FILE")
        ->needs(rotations)
        ->group(group);
    app.add_option("--arrays", tool.arrays, "Angles and forget gates as 'phases --arrays' writes: FILE[:layer[:head]]")
        ->type_name("FILE")
        ->excludes(rotations)
        ->group(group);
    app.add_option("--decay", tool.decay, "a=A per token or alpha=ALPHA per length; one, or one for each rotation")
        ->type_name("LIST")
        ->group(group);
    app.add_option("--tone", tool.tones, "Tones to hear (rad/token; default: the middle rotation's frequency)")
        ->type_name("LIST")
        ->group(group);
    app.add_option("--band", tool.band, "Tones of maps and spectra (rad/token; default 0:pi)")
        ->type_name("LOW:HIGH")
        ->group(group);
    app.add_option("--signal", tool.signal, "FILE.csv, tone:W, two:W1:W2[:DB], chirp:W1:W2 or step[:W]")
        ->type_name("SIGNAL")
        ->group(group);
    app.add_flag("--sweep", command.sweep, "What decay buys: figures against alpha")->group(group);
    app.add_option("--sweep-range", tool.sweep, "The sweep's alphas (default 0:10:81)")
        ->type_name("MIN:MAX[:COUNT]")
        ->group(group);
}

}  // namespace

void add_leakage(CLI::App& program) {
    auto command = std::make_shared<LeakageCommand>();
    CLI::App* app = program.add_subcommand("leakage", "What rotations hear under windows and decays: spectral leakage");
    add_window_options(*app, *command);
    CLI::Option* length = add_whole_number(*app, "--length", command->length, "Tokens T (default 256 with --signal)");
    add_response_options(*app, *command);
    add_common_options(*app, command->common, true);
    app->callback([command, length] { command->run(length->count() > 0); });
}

}  // namespace rotoscope::apps
