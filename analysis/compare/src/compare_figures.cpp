#include "compare_figures.hpp"

#include "figure_parts.hpp"
#include "quantities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace rotoscope {
namespace {

// Up to this many tokens get a panel each.
constexpr std::uint64_t most_token_panels = 4;
constexpr std::size_t most_increment_layers = 4;

/// A kind's snapshots that will be on one axis, as far as the survey tells.
std::vector<const Snapshot*> plan_run(const std::vector<Snapshot>& snapshots, const CompareOptions& options,
                                      PhaseKind kind) {
    for (const SnapshotPair& pair : plan_pairs(snapshots, options.reference)) {
        const Snapshot& from = snapshots[pair.from];
        if (from.kind != kind || models_differ(from, snapshots[pair.to], options.phases) ||
            common_layers(from, snapshots[pair.to]).empty())
            continue;
        std::vector<const Snapshot*> run;
        for (const Snapshot& snapshot : snapshots)
            if (!models_differ(from, snapshot, options.phases)) run.push_back(&snapshot);
        return run;
    }
    return {};
}

bool is_linear(const Model& model) {
    return model.variant && model.variant->gate == PhaseGate::none && !model.variant->silu.value_or(true);
}

/// Layers whose increments get a figure.
std::vector<std::size_t> increment_layers(const Snapshot& snapshot) {
    const std::vector<std::size_t>& fed = snapshot.fed_layers;
    std::vector<std::size_t> chosen;
    for (const std::size_t i : evenly_spaced(fed.size(), most_increment_layers)) chosen.push_back(fed[i]);
    return chosen;
}

std::string increments_name(const Snapshot& snapshot, std::size_t layer) {
    return snapshot.model.bare_module ? "increments" : fmt::format("increments_layer{}", layer);
}

void plan_kind(const std::vector<Snapshot>& snapshots, const CompareOptions& options, PhaseKind kind,
               std::vector<std::string>& names) {
    const std::vector<const Snapshot*> run = plan_run(snapshots, options, kind);
    if (run.size() < 2) return;
    const Snapshot& first = *run.front();
    const bool layer_zero = !first.layers.empty() && first.layers.front() == 0;
    if (first.vocabulary.value_or(0) > 1 && layer_zero && is_linear(first.model)) {
        if (*first.vocabulary <= most_token_panels) names.emplace_back("token_angles");
        names.emplace_back("token_range");
    }
    for (const std::size_t layer : increment_layers(first)) names.push_back(increments_name(first, layer));
    names.push_back(fmt::format("{}trajectories", name_prefix(kind)));
    if (kind == PhaseKind::selective && first.fed_layers.empty()) return;
    names.push_back(fmt::format("{}distances", name_prefix(kind)));
    names.push_back(fmt::format("{}moved", name_prefix(kind)));
}

void draw_kind(const CompareAnalysis& analysis, const CompareOptions& options, PhaseKind kind,
               const std::set<std::string>& planned, std::vector<Figure>& figures) {
    DrawnRun run{analysis, kind, drawn_snapshots(analysis, kind, options.phases), rank_moved(analysis, kind)};
    if (run.snapshots.size() < 2) return;
    const auto add = [&](const std::string& name, Figure figure) {
        figure.name = name;
        figures.push_back(std::move(figure));
    };
    const std::string prefix(name_prefix(kind));
    const Snapshot& first = analysis.snapshots[run.snapshots.front()];
    if (kind == PhaseKind::selective && planned.contains("token_angles")) add("token_angles", token_angle_figure(run));
    if (kind == PhaseKind::selective && planned.contains("token_range")) add("token_range", token_range_figure(run));
    if (kind == PhaseKind::selective)
        for (const std::size_t layer : increment_layers(first))
            add(increments_name(first, layer), increment_figure(run, layer));
    add(prefix + "trajectories", trajectory_figure(run));
    if (run.ranked.empty()) return;
    add(prefix + "distances", distance_figure(run));
    add(prefix + "moved", moved_figure(run));
}

}  // namespace

std::vector<std::string> compare_figure_names(const std::vector<Snapshot>& snapshots, const CompareOptions& options) {
    std::vector<std::string> names;
    for (const PhaseKind kind : {PhaseKind::selective, PhaseKind::fixed}) plan_kind(snapshots, options, kind, names);
    return names;
}

std::vector<Figure> compare_figures(const CompareAnalysis& analysis, const CompareOptions& options) {
    std::set<std::string> planned;
    for (std::string& name : compare_figure_names(analysis.snapshots, options)) planned.insert(std::move(name));
    std::vector<Figure> figures;
    for (const PhaseKind kind : {PhaseKind::selective, PhaseKind::fixed})
        draw_kind(analysis, options, kind, planned, figures);
    return figures;
}

}  // namespace rotoscope
