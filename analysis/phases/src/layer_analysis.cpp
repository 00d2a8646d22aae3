#include "layer_analysis.hpp"

#include "layer_accumulator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rotoscope/core/interruption.hpp"
#include "rotoscope/numerics/summary.hpp"

namespace rotoscope {
namespace {

// Values of one stage held at once: 16 MiB of doubles, so that all stages, queries and keys stay below 150 MiB.
constexpr std::size_t most_values = std::size_t{1} << 21;
constexpr std::uint64_t most_chunk = 4096;

/// Tokens of a chunk: the same for any number of threads, a function of the layer's sizes only.
std::size_t chunk_tokens(const PhaseGenerator<double>& generator, std::uint64_t tokens) {
    const std::size_t width = std::max(generator.model_dim(), 2 * generator.channels());
    return static_cast<std::size_t>(
        std::min({tokens, most_chunk, std::uint64_t{std::max<std::size_t>(most_values / width, 1)}}));
}

/// One chunk's arrays; the views of the last, shorter chunk are cut to its tokens.
class Workspace {
public:
    Workspace(const PhaseGenerator<double>& generator, std::size_t tokens, bool rotate, bool keep)
        : generator_(generator),
          hidden_(tokens * generator.model_dim()),
          increment_(tokens * generator.channels()),
          gate_(tokens * generator.gates()),
          projected_(keep ? tokens * generator.channels() : 0),
          convolved_(projected_.size()),
          angle_(projected_.size()),
          q_in_(rotate ? 2 * tokens * generator.channels() : 0),
          k_in_(q_in_.size()),
          q_out_(q_in_.size()),
          k_out_(q_in_.size()) {}

    std::span<double> hidden(std::size_t n) { return std::span(hidden_).first(n * generator_.model_dim()); }
    PhaseStages<double> stages(std::size_t n) {
        const auto cut = [n](std::vector<double>& values, std::size_t width) {
            return std::span(values).first(values.empty() ? 0 : n * width);
        };
        const std::size_t channels = generator_.channels();
        return {cut(projected_, channels), cut(convolved_, channels), cut(gate_, generator_.gates()),
                cut(increment_, channels), cut(angle_, channels)};
    }
    PhaseRotation<double> rotation(std::size_t n, const RotatedInputs* inputs, std::uint64_t first) {
        const std::size_t count = q_in_.empty() ? 0 : 2 * n * generator_.channels();
        if (count > 0) inputs->read(first, std::span(q_in_).first(count), std::span(k_in_).first(count));
        return {std::span<const double>(q_in_).first(count), std::span<const double>(k_in_).first(count),
                std::span(q_out_).first(count), std::span(k_out_).first(count)};
    }

private:
    const PhaseGenerator<double>& generator_;
    std::vector<double> hidden_, increment_, gate_, projected_, convolved_, angle_, q_in_, k_in_, q_out_, k_out_;
};

/// Mean and spread of one channel over the vocabulary, and where the extremes are.
class VocabularyAccumulator {
public:
    void add(double value, std::uint64_t token) {
        if (!std::isfinite(value)) return;
        if (value < summary_.minimum() || summary_.count() == 0) result_.minimum_token = token;
        if (value > summary_.maximum() || summary_.count() == 0) result_.maximum_token = token;
        summary_.add(value);
    }
    [[nodiscard]] VocabularyStatistics finish() const {
        VocabularyStatistics statistics = result_;
        statistics.entries = summary_.count();
        statistics.mean = summary_.mean();
        const double n = static_cast<double>(summary_.count());
        statistics.deviation = summary_.count() == 1 ? 0.0 : summary_.standard_deviation() * std::sqrt((n - 1.0) / n);
        statistics.minimum = summary_.minimum();
        statistics.maximum = summary_.maximum();
        return statistics;
    }

private:
    Summary summary_;
    VocabularyStatistics result_;
};

}  // namespace

std::vector<double> StridedRows::finite(std::size_t channel, std::size_t channels) const {
    std::vector<double> found;
    for (std::size_t i = channel; i < values.size(); i += channels)
        if (std::isfinite(values[i])) found.push_back(values[i]);
    return found;
}

LayerWeights load_layer(const Checkpoint& checkpoint, const Model& model, std::size_t layer) {
    return {load_generator(checkpoint, model, layer), load_forget_gate(checkpoint, model, layer)};
}

LayerPhases describe_layer(std::size_t layer, const LayerWeights& loaded) {
    const PhaseGeneratorWeights<double>& weights = loaded.generator.weights;
    LayerPhases phases;
    phases.layer = layer;
    phases.heads = weights.heads;
    phases.pairs = weights.pairs;
    phases.model_dim = weights.model_dim;
    phases.gates = weights.gates();
    phases.linear = contribution_is_linear(weights);
    phases.temperature.assign(weights.temperature.begin(), weights.temperature.end());
    phases.non_finite = loaded.generator.non_finite;
    phases.bounds = increment_bounds(weights);
    phases.tap_sums = tap_sums(weights);
    phases.projection_norms = projection_norms(weights);
    phases.tap_norms = tap_norms(weights);
    phases.bias_frequencies = bias_frequencies(weights);
    if (!loaded.forget) return phases;
    phases.forget_kind = loaded.forget->weights.kind;
    phases.forget_gates = loaded.forget->weights.gates();
    phases.non_finite.insert(phases.non_finite.end(), loaded.forget->non_finite.begin(),
                             loaded.forget->non_finite.end());
    phases.resting_log_forget =
        channel_log_forget(weights, phases.forget_kind, resting_log_gates(loaded.forget->weights));
    return phases;
}

IncrementStatistics run_layer(const LayerWeights& layer, const LayerRun& run, Context& context) {
    const PhaseGenerator<double> generator(layer.generator.weights);
    const std::uint64_t tokens = run.inputs.tokens();
    const std::size_t chunk = chunk_tokens(generator, tokens);
    const bool keep = run.arrays != nullptr;
    Workspace workspace(generator, chunk, run.rotated != nullptr && keep, keep);
    PhaseState<double> state = generator.start();
    const ForgetGateWeights* const forget = layer.forget ? &layer.forget->weights : nullptr;
    const std::size_t forget_gates = forget != nullptr ? forget->gates() : 0;
    std::vector<double> log_forget(chunk * forget_gates);
    LayerAccumulator accumulator(layer, tokens, run.inputs.independent(), run.layers);
    context.progress.begin(run.name, tokens);
    for (std::uint64_t first = 0; first < tokens; first += chunk) {
        throw_if_stopped();
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, tokens - first));
        const std::span<double> hidden = workspace.hidden(n);
        run.inputs.read(first, hidden);
        const PhaseStages<double> stages = workspace.stages(n);
        const PhaseRotation<double> rotation = workspace.rotation(n, run.rotated, first);
        generator.advance(hidden, state, stages, rotation, context.pool);
        const std::span<double> log_gates = std::span(log_forget).first(n * forget_gates);
        if (forget != nullptr) compute_log_forget_gates(*forget, hidden, log_gates, context.pool);
        accumulator.add(stages.increment, stages.gate, log_gates);
        if (keep) run.arrays->write(run.prefix, first, stages, rotation, log_gates);
        context.progress.advance(n);
    }
    context.progress.end();
    return accumulator.finish();
}

VocabularyPhases project_vocabulary(const LoadedGenerator& layer, const EmbeddingRows& rows, Context& context) {
    const PhaseGenerator<double> generator(layer.weights);
    const std::size_t channels = generator.channels();
    VocabularyPhases result;
    result.vocabulary = rows.vocabulary();
    const std::size_t chunk = chunk_tokens(generator, result.vocabulary);
    std::vector<double> hidden(chunk * generator.model_dim());
    std::vector<double> projected(chunk * channels);
    std::vector<VocabularyAccumulator> accumulators(channels);
    context.progress.begin("vocabulary", result.vocabulary);
    for (std::uint64_t first = 0; first < result.vocabulary; first += chunk) {
        throw_if_stopped();
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, result.vocabulary - first));
        const auto part = std::span(projected).first(n * channels);
        rows.read(first, std::span(hidden).first(n * generator.model_dim()));
        generator.project(std::span<const double>(hidden).first(n * generator.model_dim()), part, context.pool);
        for (std::size_t i = 0; i < part.size(); ++i) accumulators[i % channels].add(part[i], first + i / channels);
        if (result.listed()) result.projected.insert(result.projected.end(), part.begin(), part.end());
        context.progress.advance(n);
    }
    context.progress.end();
    for (const VocabularyAccumulator& accumulator : accumulators) result.channels.push_back(accumulator.finish());
    return result;
}

}  // namespace rotoscope
