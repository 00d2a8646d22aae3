#include "snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/inputs.hpp"
#include "rotoscope/phases/measurements.hpp"
#include "rotoscope/phases/model_summary.hpp"

namespace rotoscope {
namespace {

/// Where the checkpoint's own configuration says how long it was trained.
constexpr std::string_view step_key = "/trained_steps";

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view word) {
    const std::size_t found = text.rfind(word);
    if (found == std::string_view::npos) return std::nullopt;
    text.remove_prefix(found + word.size());
    text.remove_prefix(std::min(text.find_first_not_of("-_= "), text.size()));
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::string parent_name(const std::filesystem::path& path) {
    return checkpoint_name(std::filesystem::absolute(path).lexically_normal().parent_path());
}

/// Names alone where they tell the checkpoints apart, else with the folder that each is in.
void label_snapshots(std::vector<Snapshot>& snapshots) {
    std::vector<std::string> names;
    for (Snapshot& snapshot : snapshots) names.push_back(snapshot.label = checkpoint_name(snapshot.path));
    std::ranges::sort(names);
    if (std::ranges::adjacent_find(names) == names.end()) return;
    for (Snapshot& snapshot : snapshots)
        if (std::ranges::count(names, snapshot.label) > 1 && !std::filesystem::is_directory(snapshot.path))
            snapshot.label = parent_name(snapshot.path) + "/" + snapshot.label;
}

std::vector<std::size_t> selected_layers(const PhasesOptions& options, const Model& model, PhaseKind kind) {
    std::vector<std::size_t> layers = model.generator_layers;
    if (kind == PhaseKind::fixed)
        for (std::size_t layer = 0; layer < model.layers; ++layer) layers.push_back(layer);
    if (kind == PhaseKind::none) layers.clear();
    if (!options.layers.empty())
        std::erase_if(layers,
                      [&](std::size_t l) { return std::ranges::find(options.layers, l) == options.layers.end(); });
    return layers;
}

std::vector<std::size_t> fed_layers(const PhasesOptions& options, const Snapshot& snapshot) {
    if (snapshot.kind != PhaseKind::selective || snapshot.layers.empty()) return {};
    const bool everywhere = options.inputs == InputKind::sphere || options.activations || !snapshot.vocabulary;
    if (everywhere) return snapshot.layers;
    return snapshot.layers.front() == 0 ? std::vector<std::size_t>{0} : std::vector<std::size_t>{};
}

/// What is known of a checkpoint before it is measured, and the step that its configuration tells.
std::optional<std::uint64_t> survey(const CompareOptions& options, Snapshot& snapshot, Result& result) {
    const Checkpoint checkpoint = Checkpoint::open(snapshot.path, options.phases.open);
    Model& model = snapshot.model = recognise_model(checkpoint);
    model.unrecognised.clear();
    if (has_phases(model)) snapshot.kind = model.generator_layers.empty() ? PhaseKind::fixed : PhaseKind::selective;
    snapshot.layers = selected_layers(options.phases, model, snapshot.kind);
    if (snapshot.kind == PhaseKind::selective) {
        if (const auto rows = EmbeddingRows::find(checkpoint, model)) snapshot.vocabulary = rows->vocabulary();
        if (model.architecture != nullptr) snapshot.forget = model.architecture->forget_gate;
    }
    snapshot.fed_layers = fed_layers(options.phases, snapshot);
    for (InputRecord& input : checkpoint.inputs(options.phases.hash_inputs)) result.inputs.push_back(std::move(input));
    const auto trained = checkpoint.config().integer(step_key);
    return trained && *trained >= 0 ? std::optional(static_cast<std::uint64_t>(*trained)) : std::nullopt;
}

std::optional<std::uint64_t> named_step(const Snapshot& snapshot) {
    const auto step = step_of_name(checkpoint_name(snapshot.path));
    return step || std::filesystem::is_directory(snapshot.path) ? step : step_of_name(parent_name(snapshot.path));
}

/// Steps from the names; for those that have none from the configurations, which alone do not make a run.
void find_steps(std::vector<Snapshot>& snapshots, const std::vector<std::optional<std::uint64_t>>& configured,
                Result& result) {
    std::vector<std::optional<std::uint64_t>> steps;
    for (const Snapshot& snapshot : snapshots) steps.push_back(named_step(snapshot));
    const auto known = [](const auto& step) { return step.has_value(); };
    if (std::ranges::none_of(steps, known)) return;
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (!steps[i]) steps[i] = configured[i];
    if (!std::ranges::all_of(steps, known)) {
        const auto missing = static_cast<std::size_t>(std::ranges::find_if_not(steps, known) - steps.begin());
        result.notes.push_back(
            fmt::format("{}: its step is not known, so the checkpoints are shown by number; "
                        "--steps gives them",
                        quote(snapshots[missing].label)));
    } else if (std::ranges::adjacent_find(steps, std::greater_equal()) != steps.end()) {
        result.notes.emplace_back("the steps of the checkpoints do not increase, so they are shown by number");
    } else {
        for (std::size_t i = 0; i < steps.size(); ++i) snapshots[i].step = steps[i];
    }
}

void check_steps(const CompareOptions& options) {
    if (options.steps.size() != options.checkpoints.size())
        throw usage_error(fmt::format("--steps: {} steps for {} checkpoints; expected one for each",
                                      format_count(options.steps.size()), format_count(options.checkpoints.size())));
    const auto fall = std::ranges::adjacent_find(options.steps, std::greater_equal());
    if (fall != options.steps.end())
        throw usage_error(fmt::format("--steps: {} after {}; expected steps that increase", fall[1], fall[0]));
}

std::string describe_generator(const Model& model) {
    return model.variant ? describe(*model.variant) : std::string("no generator");
}

}  // namespace

std::optional<std::uint64_t> step_of_name(std::string_view name) {
    std::string lower(name);
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto step = number_after(lower, "step");
    return step ? step : number_after(lower, "checkpoint");
}

std::vector<Snapshot> survey_checkpoints(const CompareOptions& options, Result& result) {
    if (options.checkpoints.size() < 2)
        throw usage_error(fmt::format("{} checkpoint{}; expected two or more", options.checkpoints.size(),
                                      options.checkpoints.size() == 1 ? "" : "s"));
    if (!options.steps.empty()) check_steps(options);
    std::vector<Snapshot> snapshots(options.checkpoints.size());
    std::vector<std::optional<std::uint64_t>> configured;
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
        throw_if_stopped();
        snapshots[i].path = options.checkpoints[i];
        configured.push_back(survey(options, snapshots[i], result));
    }
    label_snapshots(snapshots);
    if (options.steps.empty()) find_steps(snapshots, configured, result);
    for (std::size_t i = 0; i < options.steps.size(); ++i) snapshots[i].step = options.steps[i];
    return snapshots;
}

std::optional<std::string> models_differ(const Snapshot& from, const Snapshot& to, const PhasesOptions& options) {
    const Model& a = from.model;
    const Model& b = to.model;
    if (from.kind != to.kind || a.bare_module != b.bare_module)
        return fmt::format("{} against {}", a.bare_module ? "a bare phase generator" : position_name(a.position),
                           b.bare_module ? "a bare phase generator" : position_name(b.position));
    if (a.heads != b.heads || a.pairs != b.pairs)
        return fmt::format("{} heads of {} pairs against {} of {}", a.heads, a.pairs, b.heads, b.pairs);
    if (a.key_heads != b.key_heads) return fmt::format("{} key heads against {}", a.key_heads, b.key_heads);
    if (a.model_dim != b.model_dim) return fmt::format("model_dim {} against {}", a.model_dim, b.model_dim);
    if (from.kind == PhaseKind::fixed) return std::nullopt;
    if (describe_generator(a) != describe_generator(b))
        return fmt::format("{} against {}", describe_generator(a), describe_generator(b));
    if (from.forget != to.forget) return fmt::format("other forget gates: {} against {}", a.family, b.family);
    const bool drawn = !options.tokens && !options.activations && options.inputs != InputKind::sphere;
    if (drawn && from.vocabulary != to.vocabulary)
        return fmt::format("tokens drawn from {} entries against {}; --tokens or --inputs sphere feeds them the same",
                           format_count(from.vocabulary.value_or(0)), format_count(to.vocabulary.value_or(0)));
    return std::nullopt;
}

}  // namespace rotoscope
