#include "model_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/checkpoint/input_record.hpp"
#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/core/memory.hpp"
#include "rotoscope/core/text.hpp"
#include "rotoscope/phases/fixed_rope.hpp"
#include "rotoscope/phases/inputs.hpp"
#include "rotoscope/phases/measurements.hpp"
#include "rotoscope/phases/model.hpp"
#include "rotoscope/phases/model_summary.hpp"
#include "rotoscope/theory/phase_generator.hpp"

namespace rotoscope {
namespace {

constexpr std::uint64_t drawn_tokens = 1024;
constexpr std::size_t chunk_tokens = 512;

/// The heads that are asked for.
std::vector<std::size_t> chosen_heads(std::size_t heads, std::optional<std::size_t> head, std::string_view option) {
    if (head && *head >= heads)
        throw usage_error(fmt::format("{}: there is no head {}; the layer has {}", option, *head, heads));
    if (head) return {*head};
    std::vector<std::size_t> all(heads);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
}

/// Columns of all heads' log gates that each pair of one head decays by, [T, P] for each.
std::vector<RowMatrix<double>> split_gates(const RowMatrix<double>& gates, std::size_t heads, std::size_t pairs,
                                           std::size_t head) {
    std::vector<RowMatrix<double>> result;
    if (gates.cols() == 0) return result;
    const auto p = static_cast<Index>(pairs);
    const auto h = static_cast<Index>(head);
    if (static_cast<std::size_t>(gates.cols()) == 2 * heads * pairs) {
        result.emplace_back(gates.middleCols(2 * p * h, p));
        result.emplace_back(gates.middleCols(2 * p * h + p, p));
        return result;
    }
    const Index group = std::max<Index>(gates.cols() / static_cast<Index>(heads), 1);
    for (Index g = 0; g < group; ++g)
        result.emplace_back(gates.col(std::min(h * group + g, gates.cols() - 1)).replicate(1, p));
    return result;
}

HeadSequence head_sequence(const RowMatrix<double>& angles, const RowMatrix<double>& gates, std::size_t heads,
                           std::size_t pairs, std::size_t head) {
    HeadSequence sequence;
    sequence.head = head;
    sequence.angles = angles.middleCols(static_cast<Index>(head * pairs), static_cast<Index>(pairs));
    sequence.log_gates = split_gates(gates, heads, pairs, head);
    return sequence;
}

void require_sequence_memory(std::string_view option, std::uint64_t tokens, std::uint64_t width) {
    // Angles and gates twice (all heads, and each by itself), and what a head's study holds.
    const std::uint64_t each = (2 * 3 * width + 64) * sizeof(double);
    const bool fits = tokens < (std::uint64_t{1} << 62) / each;
    require_memory(option, fmt::format("{} tokens", format_count(tokens)),
                   fits ? std::optional(tokens * each) : std::nullopt);
}

RowMatrix<double> read_matrix(const Checkpoint& file, const TensorInfo& tensor, std::uint64_t tokens) {
    RowMatrix<double> matrix(static_cast<Index>(tokens), static_cast<Index>(tensor.elements / tokens));
    file.read<double>(tensor, 0, std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
    for (Index i = 0; i < matrix.size(); ++i)
        if (!std::isfinite(matrix.data()[i]))
            throw input_error(fmt::format("{} at token {}; expected finite numbers", format_shortest(matrix.data()[i]),
                                          i / matrix.cols()))
                .in_tensor(tensor.name)
                .in_file(file.path().string());
    return matrix;
}

/// "layer0." … of the tensors named angle; "" for a bare module.
std::vector<std::string> angle_prefixes(const Checkpoint& file) {
    std::vector<std::string> prefixes;
    for (const TensorInfo& tensor : file.tensors()) {
        const std::string_view name = tensor.name;
        if (name == "angle" || name.ends_with(".angle")) prefixes.emplace_back(name.substr(0, name.size() - 5));
    }
    return prefixes;
}

[[noreturn]] void refuse_tensor(const Checkpoint& file, const TensorInfo& tensor, std::string_view expected) {
    throw input_error(
        fmt::format("{} {}; expected floating-point numbers {}", tensor.type, format_shape(tensor.shape), expected))
        .in_tensor(tensor.name)
        .in_file(file.path().string());
}

const TensorInfo& find_angles(const Checkpoint& file, const IndexedPath& path) {
    const auto prefixes = angle_prefixes(file);
    if (prefixes.empty())
        throw input_error("no tensor 'angle'; expected what 'rotoscope phases --arrays' writes").in_file(path.path);
    std::string wanted = prefixes.front();
    if (path.layer) wanted = prefixes.front().empty() && *path.layer == 0 ? "" : fmt::format("layer{}.", *path.layer);
    if (std::ranges::find(prefixes, wanted) == prefixes.end())
        throw usage_error(fmt::format("--arrays: there is no layer {} in {}; its first is {}angle", *path.layer,
                                      quote(path.path), prefixes.front()));
    const TensorInfo& angles = file.require(wanted + "angle");
    if (angles.shape.size() != 3 || angles.elements == 0 || !angles.dtype || !is_floating(*angles.dtype))
        refuse_tensor(file, angles, "[T, H, P]");
    return angles;
}

RowMatrix<double> read_gates(const Checkpoint& file, const TensorInfo& angles) {
    const std::string name = angles.name.substr(0, angles.name.size() - 5) + "log_forget_gate";
    const TensorInfo* const gates = file.find(name);
    const std::uint64_t tokens = angles.shape[0];
    if (gates == nullptr) return {static_cast<Index>(tokens), 0};
    const bool fits = gates->shape.size() >= 2 && gates->shape[0] == tokens && gates->elements > 0 && gates->dtype &&
                      is_floating(*gates->dtype) &&
                      (gates->shape.size() == 2 || (gates->shape.size() == 3 && gates->shape[1] == angles.shape[1] &&
                                                    gates->shape[2] == 2 * angles.shape[2]));
    if (!fits)
        refuse_tensor(file, *gates,
                      fmt::format("[{}, {}, {}] or [{}, gates]", tokens, angles.shape[1], 2 * angles.shape[2], tokens));
    RowMatrix<double> matrix = read_matrix(file, *gates, tokens);
    if (matrix.maxCoeff() > 0.0)
        throw input_error(fmt::format("a log gate of {}; expected at most 0", format_shortest(matrix.maxCoeff())))
            .in_tensor(name)
            .in_file(file.path().string());
    return matrix;
}

/// A recognised model and the layer of it that is asked for.
struct OpenModel {
    Checkpoint checkpoint;
    Model model;
    std::size_t layer = 0;
    std::optional<FixedRotations> fixed;  ///< where the layer has no phase generator

    [[nodiscard]] bool is_selective() const { return std::ranges::binary_search(model.generator_layers, layer); }
};

OpenModel open_model(const IndexedPath& path) {
    OpenModel open{Checkpoint::open(path.path), {}, path.layer.value_or(0), {}};
    open.model = recognise_model(open.checkpoint);
    const Model& model = open.model;
    if (!has_phases(model))
        throw input_error(fmt::format("no rotations in this checkpoint: neither Selective RoPE nor a known fixed RoPE\n"
                                      "Found: {}, position embedding: {}",
                                      model.family, position_name(model.position)))
            .in_file(path.path);
    if (open.layer >= std::max<std::size_t>(model.layers, 1))
        throw usage_error(fmt::format("--rotations: there is no layer {}; the checkpoint has {}", open.layer,
                                      std::max<std::size_t>(model.layers, 1)));
    open.fixed = fixed_rotations(open.checkpoint, model, open.layer);
    if (!open.is_selective() && !open.fixed)
        throw usage_error(fmt::format("--rotations: layer {} has no phase generator; layers {} have one", open.layer,
                                      format_ranges(model.generator_layers)));
    return open;
}

/// Where a layer's inputs come from; owns what they refer to.
struct LayerInputs {
    std::optional<Checkpoint> activations;
    std::optional<EmbeddingRows> rows;
    std::unique_ptr<TokenSequence> tokens;
    std::unique_ptr<HiddenStates> states;
    std::string description;
};

LayerInputs layer_inputs(const LeakageOptions& options, const OpenModel& open) {
    LayerInputs inputs;
    if (options.activations) {
        inputs.activations.emplace(Checkpoint::open(*options.activations));
        const std::string name = open.model.array_prefix(open.layer) + "hidden_states";
        inputs.states = find_activations(*inputs.activations, name, open.model.model_dim);
        if (inputs.states == nullptr)
            throw input_error(fmt::format("no {}", name)).in_file(options.activations->string());
        inputs.description = fmt::format("activations of {}", options.activations->filename().string());
        return inputs;
    }
    inputs.rows = EmbeddingRows::find(open.checkpoint, open.model);
    if (open.layer != 0 || !inputs.rows)
        throw usage_error(
            fmt::format("--rotations: layer {} of {} needs inputs: --activations FILE with "
                        "{}hidden_states",
                        open.layer, quote(open.checkpoint.path().string()), open.model.array_prefix(open.layer)));
    const std::uint64_t length = options.length.value_or(drawn_tokens);
    if (length == 0) throw usage_error("--length: 0 tokens; expected at least 1");
    require_sequence_memory("--length", length, open.model.heads * open.model.pairs);
    inputs.tokens = draw_tokens(inputs.rows->vocabulary(), length, options.seed);
    inputs.states = embed_tokens(*inputs.rows, *inputs.tokens, open.model.model_dim);
    inputs.description = fmt::format("embeddings of {}", inputs.tokens->describe());
    return inputs;
}

/// Angles and log gates of all heads along the inputs.
struct LayerRun {
    RowMatrix<double> angles;  ///< [T, H·P]
    RowMatrix<double> gates;   ///< [T, gates]
};

LayerRun run_layer(const OpenModel& open, const HiddenStates& states, ThreadPool& pool) {
    const std::uint64_t tokens = states.tokens();
    const std::size_t channels = open.model.heads * open.model.pairs;
    require_sequence_memory("--activations", tokens, channels);
    std::optional<LoadedGenerator> loaded;
    std::optional<PhaseGenerator<double>> generator;
    PhaseState<double> state;
    if (open.is_selective()) {
        loaded.emplace(load_generator(open.checkpoint, open.model, open.layer));
        generator.emplace(loaded->weights);
        state = generator->start();
    }
    const auto forget = load_forget_gate(open.checkpoint, open.model, open.layer);
    LayerRun run;
    run.angles.resize(static_cast<Index>(tokens), static_cast<Index>(channels));
    run.gates.resize(static_cast<Index>(tokens), forget ? static_cast<Index>(forget->weights.gates()) : 0);
    std::vector<double> hidden;
    std::vector<double> increments;
    for (std::uint64_t first = 0; first < tokens; first += chunk_tokens) {
        throw_if_stopped();
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_tokens, tokens - first));
        const auto row = static_cast<Index>(first);
        hidden.resize(n * open.model.model_dim);
        states.read(first, hidden);
        if (generator) {
            increments.resize(n * channels);
            PhaseStages<double> stages{};
            stages.increment = increments;
            stages.angle = std::span(run.angles.row(row).data(), n * channels);
            generator->advance(hidden, state, stages, {}, pool);
        }
        if (forget)
            compute_log_forget_gates(forget->weights, hidden,
                                     std::span(run.gates.row(row).data(), n * forget->weights.gates()), pool);
    }
    if (generator) return run;
    std::vector<double> frequencies = open.fixed->frequencies;
    frequencies.resize(open.model.pairs, 0.0);  // the rest of a head is not rotated
    for (Index t = 0; t < run.angles.rows(); ++t)
        for (std::size_t c = 0; c < channels; ++c)
            run.angles(t, static_cast<Index>(c)) = frequencies[c % open.model.pairs] * static_cast<double>(t + 1);
    return run;
}

void require_finite_run(const LayerRun& run, const std::string& path) {
    if (!run.angles.allFinite() || !run.gates.allFinite())
        throw input_error("angles or gates that are not finite: the layer's weights or inputs hold NaN or infinities")
            .in_file(path);
}

}  // namespace

ModelSequence read_model_arrays(const LeakageOptions& options) {
    const IndexedPath path = parse_indexed_path(*options.arrays);
    const Checkpoint file = Checkpoint::open(path.path);
    const TensorInfo& tensor = find_angles(file, path);
    const std::size_t heads = tensor.shape[1];
    const std::size_t pairs = tensor.shape[2];
    require_sequence_memory("--arrays", tensor.shape[0], heads * pairs);
    ModelSequence result;
    result.name = checkpoint_name(path.path);
    result.inputs = fmt::format("{} tokens", format_count(tensor.shape[0]));
    if (tensor.name.starts_with("layer")) result.layer = parse_whole(tensor.name.substr(5, tensor.name.size() - 11));
    result.heads = heads;
    const auto chosen = chosen_heads(heads, path.head, "--arrays");
    const RowMatrix<double> angles = read_matrix(file, tensor, tensor.shape[0]);
    const RowMatrix<double> gates = read_gates(file, tensor);
    for (const std::size_t head : chosen) result.sequences.push_back(head_sequence(angles, gates, heads, pairs, head));
    result.records.push_back(record_input(path.path, options.hash_inputs));
    result.notes = file.notes();
    return result;
}

ModelSequence run_model_layer(const LeakageOptions& options, const IndexedPath& path, Context& context) {
    const OpenModel open = open_model(path);
    const LayerInputs inputs = layer_inputs(options, open);
    const auto chosen = chosen_heads(open.model.heads, path.head, "--rotations");
    const LayerRun run = run_layer(open, *inputs.states, context.pool);
    require_finite_run(run, path.path);
    ModelSequence result;
    result.name = checkpoint_name(path.path);
    result.inputs = inputs.description;
    if (!open.model.bare_module) result.layer = open.layer;
    result.heads = open.model.heads;
    for (const std::size_t head : chosen)
        result.sequences.push_back(head_sequence(run.angles, run.gates, open.model.heads, open.model.pairs, head));
    result.records = open.checkpoint.inputs(options.hash_inputs);
    if (options.activations) result.records.push_back(record_input(*options.activations, options.hash_inputs));
    result.notes = open.checkpoint.notes();
    result.summary.emplace_back("model", open.model.family);
    result.summary.emplace_back("position", std::string(position_name(open.model.position)));
    return result;
}

std::optional<ModelBank> fixed_model_bank(const LeakageOptions& options, const IndexedPath& path) {
    const OpenModel open = open_model(path);
    if (options.activations || open.is_selective()) return std::nullopt;
    const Model& model = open.model;
    ModelBank result;
    result.bank = explicit_bank(open.fixed->frequencies);
    result.bank.specification = open.fixed->plain
                                    ? fmt::format("rope:{}:{}", 2 * model.pairs, format_shortest(*model.rope_base))
                                    : open.fixed->schedule;
    result.description = fmt::format("{}, fixed RoPE, {}", model.family, open.fixed->schedule);
    result.records = open.checkpoint.inputs(options.hash_inputs);
    result.notes = open.checkpoint.notes();
    const auto forget = load_forget_gate(open.checkpoint, model, open.layer);
    const auto heads = chosen_heads(std::max<std::size_t>(model.heads, 1), path.head, "--rotations");
    if (!forget) return result;
    const std::vector<double> resting = resting_log_gates(forget->weights);
    const RowMatrix<double> row =
        Eigen::Map<const RowMatrix<double>>(resting.data(), 1, static_cast<Index>(resting.size()));
    const auto gates = split_gates(row, model.heads, model.pairs, heads.front());
    for (std::size_t n = 0; n < model.pairs; ++n) {
        double mean = 0.0;
        for (const auto& gate : gates) mean += gate(0, static_cast<Index>(n)) / static_cast<double>(gates.size());
        result.decays.push_back(std::exp(mean));
    }
    result.notes.push_back(
        fmt::format("decays of layer {}, head {} at rest (input 0), the mean of each pair's log "
                    "gates; --activations gives the real ones",
                    open.layer, heads.front()));
    return result;
}

}  // namespace rotoscope
