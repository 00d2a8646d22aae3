#include "phases_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "rotoscope/core/text.hpp"
#include "rotoscope/numerics/summary.hpp"
#include "rotoscope/numerics/von_mises.hpp"

namespace rotoscope {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

const Column layer_column{"layer", "", "layer, from 0"};
const Column head_column{"head", "", "head, from 0"};
const Column channel_column{"channel", "", "channel of the head: pair n rotates elements n and n + P"};

/// Calls visit(layer, head, channel, index among H·P) for all that is selected, in order.
template <class Visit>
void for_each_channel(const PhasesAnalysis& analysis, const LayerPhases& layer, const Visit& visit) {
    for (const std::size_t head : analysis.selection.heads)
        for (const std::size_t channel : analysis.selection.channels)
            visit(head, channel, head * layer.pairs + channel);
}

Cell number_or_missing(double value, bool there) { return there ? Cell(value) : Cell(); }

double bound_of(const LayerPhases& layer, std::size_t c) {
    return std::max(std::abs(layer.bounds[c].lower), std::abs(layer.bounds[c].upper));
}

std::vector<Cell> channel_row(const LayerPhases& layer, std::size_t head, std::size_t channel, std::size_t c) {
    std::vector<Cell> row{integer_cell(layer.layer), integer_cell(head), integer_cell(channel)};
    const bool sampled = layer.along && layer.along->increments[c].count > 0;
    const CircularSummary summary = layer.along ? layer.along->increments[c] : CircularSummary{};
    const auto optional_value = [&](const std::vector<double>& values) {
        return values.empty() ? Cell() : Cell(values[c]);
    };
    row.push_back(layer.along ? integer_cell(summary.count) : Cell());
    row.emplace_back(layer.channel_temperature(channel));
    row.emplace_back(layer.projection_norms[c]);
    row.emplace_back(layer.tap_norms[c]);
    row.emplace_back(layer.tap_sums[c]);
    row.push_back(optional_value(layer.bias_frequencies));
    row.emplace_back(bound_of(layer, c));
    for (const double value :
         {summary.mean, summary.mean_absolute, summary.circular_standard_deviation, summary.mean_direction,
          summary.resultant_length,
          sampled ? von_mises_concentration(summary.resultant_length, summary.circular_variance) : nan})
        row.push_back(number_or_missing(value, sampled));
    for (const auto p :
         {&IncrementStatistics::rayleigh_p, &IncrementStatistics::kuiper_p, &IncrementStatistics::watson_p})
        row.push_back(sampled && !((*layer.along).*p).empty() ? cell_or_missing(((*layer.along).*p)[c]) : Cell());
    row.push_back(layer.along ? cell_or_missing(layer.along->diffusion[c].diffusion) : Cell());
    row.push_back(layer.along ? optional_value(layer.along->gate_mean) : Cell());
    row.push_back(layer.log_forget().empty() ? Cell() : Cell(forget_half_life(layer.log_forget()[c])));
    return row;
}

/// The mean over the selected channels of a head, leaving out what is missing or not a number; NaN where nothing is
/// left, infinite where one is.
template <class Value>
double mean_over(const Selection& selection, std::size_t head, std::size_t pairs, const Value& value) {
    double sum = 0.0;
    std::size_t count = 0;
    for (const std::size_t channel : selection.channels) {
        const double x = value(head * pairs + channel);
        if (std::isnan(x)) continue;
        sum += x;
        ++count;
    }
    return count == 0 ? nan : sum / static_cast<double>(count);
}

/// The median of a statistic over the selected channels of a head.
template <class Value>
double median_over(const Selection& selection, std::size_t head, std::size_t pairs, const Value& value) {
    std::vector<double> values;
    for (const std::size_t channel : selection.channels) values.push_back(value(head * pairs + channel));
    constexpr double half = 0.5;
    return quantiles(std::move(values), std::span(&half, 1)).front();
}

std::vector<Cell> head_row(const Selection& selection, const LayerPhases& layer, std::size_t head) {
    const std::size_t pairs = layer.pairs;
    const auto mean = [&](const auto& value) { return cell_or_missing(mean_over(selection, head, pairs, value)); };
    const auto along = [&](double CircularSummary::* member) {
        return mean([&](std::size_t c) { return layer.along ? layer.along->increments[c].*member : nan; });
    };
    double bound = 0.0;  // NaN where one of them is, which std::max alone would drop
    for (const std::size_t channel : selection.channels) {
        const double other = bound_of(layer, head * pairs + channel);
        bound = std::isnan(bound) || std::isnan(other) ? nan : std::max(bound, other);
    }
    const std::vector<double>& log_forget = layer.log_forget();
    return {integer_cell(layer.layer),
            integer_cell(head),
            along(&CircularSummary::mean_absolute),
            bound,
            along(&CircularSummary::resultant_length),
            mean([&](std::size_t c) {
                return layer.along && !layer.along->gate_mean.empty() ? layer.along->gate_mean[c] : nan;
            }),
            mean([&](std::size_t c) { return layer.along ? layer.along->diffusion[c].diffusion : nan; }),
            log_forget.empty() ? Cell()
                               : Cell(median_over(selection, head, pairs,
                                                  [&](std::size_t c) { return forget_half_life(log_forget[c]); })),
            log_forget.empty() ? Cell() : mean([&](std::size_t c) { return effective_window(log_forget[c]); })};
}

}  // namespace

const LayerPhases* PhasesAnalysis::find_layer(std::size_t layer) const {
    const auto found = std::ranges::find(layers, layer, &LayerPhases::layer);
    return found == layers.end() ? nullptr : &*found;
}

std::string PhasesAnalysis::figure_note() const {
    return fmt::format("{}: {}; {}; {} pairs", name, model.family, inputs, layout_name(model.layout));
}

Table channel_table(const PhasesAnalysis& analysis) {
    Table table(
        "channels", "Learned phases by layer, head and channel: increments d = temperature·φ along the inputs.",
        {layer_column,
         head_column,
         channel_column,
         {"samples", "", "increments that are finite; the others are left out of the statistics"},
         {"temperature", "", "factor of the channel's phases"},
         {"projection_norm", "",
          "norm of the channel's row of the projection W1 W0, or |scalar| of its head (full-rank)"},
         {"tap_norm", "", "root of the sum of the squared taps; sqrt(2) for a first difference"},
         {"tap_sum", "", "sum of the channel's convolution taps; 0 for a first difference"},
         {"bias_frequency", "rad/token", "temperature·exp(bias): the frequency that no input changes, before the gate"},
         {"increment_bound", "rad/token", "|d| is below this for every input, from the weights alone"},
         {"increment_mean", "rad/token", "mean of d"},
         {"increment_mean_abs", "rad/token", "mean of |d|"},
         {"increment_circular_std", "rad", "circular standard deviation of d, sqrt(-2 ln R)"},
         {"mean_direction", "rad", "direction of the mean of exp(i d), from -pi to pi"},
         {"resultant_length", "", "R, the length of the mean of exp(i d), from 0 to 1"},
         {"von_mises_kappa", "", "concentration of d by maximum likelihood of the von Mises distribution"},
         {"rayleigh_p", "",
          "p-value of Rayleigh's test that every fourth d is uniform; missing where the tokens were not drawn "
          "independently"},
         {"kuiper_p", "",
          "p-value of Kuiper's test of the same increments, of at most 65536 of them, evenly spaced; missing as "
          "rayleigh_p is"},
         {"watson_p", "", "p-value of Watson's U2 test of the same increments as kuiper_p's; missing as rayleigh_p is"},
         {"diffusion", "rad²/token",
          "half the least-squares slope of Var(Phi(t+l) - Phi(t)) against l = 16 ... N/16; missing below 272 tokens"},
         {"gate_mean", "", "mean of the phase gate"},
         {"forget_half_life", "token",
          "ln 2/(-mean log a) over the tokens and the gates of the channel: those of the key dimensions n and n + P "
          "(GLA), or of the head's value heads (Gated DeltaNet); at x = 0 where the layer has no inputs"}});
    for (const LayerPhases& layer : analysis.layers)
        for_each_channel(analysis, layer, [&](std::size_t head, std::size_t channel, std::size_t c) {
            table.add_row(channel_row(layer, head, channel, c));
        });
    return table;
}

Table head_table(const PhasesAnalysis& analysis) {
    Table table(
        "heads", "Learned phases by layer and head: means over the channels that have a value.",
        {layer_column,
         head_column,
         {"increment_mean_abs", "rad/token", "mean over the channels of the mean of |d|"},
         {"increment_bound", "rad/token", "largest bound of |d| among the channels, from the weights alone"},
         {"resultant_length", "", "mean over the channels of the resultant length R"},
         {"gate_mean", "", "mean over the channels of the mean phase gate"},
         {"diffusion", "rad²/token", "mean over the channels of the diffusion"},
         {"forget_half_life", "token", "median over the channels of the forget gate's half-life"},
         {"effective_window", "token",
          "mean over the channels of 1/(1 - exp(mean log a)); infinite where a channel forgets nothing, a = 1"}});
    for (const LayerPhases& layer : analysis.layers)
        for (const std::size_t head : analysis.selection.heads)
            table.add_row(head_row(analysis.selection, layer, head));
    return table;
}

Table vocabulary_table(const PhasesAnalysis& analysis) {
    Table table(
        "vocabulary",
        "Projected phases z of all vocabulary entries in layer 0, before convolution, bias, gate and temperature.",
        {layer_column,
         head_column,
         channel_column,
         {"entries", "", "vocabulary entries whose projected phase is finite"},
         {"projected_mean", "", "mean of z over the entries"},
         {"projected_std", "", "standard deviation of z over the entries"},
         {"projected_min", "", "smallest z"},
         {"min_token", "", "entry with the smallest z"},
         {"projected_max", "", "largest z"},
         {"max_token", "", "entry with the largest z"}});
    const LayerPhases& layer = *analysis.find_layer(0);
    for_each_channel(analysis, layer, [&](std::size_t head, std::size_t channel, std::size_t c) {
        const VocabularyStatistics& s = analysis.vocabulary->channels[c];
        std::vector<Cell> row{integer_cell(layer.layer), integer_cell(head), integer_cell(channel),
                              integer_cell(s.entries)};
        if (s.entries == 0) row.resize(10);
        else
            row.insert(row.end(), {s.mean, s.deviation, s.minimum, integer_cell(s.minimum_token), s.maximum,
                                   integer_cell(s.maximum_token)});
        table.add_row(std::move(row));
    });
    return table;
}

double token_angle(const LayerPhases& layer, const VocabularyPhases& vocabulary, std::size_t channel,
                   std::size_t token) {
    return layer.channel_temperature(channel) * layer.tap_sums[channel] *
           vocabulary.projected[token * layer.channels() + channel];
}

Table token_table(const PhasesAnalysis& analysis) {
    Table table(
        "tokens", "What each vocabulary entry contributes to each channel of layer 0.",
        {layer_column,
         head_column,
         channel_column,
         {"token", "", "vocabulary entry"},
         {"projected_phase", "", "z(token), before convolution, bias, gate and temperature"},
         {"total_angle", "rad",
          "temperature·(sum of taps)·z(token): the angle the token adds in all, once three more have followed, besides "
          "the bias; missing where SiLU or a gate makes it depend on its neighbours"}});
    const LayerPhases& layer = *analysis.find_layer(0);
    const bool linear = layer.linear;
    const VocabularyPhases& vocabulary = *analysis.vocabulary;
    for_each_channel(analysis, layer, [&](std::size_t head, std::size_t channel, std::size_t c) {
        for (std::size_t token = 0; token < vocabulary.vocabulary; ++token)
            table.add_row({integer_cell(layer.layer), integer_cell(head), integer_cell(channel), integer_cell(token),
                           vocabulary.projected[token * layer.channels() + c],
                           linear ? Cell(token_angle(layer, vocabulary, c, token)) : Cell()});
    });
    return table;
}

Table contrast_table(const PhasesAnalysis& analysis, std::size_t rows) {
    struct Contrast {
        std::size_t head, channel, low, high;
        double angle;  // of the later token over the earlier one
    };
    const LayerPhases& layer = *analysis.find_layer(0);
    const VocabularyPhases& vocabulary = *analysis.vocabulary;
    std::vector<Contrast> contrasts;
    for_each_channel(analysis, layer, [&](std::size_t head, std::size_t channel, std::size_t c) {
        const VocabularyStatistics& s = vocabulary.channels[c];
        const auto low = static_cast<std::size_t>(std::min(s.minimum_token, s.maximum_token));
        const auto high = static_cast<std::size_t>(std::max(s.minimum_token, s.maximum_token));
        const double angle = token_angle(layer, vocabulary, c, high) - token_angle(layer, vocabulary, c, low);
        if (std::isfinite(angle)) contrasts.push_back({head, channel, low, high, angle});
    });
    std::ranges::stable_sort(contrasts, std::ranges::greater(),
                             [](const Contrast& contrast) { return std::abs(contrast.angle); });
    Table table("tokens", "largest differences in the total angle that two tokens add (layer 0)",
                {{"head", "", ""},
                 {"channel", "", ""},
                 {"token", "", ""},
                 {"over token", "", ""},
                 {"difference", "rad", ""},
                 {"as π", "", ""}});
    for (std::size_t i = 0; i < std::min(rows, contrasts.size()); ++i) {
        const Contrast& contrast = contrasts[i];
        table.add_row({integer_cell(contrast.head), integer_cell(contrast.channel), integer_cell(contrast.high),
                       integer_cell(contrast.low), contrast.angle,
                       fmt::format("{:+.2f} π", contrast.angle / std::numbers::pi)});
    }
    return table;
}

}  // namespace rotoscope
