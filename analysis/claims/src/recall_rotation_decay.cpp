#include "associative_memory.hpp"
#include "claim_figures.hpp"
#include "claim_rows.hpp"
#include "recall_checkpoint.hpp"
#include "significance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"d", "dimension of the keys, even", ClaimInput::Kind::whole, 32, 64, 4, 1024},
    {"pairs", "the largest number of stored pairs; the smaller ones are 1/2, 1/4 and 1/8 of it",
     ClaimInput::Kind::whole, 128, 256, 16, 8192},
    {"decay", "decay a of a token", ClaimInput::Kind::real, 0.96, 0.96, 0.1, 0.9999},
    {"base", "base of the rotation's frequencies", ClaimInput::Kind::real, 1e4, 1e4, 1, 1e9},
    {"trials", "memories drawn", ClaimInput::Kind::whole, 2000, 16000, 100, 1e6},
    {"checkpoint", "model whose layer 0 gives measured decays and rotations; none: left out", ClaimInput::Kind::text, 0,
     0, 0, 0, "data/checkpoints/mqar-srope"},
    {"tokens", "length of the sequence fed to it", ClaimInput::Kind::whole, 128, 512, 8, 65536},
};

constexpr std::array variants{"none", "decay", "rotation", "both"};

MemoryResponse make_memory(const ClaimRun& run, std::size_t variant, std::size_t lags) {
    const std::size_t d = run.inputs.whole("d") / 2 * 2;
    const std::vector<double> gates(d / 2, variant % 2 == 1 ? run.inputs.real("decay") : 1.0);
    std::vector<double> frequencies(d / 2, 0.0);
    if (variant >= 2) frequencies = rope_frequencies(run.inputs.real("base"), d);
    return constant_memory(lags, gates, frequencies);
}

/// Closed forms that do not use the library's window: (1/P) Σ a^l cos(w_n l) and (1/d) Σ_{l'≠l} a^{2l'}.
struct ClosedForm {
    double signal = 0.0, noise = 0.0;
};

ClosedForm closed_form(const ClaimRun& run, std::size_t variant, std::size_t lags, std::size_t lag, double shift) {
    const std::size_t d = run.inputs.whole("d") / 2 * 2;
    const double a = variant % 2 == 1 ? run.inputs.real("decay") : 1.0;
    ClosedForm form;
    for (std::size_t n = 0; n < d / 2; ++n)
        form.signal +=
            (variant >= 2
                 ? std::cos(static_cast<double>(lag) *
                            std::pow(run.inputs.real("base"), -2.0 * static_cast<double>(n) / static_cast<double>(d)))
                 : 1.0) /
            static_cast<double>(d / 2);
    form.signal *= std::pow(a, static_cast<double>(lag) + shift);
    for (std::size_t l = 0; l < lags; ++l)
        if (l != lag) form.noise += std::pow(a, 2.0 * (static_cast<double>(l) + shift)) / static_cast<double>(d);
    return form;
}

/// Largest deviations of the samples from the closed form, in units of what chance allows.
struct Deviations {
    double signal = 0.0, noise = 0.0, shifted = 0.0, orthogonal = 0.0;
};

struct Grid {
    std::array<std::size_t, 4> counts;
    static constexpr std::size_t lags_each = 3;
    [[nodiscard]] static std::array<std::size_t, lags_each> lags(std::size_t count) {
        return {0, count / 2, count - 1};
    }
    [[nodiscard]] static double tests() { return 4.0 * 4.0 * lags_each * 3.0 + 16.0; }
};

Grid make_grid(const ClaimRun& run) {
    const std::size_t most = run.inputs.whole("pairs");
    return {{most / 8, most / 4, most / 2, most}};
}

Table recall_table() {
    return {"recall",
            "Recall of a stored value, random keys",
            {{"variant", "", "What the memory does between storing and reading"},
             {"pairs", "", "Stored pairs"},
             {"distance", "tokens", "Age of the pair asked for"},
             {"signal", "", "Mean coefficient of the right value"},
             {"noise", "", "Mean power of the others"},
             {"snr", "dB", "10 log10 of signal² over noise, measured"},
             {"predicted", "dB", "The same in closed form"}}};
}

double decibels(double power) { return 10.0 * std::log10(power); }

Deviations compare(const ClaimRun& run, Draws& draws, Table& table) {
    Deviations largest;
    const Grid grid = make_grid(run);
    const std::size_t trials = run.inputs.whole("trials");
    const double share = run.false_alarm / Grid::tests();
    const double z = skewed_quantile(share, 4.0 / std::sqrt(static_cast<double>(trials)));
    const double z_square = skewed_quantile(share, 8.0 / std::sqrt(static_cast<double>(trials)));
    const auto enlarge = [](double& value, double measured, double predicted, double allowed) {
        value = std::max(value, std::abs(measured - predicted) / allowed);
    };
    for (std::size_t variant = 0; variant < variants.size(); ++variant)
        for (const std::size_t count : grid.counts) {
            const MemoryResponse memory = make_memory(run, variant, count);
            for (const std::size_t lag : Grid::lags(count)) {
                const RecallSample sample = sample_recall(memory, Keys::random, lag, trials, draws);
                const ClosedForm form = closed_form(run, variant, count, lag, 0.0);
                const double rounding = 1e-12;
                enlarge(largest.signal, sample.signal.mean(), form.signal,
                        z * sample.signal.standard_error() + rounding);
                enlarge(largest.noise, sample.noise.mean(), form.noise,
                        z_square * sample.noise.standard_error() + rounding);
                const ClosedForm late = closed_form(run, variant, count, lag, 1.0);
                enlarge(largest.shifted, sample.noise.mean(), late.noise,
                        z_square * sample.noise.standard_error() + rounding);
                table.add_row({std::string(variants[variant]), integer_cell(count), integer_cell(lag),
                               sample.signal.mean(), sample.noise.mean(),
                               decibels(std::pow(sample.signal.mean(), 2) / sample.noise.mean()),
                               decibels(form.signal * form.signal / form.noise)});
            }
        }
    const MemoryResponse memory = make_memory(run, 0, std::min(grid.counts[0], run.inputs.whole("d")));
    largest.orthogonal = sample_recall(memory, Keys::orthogonal, 0, 16, draws).noise.maximum();
    return largest;
}

/// Two values under one key, the stale one `age` tokens old, the other new: power of the new over the stale
/// coefficient.
struct StaleRatio {
    double ratio = 0.0;
    double log_error = 0.0;  ///< standard error of its natural logarithm
};

std::array<StaleRatio, 4> stale_ratios(const ClaimRun& run, std::size_t age, Draws& draws) {
    std::array<StaleRatio, 4> ratios{};
    for (std::size_t variant = 0; variant < variants.size(); ++variant) {
        const MemoryResponse memory = make_memory(run, variant, age + 1);
        const RecallSample sample = sample_recall(memory, Keys::repeated, 0, run.inputs.whole("trials") / 4, draws);
        ratios[variant] = {std::pow(sample.signal.mean() / sample.oldest.mean(), 2),
                           2.0 * std::hypot(sample.signal.standard_error() / sample.signal.mean(),
                                            sample.oldest.standard_error() / sample.oldest.mean())};
    }
    return ratios;
}

std::vector<double> snr_curve(const std::vector<MemoryResponse>& memories, std::size_t variant) {
    const std::size_t lags = memories.front().lags();
    std::vector<double> curve(lags);
    for (MemoryResponse memory : memories) {
        for (auto& row : memory.decay)
            if (variant % 2 == 0) std::ranges::fill(row, 1.0);
        for (auto& row : memory.angle)
            if (variant < 2) std::ranges::fill(row, 0.0);
        for (std::size_t lag = 0; lag < lags; ++lag)
            curve[lag] += expected_snr(memory, lag) / static_cast<double>(memories.size());
    }
    for (double& value : curve) value = decibels(value);
    return curve;
}

Panel snr_panel(const std::string& title, const std::vector<MemoryResponse>& memories, bool legend) {
    constexpr std::array<Color, 4> colors{0, 5, 6, 3};
    constexpr std::array dashes{Dash::dashed, Dash::solid, Dash::dash_dot, Dash::dotted};
    Panel panel;
    panel.title = title;
    panel.x = linear_axis("distance (tokens)");
    panel.y = linear_axis("signal to noise (dB)");
    panel.y.minimum = -60.0;
    panel.y.maximum = 20.0;
    panel.legend = legend ? Legend::bottom_left : Legend::none;
    std::vector<double> x;
    for (std::size_t lag = 0; lag < memories.front().lags(); ++lag) x.push_back(static_cast<double>(lag));
    for (std::size_t variant = 0; variant < variants.size(); ++variant) {
        std::vector<double> y = snr_curve(memories, variant);
        for (double& value : y) value = std::max(value, -80.0);
        panel.marks.emplace_back(make_curve(legend ? variants[variant] : "", x, y, colors[variant], dashes[variant]));
    }
    return panel;
}

/// The checkpoint's memories, where it is there or was asked for.
MeasuredMemories find_memories(const ClaimRun& run, std::vector<std::string>& notes) {
    const std::string& path = run.inputs.text("checkpoint");
    std::error_code ignored;
    if (path == "none") return {};
    if (!run.inputs.changed("checkpoint") && !std::filesystem::exists(path, ignored)) {
        notes.push_back(fmt::format("{} is not here: measured decays and rotations are left out", path));
        return {};
    }
    return measure_memories(path, run.inputs.whole("tokens"), run.seed, run.pool);
}

Table checkpoint_table(const std::vector<MemoryResponse>& heads) {
    Table table("recall_checkpoint", "Recall with the measured decays and rotations of layer 0, mean over the heads",
                {{"distance", "tokens", "Age of the pair asked for"},
                 {"none", "dB", "Signal to noise without decay or rotation"},
                 {"decay", "dB", "With the measured gates"},
                 {"rotation", "dB", "With the measured angles"},
                 {"both", "dB", "With both"}});
    std::array<std::vector<double>, 4> curves;
    for (std::size_t variant = 0; variant < 4; ++variant) curves[variant] = snr_curve(heads, variant);
    for (std::size_t lag = 0; lag < heads.front().lags(); ++lag)
        table.add_row({integer_cell(lag), curves[0][lag], curves[1][lag], curves[2][lag], curves[3][lag]});
    return table;
}

ClaimOutcome run(const ClaimRun& run) {
    ClaimOutcome outcome;
    Draws draws(run.seed);
    outcome.tables.push_back(recall_table());
    const Deviations largest = compare(run, draws, outcome.tables.back());
    const std::array<double, 3> ages{8, 16, 32};
    const double z = skewed_quantile(run.false_alarm / Grid::tests(), 0.2);
    double advantage = 1e300, none = 0.0, product = 0.0;
    for (const double age : ages) {
        const auto ratios = stale_ratios(run, static_cast<std::size_t>(age), draws);
        advantage = std::min(advantage, ratios[3].ratio / std::max(ratios[1].ratio, ratios[2].ratio));
        none = std::max(none, ratios[0].ratio);
        const double predicted = 1.0 / std::pow(closed_form(run, 3, 33, static_cast<std::size_t>(age), 0.0).signal, 2);
        product = std::max(product, std::abs(std::log(ratios[3].ratio / predicted)) / (z * ratios[3].log_error));
    }
    const std::string chance = "1 is what chance allows: a multiple of the standard error for 160 comparisons";
    const double u = unit_roundoff * static_cast<double>(run.inputs.whole("d"));
    outcome.checks = {
        {Role::statement, "random keys: signal off its closed form, over what chance allows", Relation::at_most,
         largest.signal, 1.0, 0.0, "(1/P) Σ a^l cos(w_n l); " + chance},
        {Role::statement, "random keys: noise off its closed form, over what chance allows", Relation::at_most,
         largest.noise, 1.0, 0.0, "(1/d) Σ a^{2l} of the other pairs; " + chance},
        {Role::statement, "orthogonal keys, no rotation: noise", Relation::equal, largest.orthogonal, 0.0,
         std::pow(16.0 * u, 2) * static_cast<double>(run.inputs.whole("pairs")),
         "orthogonal to 16du: its square for each pair"},
        {Role::statement, "overwritten key: new over stale value with both, over the better of the two alone",
         Relation::at_least, advantage, 1.0, 0.0, "decay and rotation each make the stale coefficient smaller"},
        {Role::statement, "overwritten key: that ratio off a^{−2L}/(mean cos w_n L)², over what chance allows",
         Relation::at_most, product, 1.0, 0.0, "the two factors multiply; " + chance},
        {Role::control, "noise with the decay of one token more, over what chance allows", Relation::at_most,
         largest.shifted, 1.0, 0.0, chance},
        {Role::control, "overwritten key without decay and rotation: new over stale value", Relation::at_least, none,
         2.0, 0.0, "3 dB; the memory cannot tell which is newer"},
    };
    const MeasuredMemories measured = find_memories(run, outcome.notes);
    outcome.inputs = measured.inputs;
    Figure figure;
    figure.name = "recall_rotation_decay";
    figure.caption = fmt::format(
        "Signal to noise of an associative memory against the age of the pair, random keys of d = {}, {} pairs: decay "
        "a = {}, RoPE's rotation, neither, both.",
        run.inputs.whole("d"), run.inputs.whole("pairs"), run.inputs.real("decay"));
    std::vector<Panel> panels;
    std::vector<MemoryResponse> synthetic{make_memory(run, 3, run.inputs.whole("pairs"))};
    panels.push_back(snr_panel("Constant decay and RoPE", synthetic, true));
    if (!measured.heads.empty()) {
        panels.push_back(snr_panel("Measured, layer 0", measured.heads, false));
        outcome.tables.push_back(checkpoint_table(measured.heads));
        figure.caption += " Right: the gates and angles that a trained model has, mean over its heads.";
    }
    figure.columns = panels.size();
    figure.height = 0.45;
    figure.panels = panels;
    outcome.figures = {figure};
    outcome.notes.emplace_back(
        "for distinct keys rotation only costs signal and decay favours recent pairs; what needs both is telling a new "
        "value from a stale one under the same key, at short and at long distance. A trained model's keys need not be "
        "random: the experiment says nothing of what training finds");
    return outcome;
}

}  // namespace

Claim recall_rotation_decay() {
    return {"recall.rotation_decay",
            "recall task",
            "Decay and rotation each, and together as a product, separate a new value from a stale one under its key",
            "",
            Verdict::holds,
            "the stale coefficient is a^L (1/P) Σ cos(w_n L); the noise of random keys does not depend on rotation",
            true,
            inputs,
            run,
            "recall_rotation_decay"};
}

}  // namespace rotoscope
