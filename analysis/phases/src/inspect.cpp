#include "rotoscope/phases/inspect.hpp"

#include "inspect_statistics.hpp"
#include "rope_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <regex>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/model.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

// std::regex backtracks with one stack frame a character: longer names are matched by their beginning.
constexpr std::size_t longest_matched_name = 1000;
constexpr std::size_t longest_expression = 1000;
constexpr std::size_t terminal_rows = 40;
constexpr std::size_t notes_of_unrecognised = 5;

std::regex compile(const std::string& expression) {
    if (expression.size() > longest_expression)
        throw usage_error(
            fmt::format("--match: {} characters; expected at most {}", expression.size(), longest_expression));
    try {
        return std::regex(expression, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error&) {
        throw usage_error(fmt::format("--match: {} is not a regular expression (ECMAScript)", quote(expression)));
    }
}

bool contains_match(const std::string& name, const std::regex& expression) {
    try {
        const auto end = name.begin() + static_cast<std::ptrdiff_t>(std::min(name.size(), longest_matched_name));
        return std::regex_search(name.begin(), end, expression);
    } catch (const std::regex_error&) {
        throw usage_error("--match: the expression takes too many steps; expected a simpler one");
    }
}

std::vector<const TensorInfo*> select(const Checkpoint& checkpoint, const InspectOptions& options) {
    std::vector<const TensorInfo*> selected;
    const std::regex expression = compile(options.match);
    for (const TensorInfo& tensor : checkpoint.tensors()) {
        if (!options.match.empty()) throw_if_stopped();
        if (options.match.empty() || contains_match(tensor.name, expression)) selected.push_back(&tensor);
    }
    if (options.order == TensorOrder::bytes)
        std::ranges::stable_sort(selected, std::ranges::greater(),
                                 [](const TensorInfo* tensor) { return tensor->bytes; });
    return selected;
}

Table tensor_table(const Checkpoint& checkpoint, const std::vector<const TensorInfo*>& tensors) {
    Table table("tensors", "Tensors of the checkpoint.",
                {{"name", "", "name of the tensor"},
                 {"type", "", "element type as the file spells it"},
                 {"shape", "", "dimensions, outermost first"},
                 {"elements", "", "product of the dimensions"},
                 {"bytes", "B", "bytes of its values in the file"},
                 {"file", "", "file that holds it"}});
    for (const TensorInfo* tensor : tensors)
        table.add_row({tensor->name, tensor->type, format_shape(tensor->shape), integer_cell(tensor->elements),
                       integer_cell(tensor->bytes), checkpoint.file_of(*tensor).filename().string()});
    return table;
}

Table terminal_table(const std::vector<const TensorInfo*>& tensors) {
    Table table("tensors", "", {{"name", "", ""}, {"type", "", ""}, {"shape", "", ""}, {"size", "", ""}});
    for (std::size_t i = 0; i < std::min(tensors.size(), terminal_rows); ++i)
        table.add_row(
            {tensors[i]->name, tensors[i]->type, format_shape(tensors[i]->shape), format_bytes(tensors[i]->bytes)});
    return table;
}

void note_unrecognised(const Model& model, std::vector<std::string>& notes) {
    if (!model.recognised()) {
        notes.push_back(
            "architecture not recognised: config.json with a model_type that is known, a GGUF file's "
            "general.architecture that is, or a phase generator under 'weights.', is missing");
        return;
    }
    if (model.variant)
        for (const std::string& problem : model.variant->problems)
            notes.push_back(fmt::format("phase generator: {}; 'rotoscope phases' needs it", problem));
    if (model.unrecognised.empty()) return;
    std::string text = fmt::format("{} tensor{} not recognised:", format_count(model.unrecognised.size()),
                                   model.unrecognised.size() == 1 ? "" : "s");
    for (std::size_t i = 0; i < std::min(model.unrecognised.size(), notes_of_unrecognised); ++i)
        text += fmt::format("{} {}", i == 0 ? "" : ",", quote(model.unrecognised[i]));
    if (model.unrecognised.size() > notes_of_unrecognised) text += ", ...";
    notes.push_back(std::move(text));
}

/// The schedule of fixed RoPE as `phases` has it, or why it refuses the model.
void append_schedule(const Checkpoint& checkpoint, const Model& model, Result& result) {
    if (!has_fixed_rope(model)) return;
    try {
        result.summary.emplace_back("schedule", read_rope_model(checkpoint, model, std::nullopt).describe_schedules());
    } catch (const Error& error) {
        result.notes.push_back(fmt::format("RoPE schedule: {}; 'rotoscope phases' needs it", error.message()));
    }
}

}  // namespace

Result inspect_checkpoint(const InspectOptions& options, Context& context) {
    context.figures.check({});
    const Checkpoint checkpoint = Checkpoint::open(options.checkpoint, options.open);
    const Model model = recognise_model(checkpoint);
    const std::vector<const TensorInfo*> selected = select(checkpoint, options);

    Result result;
    result.tool = "inspect";
    result.options = {{"path", options.checkpoint.string()}};
    if (!options.match.empty()) result.options.emplace_back("match", options.match);
    result.options.emplace_back("sort", options.order == TensorOrder::name ? "name" : "bytes");
    if (options.statistics) result.options.emplace_back("stats", "true");
    if (options.open.raw_pairs_are_bf16) result.options.emplace_back("v2-bf16", "true");
    if (options.record_inputs) result.inputs = checkpoint.inputs(options.hash_inputs);

    const auto total = [](std::uint64_t sum, const TensorInfo& tensor) { return sum + tensor.bytes; };
    const std::uint64_t bytes =
        std::accumulate(checkpoint.tensors().begin(), checkpoint.tensors().end(), std::uint64_t{0}, total);
    result.summary.emplace_back("path", options.checkpoint.string());
    result.summary.emplace_back("format", fmt::format("{}; {} tensors, {}", checkpoint.format(),
                                                      format_count(checkpoint.tensors().size()), format_bytes(bytes)));
    append_model_summary(model, result.summary);

    result.notes = checkpoint.notes();
    append_schedule(checkpoint, model, result);
    note_unrecognised(model, result.notes);
    if (!options.match.empty())
        result.summary.emplace_back(
            "shown", fmt::format("{} tensors that match {}", format_count(selected.size()), quote(options.match)));
    if (selected.size() > terminal_rows)
        result.notes.push_back(fmt::format("the first {} of {} tensors are shown; --json or --out has them all",
                                           terminal_rows, format_count(selected.size())));
    result.tables.push_back(tensor_table(checkpoint, selected));
    if (options.statistics) append_statistics(checkpoint, selected, context, result);
    else if (!selected.empty()) result.terminal.push_back(terminal_table(selected));
    return result;
}

}  // namespace rotoscope
