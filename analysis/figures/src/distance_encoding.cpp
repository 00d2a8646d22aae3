#include "rotoscope/figures/distance_encoding.hpp"

#include <fmt/format.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <utility>

#include "rotoscope/core/philox.hpp"

namespace rotoscope {
namespace {

constexpr double period = 16.0;  // tokens: four turns are seen in 64
constexpr double frequency = 2.0 * std::numbers::pi / period;
constexpr double lowest_gate = 0.9;
constexpr std::size_t sequences_drawn = 2;

/// Draws 2·T numbers from `first` on: the gate and the angle of each token, the newest first.
DistanceEncoding encode_sequence(std::size_t tokens, const UniformDraws& draws, std::uint64_t first) {
    DistanceEncoding encoding;
    double decay = 1.0;
    double angle = 0.0;
    for (std::size_t distance = 0; distance <= tokens; ++distance) {
        encoding.gate.push_back(decay);
        encoding.rope.push_back(std::cos(frequency * static_cast<double>(distance)));
        encoding.selective.push_back(std::cos(angle));
        encoding.both.push_back(std::polar(decay, angle).real());
        decay *= lowest_gate + (1.0 - lowest_gate) * draws.uniform(first + 2 * distance);
        angle += 2.0 * frequency * draws.uniform(first + 2 * distance + 1);
    }
    return encoding;
}

Panel distance_panel(std::string title, const std::vector<DistanceEncoding>& sequences,
                     std::vector<double> DistanceEncoding::* values) {
    constexpr std::pair<Color, Dash> looks[sequences_drawn] = {{0, Dash::solid}, {5, Dash::dashed}};
    Panel panel;
    panel.title = std::move(title);
    panel.y.minimum = -1.05;
    panel.y.maximum = 1.05;
    panel.y.ticks = {{-1.0, "−1"}, {0.0, "0"}, {1.0, "1"}};
    panel.marks.emplace_back(Rule{});
    for (std::size_t s = 0; s < sequences.size(); ++s) {
        Curve curve;
        if (values == &DistanceEncoding::gate) curve.label = fmt::format("input {}", s + 1);
        curve.y = sequences[s].*values;
        for (std::size_t l = 0; l < curve.y.size(); ++l) curve.x.push_back(static_cast<double>(l));
        curve.color = looks[s % sequences_drawn].first;
        curve.dash = looks[s % sequences_drawn].second;
        panel.marks.emplace_back(std::move(curve));
    }
    return panel;
}

}  // namespace

std::vector<DistanceEncoding> encode_distances(std::size_t tokens, std::uint64_t seed) {
    const UniformDraws draws(seed, RandomStream::figure_inputs);
    std::vector<DistanceEncoding> sequences;
    for (std::size_t s = 0; s < sequences_drawn; ++s)
        sequences.push_back(encode_sequence(tokens, draws, 2 * (tokens + 1) * s));
    return sequences;
}

Table distance_table(const std::vector<DistanceEncoding>& sequences) {
    Table table("distance", "What gates and rotations make of the distance between two tokens (Figure 1)",
                {{"input", "", "Number of the drawn sequence"},
                 {"distance", "tokens", "t − τ"},
                 {"gate", "", "Product of the gates after token τ"},
                 {"rope", "", "Cosine of the distance times RoPE's frequency"},
                 {"selective_rope", "", "Cosine of the sum of the angles after token τ"},
                 {"both", "", "Gate times Selective RoPE"}});
    for (std::size_t s = 0; s < sequences.size(); ++s)
        for (std::size_t l = 0; l < sequences[s].gate.size(); ++l)
            table.add_row({integer_cell(s + 1), integer_cell(l), sequences[s].gate[l], sequences[s].rope[l],
                           sequences[s].selective[l], sequences[s].both[l]});
    return table;
}

Figure distance_figure(const std::vector<DistanceEncoding>& sequences) {
    Figure figure;
    figure.caption = fmt::format(
        "How one channel weighs a key by its distance from the query, for two inputs. A gate (a uniform on ({}, 1)) "
        "falls, by what was read on the way; RoPE (a turn in {} tokens) oscillates, the same for every input; "
        "Selective "
        "RoPE turns by angles that depend on the input, on average as fast; both together oscillate and fall.",
        lowest_gate, period);
    figure.columns = 2;
    figure.height = 0.62;
    figure.panels = {distance_panel("Gate", sequences, &DistanceEncoding::gate),
                     distance_panel("RoPE", sequences, &DistanceEncoding::rope),
                     distance_panel("Selective RoPE", sequences, &DistanceEncoding::selective),
                     distance_panel("Gate and Selective RoPE", sequences, &DistanceEncoding::both)};
    figure.panels[0].legend = Legend::bottom_left;
    for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) figure.panels[i].y.label = "weight";
    for (const std::size_t i : {std::size_t{2}, std::size_t{3}}) figure.panels[i].x.label = "distance t − τ (tokens)";
    return figure;
}

}  // namespace rotoscope
