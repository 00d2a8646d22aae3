#include "histogram_table.hpp"

#include "rotoscope/numerics/histogram.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t bins = 36;  // 10 degrees each, as a rose's

void add_channel(Table& table, const LayerPhases& layer, std::size_t head, std::size_t channel) {
    const std::vector<double> increments =
        layer.along->sampled_increments.finite(head * layer.pairs + channel, layer.channels());
    WrappedHistogram wrapped(bins);
    wrapped.add(increments);
    const Histogram unwrapped = histogram_of(increments, bins);
    for (std::size_t bin = 0; bin < bins; ++bin)
        table.add_row({integer_cell(layer.layer), integer_cell(head), integer_cell(channel), integer_cell(bin),
                       wrapped.edges()[bin], wrapped.edges()[bin + 1], integer_cell(wrapped.counts()[bin]),
                       unwrapped.edges()[bin], unwrapped.edges()[bin + 1], integer_cell(unwrapped.counts()[bin])});
}

}  // namespace

std::size_t count_histograms(const PhasesAnalysis& analysis) {
    std::size_t layers = 0;
    for (const LayerPhases& layer : analysis.layers) layers += layer.along ? 1U : 0U;
    return layers * analysis.selection.heads.size() * analysis.selection.channels.size();
}

Table histogram_table(const PhasesAnalysis& analysis) {
    Table table("histograms", "Histograms of the increments d: of at most 4,096 tokens of each layer, evenly spaced.",
                {{"layer", "", "layer, from 0"},
                 {"head", "", "head, from 0"},
                 {"channel", "", "channel of the head: pair n rotates elements n and n + P"},
                 {"bin", "", "bin, from 0; its lower edge belongs to it, of the last unwrapped bin also the upper"},
                 {"wrapped_low", "rad", "lower edge of the bin of d modulo 2 pi, from -pi"},
                 {"wrapped_high", "rad", "upper edge of that bin, to pi"},
                 {"wrapped_count", "", "increments that fall into it modulo 2 pi"},
                 {"unwrapped_low", "rad/token", "lower edge of the bin of d itself, from its smallest value"},
                 {"unwrapped_high", "rad/token", "upper edge of that bin, to the largest value of d"},
                 {"unwrapped_count", "", "increments that fall into it as they are"}});
    for (const LayerPhases& layer : analysis.layers) {
        if (!layer.along) continue;
        for (const std::size_t head : analysis.selection.heads)
            for (const std::size_t channel : analysis.selection.channels) add_channel(table, layer, head, channel);
    }
    return table;
}

}  // namespace rotoscope
