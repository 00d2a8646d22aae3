#include "recall_checkpoint.hpp"

#include <cmath>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/phases/inputs.hpp"
#include "rotoscope/phases/model.hpp"
#include "rotoscope/theory/phase_generator.hpp"

namespace rotoscope {
namespace {

/// Layer 0's angles Φ [T, H·P] and log gates [T, gates] along a sequence.
struct Layer {
    std::size_t heads = 0, pairs = 0, gates = 0;
    std::vector<double> angles, log_gates;
};

Layer run_layer_0(const Checkpoint& checkpoint, std::size_t tokens, std::uint64_t seed, ThreadPool& pool) {
    const Model model = recognise_model(checkpoint);
    const auto rows = EmbeddingRows::find(checkpoint, model);
    if (model.generator_layers.empty() || model.generator_layers.front() != 0 || !rows)
        throw input_error("expected Selective RoPE in layer 0 and an embedding");
    const auto forget = load_forget_gate(checkpoint, model, 0);
    if (!forget) throw input_error("expected a forget gate in layer 0");
    const PhaseGenerator<double> generator(load_generator(checkpoint, model, 0).weights);
    const auto sequence = draw_tokens(rows->vocabulary(), tokens, seed);
    std::vector<double> hidden(tokens * generator.model_dim());
    embed_tokens(*rows, *sequence, generator.model_dim())->read(0, hidden);

    Layer layer{generator.heads(), generator.pairs(), forget->weights.gates(), {}, {}};
    layer.angles.resize(tokens * generator.channels());
    layer.log_gates.resize(tokens * layer.gates);
    PhaseState<double> state = generator.start();
    PhaseStages<double> stages;
    stages.angle = layer.angles;
    generator.advance(hidden, state, stages, {}, pool);
    compute_log_forget_gates(forget->weights, hidden, layer.log_gates, pool);
    return layer;
}

/// log of the decay of pair n of a head at token t: the mean over its two key dimensions, or the head's one gate.
double pair_log_gate(const Layer& layer, std::size_t t, std::size_t head, std::size_t n) {
    const double* gates = layer.log_gates.data() + t * layer.gates;
    if (layer.gates != 2 * layer.heads * layer.pairs) return gates[head * layer.gates / layer.heads];
    const double* own = gates + head * 2 * layer.pairs;
    return 0.5 * (own[n] + own[n + layer.pairs]);
}

MemoryResponse memory_of_head(const Layer& layer, std::size_t head, std::size_t tokens) {
    MemoryResponse memory{std::vector(tokens, std::vector<double>(layer.pairs)),
                          std::vector(tokens, std::vector<double>(layer.pairs))};
    const std::size_t channels = layer.heads * layer.pairs;
    for (std::size_t n = 0; n < layer.pairs; ++n) {
        double log_decay = 0.0;
        const auto angle = [&](std::size_t t) { return layer.angles[t * channels + head * layer.pairs + n]; };
        for (std::size_t l = 0; l < tokens; ++l) {
            const std::size_t t = tokens - 1 - l;
            memory.decay[l][n] = std::exp(log_decay);
            memory.angle[l][n] = angle(tokens - 1) - angle(t);
            log_decay += pair_log_gate(layer, t, head, n);
        }
    }
    return memory;
}

}  // namespace

MeasuredMemories measure_memories(const std::filesystem::path& path, std::size_t tokens, std::uint64_t seed,
                                  ThreadPool& pool) {
    const Checkpoint checkpoint = Checkpoint::open(path);
    try {
        const Layer layer = run_layer_0(checkpoint, tokens, seed, pool);
        MeasuredMemories measured;
        measured.inputs = checkpoint.inputs(false);
        for (std::size_t head = 0; head < layer.heads; ++head)
            measured.heads.push_back(memory_of_head(layer, head, tokens));
        return measured;
    } catch (Error& error) {
        throw error.in_file(path.string());
    }
}

}  // namespace rotoscope
