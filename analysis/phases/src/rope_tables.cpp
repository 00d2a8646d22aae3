// Tables of a model with fixed RoPE.
#include "figure_parts.hpp"
#include "rope_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;
constexpr std::size_t most_rows = most_frequency_rows;
constexpr std::size_t listed_distances = 64;
constexpr std::size_t terminal_layers = 24;
constexpr std::size_t terminal_couplings = 8;

const Column layer_column{"layer", "", "layer, from 0"};
const Column head_column{"head", "", "query head, from 0"};

struct HeadFacts {
    std::vector<double> scores;  ///< K at the listed distances; empty where they are not listed
    double score_at_zero = 0.0;
    double best_score = 0.0;
    std::uint64_t best_distance = 0;
    std::size_t strongest = 0;
};

HeadFacts head_facts(const RopeAnalysis& analysis, const RopeHead& head, const ScoreCurve& curve) {
    HeadFacts facts;
    facts.scores = analysis.scores(head, curve);
    facts.score_at_zero = facts.best_score = facts.scores.front();
    for (std::size_t i = 1; i < facts.scores.size(); ++i)
        if (facts.scores[i] > facts.best_score) {
            facts.best_score = facts.scores[i];
            facts.best_distance = curve.distances()[i];
        }
    double largest = 0.0;
    for (std::size_t n = 0; n < head.sums.pairs.size(); ++n)
        if (const double size = std::abs(head.sums.pairs[n].coupling); size > largest) {
            largest = size;
            facts.strongest = n;
        }
    return facts;
}

/// One for each schedule.
std::vector<ScoreCurve> score_curves(const RopeAnalysis& analysis, std::size_t most) {
    std::vector<ScoreCurve> curves;
    for (const LayerSchedule& schedule : analysis.job.rope.schedules)
        curves.emplace_back(schedule.frequencies, spread_distances(analysis.job.rope.context, most));
    return curves;
}

Table head_table(const RopeAnalysis& analysis, const std::vector<HeadFacts>& facts) {
    Table table("heads", "Every head's spectrum of couplings, energies |c|² as weights, and its expected score K.",
                {layer_column,
                 head_column,
                 {"key_head", "", "key head that it shares with its group"},
                 {"coupling", "",
                  "sum of |c| over the frequencies: K cannot pass it times the scale, but for what is "
                  "not rotated"},
                 {"entropy", "nats", "of the energies"},
                 {"effective_frequencies", "", "exp(entropy): how many frequencies carry the head"},
                 {"mean_wavelength", "tokens", "mean of 2π/w, ruled by the longest"},
                 {"geometric_wavelength", "tokens", "exp of the mean of ln(2π/w)"},
                 {"uncompleted_energy", "", "share of frequencies that never complete a cycle within the context"},
                 {"strongest_pair", "", "pair with the largest |c|"},
                 {"unrotated", "", "inner product of the query and key rows that are not rotated"},
                 {"score_at_0", "", "K(0)"},
                 {"best_score", "", "largest K at the distances of the table scores"},
                 {"best_distance", "tokens", "where that is"}});
    for (std::size_t i = 0; i < analysis.heads.size(); ++i) {
        const RopeHead& head = analysis.heads[i];
        const SpectrumSummary& s = head.spectrum;
        table.add_row({integer_cell(head.layer), integer_cell(head.head), integer_cell(head.key_head), s.coupling,
                       s.entropy, s.effective_frequencies, s.mean_wavelength, s.geometric_wavelength,
                       s.uncompleted_energy, integer_cell(facts[i].strongest), head.sums.unrotated,
                       facts[i].score_at_zero, facts[i].best_score, integer_cell(facts[i].best_distance)});
    }
    return table;
}

/// Mean of value(i) over the heads i of the n-th layer.
template <class Value>
double layer_mean(const RopeAnalysis& analysis, std::size_t n, const Value& value) {
    double sum = 0.0;
    const std::size_t count = analysis.job.heads.size();
    for (std::size_t h = 0; h < count; ++h) sum += value(n * count + h);
    return sum / static_cast<double>(count);
}

/// Root mean square over heads and frequencies, of the n-th layer.
double layer_norm(const RopeAnalysis& analysis, std::size_t n, double PairSums::* energy) {
    double sum = 0.0;
    for (const RopeHead& head : analysis.layer_heads(n))
        for (const PairSums& pair : head.sums.pairs) sum += pair.*energy;
    return std::sqrt(sum / static_cast<double>(analysis.job.heads.size() * analysis.job.rope.pairs()));
}

Table layer_table(const RopeAnalysis& analysis, const std::vector<HeadFacts>& facts) {
    Table table("layers", "Every layer's heads in the mean.",
                {layer_column,
                 {"schedule", "", "the layer's RoPE schedule"},
                 {"query_norm", "", "root mean square of ‖u‖ over heads and frequencies"},
                 {"key_norm", "", "root mean square of ‖g‖ over heads and frequencies"},
                 {"coupling", "", "mean of the heads' sums of |c|"},
                 {"effective_frequencies", "", "mean over the heads"},
                 {"geometric_wavelength", "tokens", "mean over the heads"},
                 {"uncompleted_energy", "", "mean over the heads"},
                 {"score_at_0", "", "mean of K(0) over the heads"}});
    for (std::size_t n = 0; n < analysis.job.layers.size(); ++n) {
        const auto mean = [&](double SpectrumSummary::* member) {
            return layer_mean(analysis, n, [&](std::size_t i) { return analysis.heads[i].spectrum.*member; });
        };
        table.add_row({integer_cell(analysis.job.layers[n]),
                       analysis.job.rope.schedule(analysis.job.layers[n]).description,
                       layer_norm(analysis, n, &PairSums::query_energy), layer_norm(analysis, n, &PairSums::key_energy),
                       mean(&SpectrumSummary::coupling), mean(&SpectrumSummary::effective_frequencies),
                       mean(&SpectrumSummary::geometric_wavelength), mean(&SpectrumSummary::uncompleted_energy),
                       layer_mean(analysis, n, [&](std::size_t i) { return facts[i].score_at_zero; })});
    }
    return table;
}

Table score_table(const RopeAnalysis& analysis, const std::vector<HeadFacts>& facts,
                  const std::vector<ScoreCurve>& curves) {
    Table table("scores",
                "Expected score K of every head against distance, where query and key tokens carry the same hidden "
                "vector x with E[x xᵀ] = 1 after the input norm; for independent ones it is 0.",
                {layer_column,
                 head_column,
                 {"distance", "tokens", "query position less key position"},
                 {"score", "", "K, before the softmax"}});
    for (std::size_t k = 0; k < analysis.heads.size(); ++k) {
        const RopeHead& head = analysis.heads[k];
        const std::vector<std::uint64_t>& distances =
            curves[analysis.job.rope.schedule_of_layer[head.layer]].distances();
        for (std::size_t i = 0; i < distances.size(); ++i)
            table.add_row(
                {integer_cell(head.layer), integer_cell(head.head), integer_cell(distances[i]), facts[k].scores[i]});
    }
    return table;
}

Table histogram_table(const RopeAnalysis& analysis) {
    Table table("histograms", "Weights of queries and keys as stored, of the heads selected, by layer.",
                {layer_column,
                 {"weights", "", "query or key"},
                 {"low", "", "lower edge of the bin; missing: −infinity, or not a number where high is missing too"},
                 {"high", "", "upper edge of the bin, itself not in it; missing: infinity"},
                 {"count", "", "weights in the bin"}});
    for (std::size_t n = 0; n < analysis.histograms.size(); ++n) {
        const auto add = [&](std::string_view name, const WeightHistogram& histogram) {
            const Cell layer = integer_cell(analysis.job.layers[n]);
            const double width = 2.0 * histogram.limit() / static_cast<double>(WeightHistogram::bins);
            const auto edge = [&](std::size_t i) { return -histogram.limit() + static_cast<double>(i) * width; };
            for (std::size_t bin = 0; bin < histogram.counts().size(); ++bin)
                table.add_row({layer, std::string(name), bin == 0 ? Cell() : Cell(edge(bin - 1)),
                               bin > WeightHistogram::bins ? Cell() : Cell(edge(bin)),
                               integer_cell(histogram.counts()[bin])});
            table.add_row({layer, std::string(name), Cell(), Cell(), integer_cell(histogram.not_a_number())});
        };
        add("query", analysis.histograms[n].query);
        add("key", analysis.histograms[n].key);
    }
    return table;
}

Table terminal_layer_table(const RopeAnalysis& analysis, const Table& layers) {
    Table table("layers", "means over the heads; energy |c|² of the couplings c",
                {{"layer", "", ""},
                 {"|q|", "", ""},
                 {"|k|", "", ""},
                 {"Σ|c|", "", ""},
                 {"frequencies", "effective", ""},
                 {"wavelength", "tokens", ""},
                 {"no cycle", "energy", ""},
                 {"K(0)", "", ""}});
    std::vector<std::size_t> rows;
    for (std::size_t n = 0; n < analysis.job.layers.size(); ++n) rows.push_back(n);
    for (const std::size_t n : spread_over(rows, terminal_layers)) {
        std::vector<Cell> cells{layers.at(n, 0)};
        for (std::size_t column = 2; column < layers.columns().size(); ++column) cells.push_back(layers.at(n, column));
        table.add_row(std::move(cells));
    }
    return table;
}

Table terminal_coupling_table(const RopeAnalysis& analysis) {
    struct Strong {
        const RopeHead* head;
        std::size_t pair;
        double size;
    };
    std::vector<Strong> strong;
    for (const RopeHead& head : analysis.heads) {
        Strong best{&head, 0, -1.0};
        for (std::size_t n = 0; n < head.sums.pairs.size(); ++n)
            if (const double size = std::abs(head.sums.pairs[n].coupling); size > best.size) best = {&head, n, size};
        if (best.size > 0.0) strong.push_back(best);
    }
    std::ranges::stable_sort(strong, std::ranges::greater(), &Strong::size);
    Table table("couplings", "heads with the strongest couplings, each at its strongest frequency",
                {{"layer", "", ""},
                 {"head", "", ""},
                 {"pair", "", ""},
                 {"wavelength", "tokens", ""},
                 {"|c|", "", ""},
                 {"phase offset", "rad", ""},
                 {"as π", "", ""}});
    for (std::size_t i = 0; i < std::min(terminal_couplings, strong.size()); ++i) {
        const Strong& each = strong[i];
        const double phase = std::arg(each.head->sums.pairs[each.pair].coupling);
        table.add_row({integer_cell(each.head->layer), integer_cell(each.head->head), integer_cell(each.pair),
                       two_pi / analysis.frequencies(each.head->layer)[each.pair], each.size, phase,
                       fmt::format("{:+.2f} π", phase / std::numbers::pi)});
    }
    return table;
}

void leave_out(Result& result, std::string_view table, std::size_t rows) {
    result.notes.push_back(fmt::format("no table of {}: {} rows, listed are up to {}; --layers and --heads select",
                                       table, format_count(rows), format_count(most_rows)));
}

}  // namespace

Table frequency_table(const RopeAnalysis& analysis) {
    Table table("frequencies",
                "Every rotation frequency of every head: norms of its query and key rows u and g and their coupling "
                "c = sum of conj(g)·u, with the input norm's gain folded in.",
                {layer_column,
                 head_column,
                 {"pair", "", "pair n of the head, from 0"},
                 {"rotation_frequency", "rad/token", "w, by which the pair turns from one token to the next"},
                 {"wavelength", "tokens", "2π/w"},
                 {"cycles", "", "turns within the context; below 1 it never completes a cycle"},
                 {"query_norm", "", "‖u‖"},
                 {"key_norm", "", "‖g‖"},
                 {"coupling", "", "|c|, biases included"},
                 {"phase_offset", "rad",
                  "arg c, from −π to π: the distance at which the pair's score is largest is "
                  "−arg c/w"},
                 {"alignment", "", "|c|/(‖u‖·‖g‖)"}});
    const auto context = static_cast<double>(analysis.job.rope.context);
    for (const RopeHead& head : analysis.heads) {
        const std::vector<double>& w = analysis.frequencies(head.layer);
        for (std::size_t n = 0; n < w.size(); ++n) {
            const PairSums& pair = head.sums.pairs[n];
            const double query = std::sqrt(pair.query_energy);
            const double key = std::sqrt(pair.key_energy);
            const double coupling = std::abs(pair.coupling);
            table.add_row({integer_cell(head.layer), integer_cell(head.head), integer_cell(n), w[n], two_pi / w[n],
                           w[n] * context / two_pi, query, key, coupling, std::arg(pair.coupling),
                           query * key == 0.0 ? Cell() : Cell(coupling / (query * key))});
        }
    }
    return table;
}

void add_rope_tables(const RopeAnalysis& analysis, ThreadPool& pool, Result& result) {
    const std::vector<ScoreCurve> curves = score_curves(analysis, listed_distances);
    const std::size_t frequency_rows = analysis.heads.size() * analysis.job.rope.pairs();
    const std::size_t score_rows = analysis.heads.size() * curves.front().distances().size();
    std::vector<HeadFacts> facts(analysis.heads.size());
    constexpr std::size_t heads_at_once = 32;
    pool.for_chunks(facts.size(), heads_at_once, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const RopeHead& head = analysis.heads[i];
            facts[i] = head_facts(analysis, head, curves[analysis.job.rope.schedule_of_layer[head.layer]]);
            if (score_rows > most_rows) facts[i].scores = {};
        }
    });
    std::optional<Table> frequencies;
    std::optional<Table> scores;
    pool.for_chunks(2, 1, [&](std::size_t which, std::size_t) {
        if (which == 0 && frequency_rows <= most_rows) frequencies = frequency_table(analysis);
        if (which == 1 && score_rows <= most_rows) scores = score_table(analysis, facts, curves);
    });
    if (frequencies) result.tables.push_back(std::move(*frequencies));
    else leave_out(result, "frequencies", frequency_rows);
    result.tables.push_back(head_table(analysis, facts));
    result.tables.push_back(layer_table(analysis, facts));
    result.terminal.push_back(terminal_layer_table(analysis, result.tables.back()));
    if (analysis.job.layers.size() > terminal_layers)
        result.notes.push_back(fmt::format("{} of {} layers are shown, evenly spread; the table layers has them all",
                                           terminal_layers, analysis.job.layers.size()));
    result.terminal.push_back(terminal_coupling_table(analysis));
    if (scores) result.tables.push_back(std::move(*scores));
    else leave_out(result, "scores", score_rows);
    if (analysis.histograms.empty()) return;
    if (const std::size_t rows = analysis.histograms.size() * 2 * (WeightHistogram::bins + 3); rows > most_rows)
        leave_out(result, "histograms", rows);
    else result.tables.push_back(histogram_table(analysis));
}

}  // namespace rotoscope
