#include "rope_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

std::vector<std::pair<std::string, std::string>> describe_options(const PhasesOptions& options) {
    std::vector<std::pair<std::string, std::string>> described{{"path", options.checkpoint.string()}};
    if (!options.layers.empty()) described.emplace_back("layers", format_ranges(options.layers));
    if (!options.heads.empty()) described.emplace_back("heads", format_ranges(options.heads));
    if (options.context) described.emplace_back("context", std::to_string(*options.context));
    if (options.histogram) described.emplace_back("histogram", format_shortest(*options.histogram));
    return described;
}

bool is_finite(const RopeHead& head) {
    return std::isfinite(head.sums.unrotated) && std::ranges::all_of(head.sums.pairs, [](const PairSums& pair) {
               return std::isfinite(pair.query_energy) && std::isfinite(pair.key_energy);
           });
}

void note_non_finite(const RopeAnalysis& analysis, std::vector<std::string>& notes) {
    std::size_t count = 0;
    const RopeHead* first = nullptr;
    for (const RopeHead& head : analysis.heads) {
        if (is_finite(head)) continue;
        if (count++ == 0) first = &head;
    }
    if (first != nullptr)
        notes.push_back(
            fmt::format("weights that are not finite (or overflow) in {} head{}, first in layer {}, head {}",
                        format_count(count), count == 1 ? "" : "s", first->layer, first->head));
}

void add_summary(const RopeAnalysis& analysis, Result& result) {
    const RopeJob& job = analysis.job;
    result.summary.emplace_back("model", job.model.family);
    result.summary.emplace_back("sizes", describe_sizes(job.model));
    result.summary.emplace_back("position", fmt::format("RoPE; {} pairs", layout_name(job.model.layout)));
    result.summary.emplace_back("schedule", job.rope.describe_schedules());
    std::string context = fmt::format("{} tokens", format_count(job.rope.context));
    for (const LayerSchedule& schedule : job.rope.schedules) {
        const auto& w = schedule.frequencies;
        const auto slow = std::ranges::count_if(
            w, [&](double each) { return never_completes(each, static_cast<double>(job.rope.context)); });
        context += fmt::format("; {}{} of {} frequencies never complete a cycle",
                               schedule.name.empty() ? "" : schedule.name + ": ", slow, w.size());
    }
    result.summary.emplace_back("context", context);
}

}  // namespace

std::vector<std::string> rope_notes(std::vector<std::string> of_checkpoint, const RopeAnalysis& analysis) {
    std::vector<std::string> notes = std::move(of_checkpoint);
    notes.insert(notes.end(), analysis.job.rope.notes.begin(), analysis.job.rope.notes.end());
    note_non_finite(analysis, notes);
    return notes;
}

std::vector<std::complex<double>> RopeHead::couplings() const {
    std::vector<std::complex<double>> couplings;
    couplings.reserve(sums.pairs.size());
    for (const PairSums& pair : sums.pairs) couplings.push_back(pair.coupling);
    return couplings;
}

std::vector<double> RopeAnalysis::scores(const RopeHead& head, const ScoreCurve& curve) const {
    return curve.scores(head.couplings(), head.sums.unrotated, job.rope.schedule(head.layer).score_scale);
}

RopeAnalysis assemble(RopeJob job, std::vector<GroupSums> sums) {
    RopeAnalysis analysis{std::move(job), {}, {}};
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const HeadGroup& group = analysis.job.groups[i];
        for (std::size_t h = 0; h < group.heads.size(); ++h) {
            RopeHead head{group.layer, group.heads[h], group.key_head, std::move(sums[i].heads[h]), {}};
            head.spectrum = summarise_spectrum(head.couplings(), analysis.frequencies(head.layer),
                                               static_cast<double>(analysis.job.rope.context));
            analysis.heads.push_back(std::move(head));
        }
        if (!analysis.job.histogram_limit) continue;
        if (i == 0 || group.layer != analysis.job.groups[i - 1].layer)
            analysis.histograms.push_back({*sums[i].query_histogram, *sums[i].key_histogram});
        else {
            analysis.histograms.back().query.add(*sums[i].query_histogram);
            analysis.histograms.back().key.add(*sums[i].key_histogram);
        }
    }
    return analysis;
}

bool has_fixed_rope(const Model& model) {
    return model.generator_layers.empty() && model.position == PositionEmbedding::rope &&
           model.architecture->rope != nullptr;
}

RopeProvenance rope_provenance(const PhasesOptions& options, const Checkpoint& checkpoint) {
    return {options.checkpoint.string(),
            describe_options(options),
            options.seed,
            options.hash_inputs,
            checkpoint.inputs(options.hash_inputs),
            checkpoint.notes()};
}

Result rope_result(RopeProvenance provenance, RopeJob job, std::vector<GroupSums> sums, ThreadPool& pool) {
    const RopeAnalysis analysis = assemble(std::move(job), std::move(sums));
    Result result;
    result.tool = "phases";
    result.options = std::move(provenance.options);
    result.seed = provenance.seed;
    result.inputs = std::move(provenance.inputs);
    result.notes = rope_notes(std::move(provenance.notes), analysis);
    result.summary.emplace_back("path", provenance.path);
    add_summary(analysis, result);
    add_rope_tables(analysis, pool, result);
    result.figures = rope_figures(analysis);
    return result;
}

Result analyse_rope(const PhasesOptions& options, const Checkpoint& checkpoint, Model model, Context& context) {
    RopeJob job = prepare_rope_job(options, checkpoint, std::move(model));
    context.figures.check(rope_figure_names(job));
    RopeProvenance provenance = rope_provenance(options, checkpoint);
    std::vector<GroupSums> sums = run_groups(job, 0, job.groups.size(), context);
    return rope_result(std::move(provenance), std::move(job), std::move(sums), context.pool);
}

}  // namespace rotoscope
