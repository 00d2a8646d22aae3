#include "rotoscope/phases/phases.hpp"

#include "histogram_table.hpp"
#include "phases_figures.hpp"
#include "phases_run.hpp"
#include "phases_tables.hpp"
#include "rope_result.hpp"

#include <fmt/format.h>

#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/measurements.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t terminal_contrasts = 8;

void add_tables(const PhasesAnalysis& analysis, Result& result) {
    result.tables.push_back(channel_table(analysis));
    result.tables.push_back(head_table(analysis));
    result.terminal.push_back(terminal_head_table(analysis, result.tables.back()));
    if (const std::size_t histograms = count_histograms(analysis); histograms > most_histograms)
        result.notes.push_back(fmt::format(
            "no table of histograms: {} channels, listed are up to {}; --layers, --heads, --channels select",
            format_count(histograms), format_count(most_histograms)));
    else if (histograms > 0) result.tables.push_back(histogram_table(analysis));
    if (!analysis.vocabulary) return;
    result.tables.push_back(vocabulary_table(analysis));
    if (!analysis.vocabulary->listed()) {
        result.notes.push_back(
            fmt::format("a vocabulary of {} entries is summarised in the table vocabulary; tokens are listed up to {}",
                        format_count(analysis.vocabulary->vocabulary), most_listed_tokens));
        return;
    }
    result.tables.push_back(token_table(analysis));
    if (analysis.find_layer(0)->linear) result.terminal.push_back(contrast_table(analysis, terminal_contrasts));
    else
        result.notes.emplace_back(
            "SiLU or a gate: the angle a token adds depends on its neighbours, so total_angle is missing");
}

}  // namespace

Result analyse_phases(const PhasesOptions& options, Context& context) {
    const Checkpoint checkpoint = Checkpoint::open(options.checkpoint, options.open);
    Model model = recognise_model(checkpoint);
    if (has_fixed_rope(model)) return analyse_rope(options, checkpoint, std::move(model), context);

    Result result;
    result.tool = "phases";
    result.options = {{"path", options.checkpoint.string()}};
    append_measurement_options(options, result.options);
    result.seed = options.seed;
    PhasesAnalysis analysis = run_phases(options, checkpoint, std::move(model), result, context);
    result.summary.emplace_back("path", options.checkpoint.string());
    append_model_summary(analysis.model, result.summary);
    result.summary.emplace_back("inputs", analysis.inputs);
    add_tables(analysis, result);
    result.notes.insert(result.notes.end(), analysis.late_notes.begin(), analysis.late_notes.end());
    result.figures = phases_figures(analysis);
    return result;
}

}  // namespace rotoscope
