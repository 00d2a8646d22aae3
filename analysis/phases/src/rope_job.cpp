#include "rope_job.hpp"

#include "selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <span>
#include <thread>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

// Bytes of weights that a thread takes at once: enough that mapping them costs little, few enough that waiting for the
// last share does, and that the shares of many threads can all be mapped.
constexpr std::uint64_t most_share_bytes = std::uint64_t{16} << 20;
constexpr std::uint64_t all_share_bytes = std::uint64_t{64} << 20;

void refuse_option(bool given, std::string_view option, const Model& model) {
    if (given)
        throw usage_error(
            fmt::format("{}: does not apply to {}, whose rotations do not depend on the input", option, model.family));
}

void check_options(const PhasesOptions& options, const Model& model) {
    refuse_option(options.tokens.has_value(), "--tokens", model);
    refuse_option(options.activations.has_value(), "--activations", model);
    refuse_option(options.arrays.has_value(), "--arrays", model);
    refuse_option(options.inputs != InputKind::automatic, "--inputs", model);
    refuse_option(!options.channels.empty(), "--channels", model);
    if (options.histogram && !(*options.histogram > 0.0 && std::isfinite(*options.histogram)))
        throw usage_error(
            fmt::format("--histogram: a range of {}; expected a positive number", format_shortest(*options.histogram)));
}

void plan_groups(RopeJob& job) {
    job.groups = group_heads(job.layers, job.heads, job.model.heads / job.model.key_heads);
    std::uint64_t head_bytes = 0;
    for (std::size_t i = 0; i < job.groups.size(); ++i) {
        const HeadGroup& group = job.groups[i];
        if (i == 0 || group.layer != job.groups[i - 1].layer) {
            throw_if_stopped();
            head_bytes =
                find_projections(*job.checkpoint, job.model, job.rope, group.layer).head_bytes(job.rope.head_dim);
        }
        job.bytes.push_back((1 + group.heads.size()) * head_bytes);
    }
}

/// Where each thread's share of groups begin … end − 1 begins, then `end`. The groups of one share follow each other in
/// one layer.
std::vector<std::size_t> cut_groups(const RopeJob& job, std::size_t begin, std::size_t end, unsigned threads) {
    const std::uint64_t share_bytes = std::min(most_share_bytes, all_share_bytes / threads);
    std::vector<std::size_t> starts;
    std::uint64_t bytes = 0;
    for (std::size_t i = begin; i < end; ++i) {
        const bool follows = i > begin && job.groups[i].layer == job.groups[i - 1].layer &&
                             job.groups[i].heads.front() == job.groups[i - 1].heads.back() + 1;
        if (!follows || bytes + job.bytes[i] > share_bytes) {
            starts.push_back(i);
            bytes = 0;
        }
        bytes += job.bytes[i];
    }
    starts.push_back(end);
    return starts;
}

/// What the numbers do not show, by family.
void note_omissions(RopeJob& job) {
    const Architecture& architecture = job.architecture();
    const RopeTraits& traits = *architecture.rope;
    const auto has = [&](std::string_view name) {
        return !name.empty() && std::ranges::any_of(job.layers, [&](std::size_t layer) {
            return job.checkpoint->find(fill_layer(architecture.attention, layer) + std::string(name)) != nullptr;
        });
    };
    std::vector<std::string>& notes = job.rope.notes;
    if (has(traits.query_norm) || has(traits.key_norm))
        notes.emplace_back(
            "queries and keys are normalised head by head: only the gains of that norm are folded in, so scores have "
            "no absolute scale");
    if (traits.unit_heads)
        notes.emplace_back(
            "queries and keys are scaled to norm 1 head by head, which is left out: scores have no "
            "absolute scale");
    if (has(traits.convolution)) notes.emplace_back("the short convolutions of queries and keys are left out");
    if (architecture.forget_gate != ForgetGateKind::none)
        notes.emplace_back("the forget gates' decay is left out of the scores");
    if (traits.score_cap) notes.emplace_back("scores are before the soft cap");
    if (!traits.input_norm_bias.empty())
        notes.emplace_back("the input norm's offset is folded into the biases; that it subtracts the mean is left out");
}

}  // namespace

std::string RopeJob::position() const {
    return fmt::format("{} pairs; RoPE {}; context {} tokens", layout_name(model.layout), rope.describe_schedules(),
                       format_count(rope.context));
}

std::string RopeJob::figure_note() const { return fmt::format("{}: {}; {}", name, model.family, position()); }

RopeJob prepare_rope_job(const PhasesOptions& options, const Checkpoint& checkpoint, Model model) {
    check_options(options, model);
    RopeJob job;
    job.checkpoint = &checkpoint;
    job.name = checkpoint_name(options.checkpoint);
    job.model = std::move(model);
    job.rope = read_rope_model(checkpoint, job.model, options.context);
    // Numbers of heads that the tensors do not bear out are refused before anything is as long as they say.
    static_cast<void>(find_projections(checkpoint, job.model, job.rope, 0));
    job.layers = select_available(options.layers, first_numbers(job.model.layers), "--layers", "layer");
    job.heads = select_available(options.heads, first_numbers(job.model.heads), "--heads", "head");
    job.histogram_limit = options.histogram;
    try {
        check_size(job);
    } catch (Error& error) {
        throw error.in_file(checkpoint.path().string());
    }
    plan_groups(job);
    note_omissions(job);
    return job;
}

std::vector<GroupSums> run_groups(const RopeJob& job, std::size_t begin, std::size_t end, Context& context) {
    const std::vector<std::size_t> starts = cut_groups(job, begin, end, context.pool.threads());
    std::vector<GroupSums> sums(end - begin);
    context.progress.begin("heads", end - begin);
    const auto reporting = std::this_thread::get_id();
    std::atomic<std::size_t> done = 0;
    context.pool.for_chunks(starts.size() - 1, 1, [&](std::size_t k, std::size_t) {
        const std::span<const HeadGroup> groups = std::span(job.groups).subspan(starts[k], starts[k + 1] - starts[k]);
        const LayerProjections layer = find_projections(*job.checkpoint, job.model, job.rope, groups.front().layer);
        std::ranges::move(sum_groups(*job.checkpoint, job.rope, job.model.layout, layer, groups, job.histogram_limit),
                          sums.begin() + static_cast<std::ptrdiff_t>(starts[k] - begin));
        done += groups.size();
        if (std::this_thread::get_id() == reporting) context.progress.advance(done.exchange(0));
    });
    context.progress.end();
    return sums;
}

}  // namespace rotoscope
