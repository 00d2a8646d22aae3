#include "layer_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rotoscope/core/interruption.hpp"

namespace rotoscope {
namespace {

// Values of one stage held at once: 32 MiB of doubles, so that all stages, queries and keys stay below 300 MiB.
constexpr std::size_t most_values = std::size_t{1} << 22;
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

/// Sums of the increments and gates of a sequence, token after token.
class Accumulator {
public:
    explicit Accumulator(const PhaseGeneratorWeights<double>& weights)
        : weights_(weights),
          moments_(weights.channels()),
          gate_sums_(weights.gates(), 0.0),
          scaled_(weights.channels()) {}

    void add(std::span<const double> increments, std::span<const double> gates) {
        const std::size_t channels = weights_.channels();
        for (std::size_t begin = 0; begin < increments.size(); begin += channels) {
            for (std::size_t c = 0; c < channels; ++c)
                scaled_[c] =
                    weights_.temperature(static_cast<Eigen::Index>(c % weights_.pairs)) * increments[begin + c];
            moments_.add(scaled_);
        }
        for (std::size_t i = 0; i < gates.size(); ++i) gate_sums_[i % gate_sums_.size()] += gates[i];
    }

    [[nodiscard]] IncrementStatistics finish(std::uint64_t tokens) const {
        IncrementStatistics statistics;
        statistics.tokens = tokens;
        for (std::size_t c = 0; c < weights_.channels(); ++c) {
            statistics.increments.push_back(moments_.summary(c));
            if (weights_.gate == PhaseGate::none) continue;
            const std::size_t gate = weights_.gate == PhaseGate::gla ? c : c / weights_.pairs;
            statistics.gate_mean.push_back(gate_sums_[gate] / static_cast<double>(tokens));
        }
        return statistics;
    }

private:
    const PhaseGeneratorWeights<double>& weights_;
    ChannelCircularMoments moments_;
    std::vector<double> gate_sums_;
    std::vector<double> scaled_;
};

/// Welford's running mean and variance, and extremes with where they are.
class VocabularyAccumulator {
public:
    void add(double value, std::uint64_t token) {
        if (!std::isfinite(value)) return;
        if (result_.entries == 0 || value < result_.minimum) {
            result_.minimum = value;
            result_.minimum_token = token;
        }
        if (result_.entries == 0 || value > result_.maximum) {
            result_.maximum = value;
            result_.maximum_token = token;
        }
        ++result_.entries;
        const double deviation = value - result_.mean;
        result_.mean += deviation / static_cast<double>(result_.entries);
        squares_ += deviation * (value - result_.mean);
    }
    [[nodiscard]] VocabularyStatistics finish() const {
        VocabularyStatistics statistics = result_;
        statistics.deviation = std::sqrt(squares_ / static_cast<double>(statistics.entries));
        return statistics;
    }

private:
    VocabularyStatistics result_;
    double squares_ = 0.0;
};

}  // namespace

LayerPhases load_layer(const Checkpoint& checkpoint, const Model& model, std::size_t layer) {
    LayerPhases phases;
    phases.layer = layer;
    phases.generator = load_generator(checkpoint, model, layer);
    phases.bounds = increment_bounds(phases.generator.weights);
    phases.tap_sums = tap_sums(phases.generator.weights);
    phases.bias_frequencies = bias_frequencies(phases.generator.weights);
    return phases;
}

IncrementStatistics run_layer(const LayerPhases& layer, const HiddenStates& inputs, const RotatedInputs* rotated,
                              PhaseArrays* arrays, const std::string& prefix, Context& context) {
    const PhaseGeneratorWeights<double>& weights = layer.generator.weights;
    const PhaseGenerator<double> generator(weights);
    const std::uint64_t tokens = inputs.tokens();
    const std::size_t chunk = chunk_tokens(generator, tokens);
    Workspace workspace(generator, chunk, rotated != nullptr && arrays != nullptr, arrays != nullptr);
    PhaseState<double> state = generator.start();
    Accumulator accumulator(weights);
    context.progress.begin("layer " + std::to_string(layer.layer), tokens);
    for (std::uint64_t first = 0; first < tokens; first += chunk) {
        throw_if_stopped();
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, tokens - first));
        const std::span<double> hidden = workspace.hidden(n);
        inputs.read(first, hidden);
        const PhaseStages<double> stages = workspace.stages(n);
        const PhaseRotation<double> rotation = workspace.rotation(n, rotated, first);
        generator.advance(hidden, state, stages, rotation, context.pool);
        accumulator.add(stages.increment, stages.gate);
        if (arrays != nullptr) arrays->write(prefix, first, stages, rotation);
        context.progress.advance(n);
    }
    context.progress.end();
    return accumulator.finish(tokens);
}

VocabularyPhases project_vocabulary(const LayerPhases& layer, const EmbeddingRows& rows, std::uint64_t most_listed,
                                    Context& context) {
    const PhaseGenerator<double> generator(layer.generator.weights);
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
        if (result.vocabulary <= most_listed) result.projected.insert(result.projected.end(), part.begin(), part.end());
        context.progress.advance(n);
    }
    context.progress.end();
    for (const VocabularyAccumulator& accumulator : accumulators) result.channels.push_back(accumulator.finish());
    return result;
}

}  // namespace rotoscope
