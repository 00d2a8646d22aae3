#include "rotoscope/figures/paper_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include "rotoscope/claims/verify.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/shell.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/figures/distance_encoding.hpp"
#include "rotoscope/leakage/leakage.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {
namespace {

constexpr std::string_view shipped_checkpoint = "data/checkpoints/parity-srope";
constexpr std::size_t distance_tokens = 64;

/// A figure, with where it comes from: what a run of its own tool is, and the function that has it.
struct PaperFigure {
    std::string_view name;
    std::string_view printed;  ///< where
    std::string_view shows;
    std::string_view source;  ///< the command that draws it with all that belongs to it
    /// Puts the figure into the result. The context chooses no figures: those are the names of another tool.
    void (*draw)(const PaperFiguresOptions&, Context&, Result&);
};

/// The one of that name; `from` is left without it.
Figure take_figure(Result& from, std::string_view name) {
    const auto found = std::ranges::find(from.figures, name, &Figure::name);
    if (found == from.figures.end()) throw internal_error(fmt::format("{} draws no {}", from.tool, name));
    return std::move(*found);
}

/// The notes of the tool behind a figure, which are about that one of many: after its name.
void add_notes(const Result& from, std::string_view name, Result& result) {
    for (const std::string& note : from.notes) result.notes.push_back(fmt::format("{}: {}", name, note));
}

void draw_figure_1(const PaperFiguresOptions& options, Context&, Result& result) {
    const auto sequences = encode_distances(distance_tokens, options.seed);
    result.tables.push_back(distance_table(sequences));
    result.figures.push_back(distance_figure(sequences));
}

/// A claim has one figure.
void draw_claim(std::string_view claim, const PaperFiguresOptions& options, Context& context, Result& result) {
    VerifyOptions verify;
    verify.claims = {std::string(claim)};
    verify.seed = options.seed;
    Verification verification = verify_claims(verify, context);
    result.figures.push_back(std::move(verification.result.figures.at(0)));
    add_notes(verification.result, claim, result);
}

void draw_figure_2(const PaperFiguresOptions& options, Context& context, Result& result) {
    draw_claim("temperature.figure2", options, context, result);
}

void draw_table_3(const PaperFiguresOptions& options, Context& context, Result& result) {
    draw_claim("gate.spectra", options, context, result);
}

void draw_rope_decay(const PaperFiguresOptions& options, Context& context, Result& result) {
    draw_claim("rope.decay", options, context, result);
}

void draw_figure_3(const PaperFiguresOptions& options, Context& context, Result& result) {
    LeakageOptions leakage;
    leakage.signal = "tone:0.5";
    leakage.seed = options.seed;
    Result made = analyse_leakage(leakage, context);
    result.figures.push_back(take_figure(made, "finite_tone"));
    add_notes(made, "figure3", result);
}

/// The most telling figure that `phases` has for the model: what tokens do, else the learned frequencies or scores.
Figure take_learned_figure(Result& phases) {
    for (const std::string_view beginning : {"token_angles", "frequencies", "scores"})
        for (Figure& figure : phases.figures)
            if (figure.name.starts_with(beginning)) return std::move(figure);
    throw input_error("there is no learned-phase figure of this checkpoint; 'rotoscope phases' draws what there is");
}

void draw_learned_phases(const PaperFiguresOptions& options, Context& context, Result& result) {
    PhasesOptions phases;
    phases.checkpoint = options.checkpoint.value_or(shipped_checkpoint);
    phases.seed = options.seed;
    phases.hash_inputs = options.hash_inputs;
    Result made = analyse_phases(phases, context);
    result.figures.push_back(take_learned_figure(made));
    add_notes(made, "learned_phases", result);
    for (InputRecord& input : made.inputs) result.inputs.push_back(std::move(input));
}

constexpr std::array paper_figures{
    PaperFigure{"figure1", "Figure 1", "How decay and rotation encode distance", "rotoscope figures figure1",
                draw_figure_1},
    PaperFigure{"figure2", "Figure 2", "Temperatures of RoPE and of random features",
                "rotoscope verify --claim temperature.figure2", draw_figure_2},
    PaperFigure{"figure3", "Figure 3", "A finite tone in two windows", "rotoscope leakage --signal tone:0.5",
                draw_figure_3},
    PaperFigure{"table3", "Table 3", "Spectra of decay, rotation and both", "rotoscope verify --claim gate.spectra",
                draw_table_3},
    PaperFigure{"rope_decay", "RoFormer 3.4.3", "RoPE's bound against distance", "rotoscope verify --claim rope.decay",
                draw_rope_decay},
    PaperFigure{"learned_phases", "", "What a trained model has learned",
                "rotoscope phases data/checkpoints/parity-srope", draw_learned_phases},
};

/// The row's command, of the checkpoint and the seed that are used.
std::string source_of(const PaperFigure& figure, const PaperFiguresOptions& options) {
    std::string source(figure.source);
    if (figure.draw == draw_learned_phases && options.checkpoint)
        source = "rotoscope phases " + shell_word(options.checkpoint->string());
    if (options.seed != 0) source += fmt::format(" --seed {}", options.seed);
    return source;
}

bool chosen(const PaperFigure& figure, const FigureChoice& choice) {
    return !choice.names || std::ranges::find(*choice.names, figure.name) != choice.names->end();
}

/// Whether the figure's data are there. The sources' checkpoint may be missing, unless it is asked for.
bool available(const PaperFigure& figure, const PaperFiguresOptions& options, const FigureChoice& choice) {
    std::error_code ignored;
    if (figure.draw != draw_learned_phases || options.checkpoint ||
        std::filesystem::exists(shipped_checkpoint, ignored))
        return true;
    if (choice.names)
        throw input_error(fmt::format("{}: not here; expected --checkpoint PATH, or the sources' folder as the working "
                                      "folder",
                                      figure.name))
            .in_file(std::string(shipped_checkpoint));
    return false;
}

Table figures_table(std::string caption) {
    return {"figures",
            std::move(caption),
            {{"name", "", "Name of the figure and its files"},
             {"printed", "", "Where the paper has it, or RoFormer"},
             {"shows", "", "What it shows"},
             {"source", "", "The command that draws it with the tables behind it"}}};
}

/// For the terminal: without the commands.
Table short_table(const Table& table) {
    Table terminal("figures", table.caption(), {{"name", "", ""}, {"printed", "", ""}, {"shows", "", ""}});
    for (std::size_t row = 0; row < table.rows(); ++row)
        terminal.add_row({table.at(row, 0), table.at(row, 1), table.at(row, 2)});
    return terminal;
}

void add_row(const PaperFigure& figure, const PaperFiguresOptions& options, Table& table) {
    const Cell printed = figure.printed.empty() ? Cell{} : Cell{std::string(figure.printed)};
    table.add_row({std::string(figure.name), printed, std::string(figure.shows), source_of(figure, options)});
}

void draw(const PaperFigure& figure, const PaperFiguresOptions& options, Context& context, Result& result) {
    Context all{context.pool, context.progress};
    figure.draw(options, all, result);
    result.figures.back().name = figure.name;
}

}  // namespace

std::vector<std::string> paper_figure_names() {
    std::vector<std::string> names;
    for (const PaperFigure& figure : paper_figures) names.emplace_back(figure.name);
    return names;
}

Result draw_paper_figures(const PaperFiguresOptions& options, Context& context) {
    context.figures.check(paper_figure_names());
    std::vector<const PaperFigure*> wanted;
    Result result;
    result.tool = "figures";
    result.seed = options.seed;
    if (options.checkpoint) result.options.emplace_back("checkpoint", options.checkpoint->string());
    for (const PaperFigure& figure : paper_figures) {
        if (!chosen(figure, context.figures)) continue;
        if (available(figure, options, context.figures)) wanted.push_back(&figure);
        else
            result.notes.push_back(fmt::format("{} left out: {} is not here; --checkpoint PATH names a model",
                                               figure.name, shipped_checkpoint));
    }
    Table table = figures_table("drawn");
    for (const PaperFigure* figure : wanted) {
        draw(*figure, options, context, result);
        add_row(*figure, options, table);
    }
    result.terminal = {short_table(table)};
    result.tables.insert(result.tables.begin(), std::move(table));
    return result;
}

Result list_paper_figures() {
    Result result;
    result.tool = "figures";
    Table table = figures_table("what there is to draw");
    for (const PaperFigure& figure : paper_figures) add_row(figure, {}, table);
    result.terminal = {short_table(table)};
    result.tables = {std::move(table)};
    return result;
}

}  // namespace rotoscope
