#include "rotoscope/theory/phase_generator.hpp"

#include "linear_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rotoscope/core/error.hpp"
#include "rotoscope/theory/rotation.hpp"

namespace rotoscope {
namespace {

constexpr double norm_epsilon = 1e-6;        // of the per-head normalisation, fixed in the public implementation
constexpr double column_norm_floor = 1e-12;  // of the full-rank weight's columns, likewise
constexpr std::size_t history = phase_taps - 1;

// Tokens whose projections are held at once: enough to make the pool's two hand-overs a block cheap, small enough for
// the projections of a few hundred channels to stay in a core's second-level cache.
constexpr std::size_t block_tokens = 1024;
constexpr std::size_t tile_tokens = 32;     // tokens of one parallel chunk of the projection
constexpr std::size_t slice_channels = 64;  // channels of one parallel chunk of the scan over time

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

template <class Scalar>
void apply_sigmoid(Scalar* values, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) values[i] = Scalar{1} / (Scalar{1} + std::exp(-values[i]));
}

/// The full-rank weight of one head as a map [P, D/H]: columns normalised, times the head's scalar.
template <class Scalar>
RowMatrix<Scalar> full_rank_map(const PhaseGeneratorWeights<Scalar>& weights, std::size_t head) {
    const std::size_t chunk = weights.model_dim / weights.heads;
    RowMatrix<double> block =
        weights.full.middleRows(index(head * chunk), index(chunk)).transpose().template cast<double>();
    for (Eigen::Index n = 0; n < block.rows(); ++n)
        block.row(n) *=
            static_cast<double>(weights.scalar(index(head))) / std::max(block.row(n).norm(), column_norm_floor);
    return block.template cast<Scalar>();
}

/// W0 and the gate's first layer, stacked: both read x̂.
template <class Scalar>
RowMatrix<Scalar> stack_first_layers(const PhaseGeneratorWeights<Scalar>& weights) {
    const RowMatrix<Scalar>& gate = weights.gate == PhaseGate::standard ? weights.gate_up : weights.gate_down;
    RowMatrix<Scalar> stacked(weights.down.rows() + gate.rows(), index(weights.model_dim));
    if (weights.down.rows() > 0) stacked.topRows(weights.down.rows()) = weights.down;
    if (gate.rows() > 0) stacked.bottomRows(gate.rows()) = gate;
    return stacked;
}

template <class Span>
void expect_size(const Span& span, std::size_t expected, std::string_view what, bool optional = true) {
    if (span.size() == expected || (optional && span.empty())) return;
    throw internal_error(
        fmt::format("the phase generator was given {} elements for {}; expected {}", span.size(), what, expected));
}

}  // namespace

template <class Scalar>
struct PhaseGenerator<Scalar>::Implementation {
    PhaseGeneratorWeights<Scalar> weights;
    LinearMap<Scalar> first;              // [r + gate rows, D] on x̂
    LinearMap<Scalar> second;             // low-rank: [H·P, r]
    std::vector<LinearMap<Scalar>> full;  // full-rank: [P, D/H] a head
    LinearMap<Scalar> gate_second;        // low-rank and gla gates: [gates, g]
    RowMatrix<Scalar> taps;               // [4, H·P]; (0, 0, −1, 1) with skip_conv
    std::vector<Scalar> offset;           // exp(bias), or 0 [H·P]

    explicit Implementation(const PhaseGeneratorWeights<Scalar>& given) : weights(given) {
        weights.check();
        first = LinearMap<Scalar>(stack_first_layers(weights));
        if (weights.projection == PhaseProjection::low_rank) second = LinearMap<Scalar>(weights.up);
        else
            for (std::size_t h = 0; h < weights.heads; ++h) full.emplace_back(full_rank_map(weights, h));
        if (weights.gate == PhaseGate::low_rank || weights.gate == PhaseGate::gla)
            gate_second = LinearMap<Scalar>(weights.gate_up);
        taps = RowMatrix<Scalar>::Zero(index(phase_taps), index(weights.channels()));
        if (weights.skip_conv()) {
            taps.row(2).setConstant(Scalar{-1});
            taps.row(3).setConstant(Scalar{1});
        } else {
            taps = weights.taps.transpose();
        }
        offset.assign(weights.channels(), Scalar{0});
        for (std::size_t c = 0; weights.bias.size() != 0 && c < offset.size(); ++c)
            offset[c] = std::exp(weights.bias(index(c)));
    }

    /// Row stride of a block's projections: the vectors of the last head may reach beyond the channels.
    [[nodiscard]] std::size_t stride() const {
        const std::size_t reach =
            full.empty() ? second.padded_rows() : (weights.heads - 1) * weights.pairs + full.back().padded_rows();
        return (std::max(reach, weights.channels()) + LinearMap<Scalar>::lanes - 1) / LinearMap<Scalar>::lanes *
               LinearMap<Scalar>::lanes;
    }

    [[nodiscard]] std::size_t gate_stride() const {
        return weights.gate == PhaseGate::none ? 0 : std::max(gate_second.padded_rows(), weights.gates());
    }

    /// 1/sqrt(Σ x_h² + ε) into scales[head][token].
    void measure_chunks(const Scalar* x, std::size_t tokens, std::vector<Scalar>& scales) const {
        const std::size_t chunk = weights.model_dim / weights.heads;
        for (std::size_t t = 0; t < tokens; ++t) {
            for (std::size_t h = 0; h < weights.heads; ++h) {
                const Scalar squares = sum_squares(x + t * weights.model_dim + h * chunk, chunk);
                scales[h * tokens + t] =
                    static_cast<Scalar>(1.0 / std::sqrt(static_cast<double>(squares) + norm_epsilon));
            }
        }
    }

    /// One tile: z [tokens, stride()] and the gates [tokens, gate_stride()] of hidden x [tokens, D].
    void project_tile(const Scalar* x, std::size_t tokens, Scalar* z, Scalar* gates) const {
        const std::size_t chunk = weights.model_dim / weights.heads;
        const std::size_t rank = static_cast<std::size_t>(weights.down.rows());
        std::vector<Scalar> scales(weights.heads * tokens);
        measure_chunks(x, tokens, scales);
        std::vector<Scalar> inner(tokens * first.padded_rows(), Scalar{0});
        using Update = typename LinearMap<Scalar>::Update;
        for (std::size_t h = 0; first.rows() > 0 && h < weights.heads; ++h)
            first.apply_columns(h * chunk, chunk, x + h * chunk, weights.model_dim, tokens, scales.data() + h * tokens,
                                inner.data(), first.padded_rows(), Update::add);
        if (full.empty()) second.apply(inner.data(), first.padded_rows(), tokens, nullptr, z, stride(), Update::assign);
        // In the order of the heads: what the padding of one head overwrites, the next writes.
        for (std::size_t h = 0; h < full.size(); ++h)
            full[h].apply(x + h * chunk, weights.model_dim, tokens, scales.data() + h * tokens, z + h * weights.pairs,
                          stride(), Update::assign);
        if (gates != nullptr) open_gates(inner.data() + rank, tokens, gates);
    }

    void open_gates(const Scalar* first_layer, std::size_t tokens, Scalar* gates) const {
        if (gate_second.rows() > 0)
            gate_second.apply(first_layer, first.padded_rows(), tokens, nullptr, gates, gate_stride(),
                              LinearMap<Scalar>::Update::assign);
        for (std::size_t t = 0; t < tokens; ++t) {
            Scalar* const row = gates + t * gate_stride();
            if (gate_second.rows() == 0) std::copy_n(first_layer + t * first.padded_rows(), weights.gates(), row);
            for (std::size_t g = 0; g < weights.gates(); ++g) row[g] += weights.gate_bias(index(g));
            apply_sigmoid(row, weights.gates());
        }
    }

    /// What the scan over time needs of a block: its projections (after `history` rows of the past), its gates, and
    /// where its stages go.
    struct Block {
        std::size_t tokens = 0;
        const Scalar* z = nullptr;
        const Scalar* gates = nullptr;
        PhaseStages<Scalar> stages;
        PhaseRotation<Scalar> rotation;
    };

    /// Convolution to angle and rotation for the channels [begin, end) of one head, token after token.
    void scan_slice(const Block& block, std::size_t begin, std::size_t end, std::vector<double>& sum) const {
        const std::size_t channels = weights.channels();
        const std::size_t count = end - begin;
        const std::size_t head = begin / weights.pairs;
        const Scalar* const temperature = weights.temperature.data() + begin % weights.pairs;
        Scalar phi[slice_channels];
        double angle[slice_channels];
        for (std::size_t t = 0; t < block.tokens; ++t) {
            convolve(block.z + t * stride() + begin, begin, count, phi);
            const std::size_t row = t * channels + begin;
            if (!block.stages.convolved.empty()) std::copy_n(phi, count, block.stages.convolved.data() + row);
            for (std::size_t i = 0; i < count; ++i) phi[i] += offset[begin + i];
            if (weights.gate == PhaseGate::gla)
                for (std::size_t i = 0; i < count; ++i) phi[i] *= block.gates[t * gate_stride() + begin + i];
            else if (weights.gate != PhaseGate::none)
                for (std::size_t i = 0; i < count; ++i) phi[i] *= block.gates[t * gate_stride() + head];
            if (!block.stages.increment.empty()) std::copy_n(phi, count, block.stages.increment.data() + row);
            for (std::size_t i = 0; i < count; ++i) {
                sum[begin + i] += static_cast<double>(phi[i]);
                angle[i] = static_cast<double>(temperature[i]) * sum[begin + i];
            }
            if (!block.stages.angle.empty()) std::copy_n(angle, count, block.stages.angle.data() + row);
            if (!block.rotation.q_in.empty()) rotate(block.rotation, t, begin, {angle, count});
        }
    }

    /// c_t = Σ_j tap_j z_{t−3+j} of `count` channels from `begin`, then SiLU; z is row t − 3.
    void convolve(const Scalar* z, std::size_t begin, std::size_t count, Scalar* out) const {
        for (std::size_t i = 0; i < count; ++i) out[i] = Scalar{0};
        for (std::size_t j = 0; j < phase_taps; ++j) {
            const Scalar* const tap = taps.data() + j * weights.channels() + begin;
            for (std::size_t i = 0; i < count; ++i) out[i] += tap[i] * z[j * stride() + i];
        }
        if (!weights.silu) return;
        for (std::size_t i = 0; i < count; ++i) out[i] /= Scalar{1} + std::exp(-out[i]);
    }

    void rotate(const PhaseRotation<Scalar>& rotation, std::size_t token, std::size_t begin,
                std::span<const double> angles) const {
        const std::size_t head = begin / weights.pairs;
        const std::size_t first_pair = begin % weights.pairs;
        const std::size_t row = (token * weights.heads + head) * 2 * weights.pairs;
        for (std::size_t i = 0; i < angles.size(); ++i) {
            const auto [x0, x1] = pair_indices(PairLayout::half_split, first_pair + i, weights.pairs);
            const auto cosine = static_cast<Scalar>(std::cos(angles[i]));
            const auto sine = static_cast<Scalar>(std::sin(angles[i]));
            for (const auto& [in, out] :
                 {std::pair(rotation.q_in, rotation.q_out), std::pair(rotation.k_in, rotation.k_out)}) {
                out[row + x0] = in[row + x0] * cosine - in[row + x1] * sine;
                out[row + x1] = in[row + x0] * sine + in[row + x1] * cosine;
            }
        }
    }

    void scan(const Block& block, std::vector<double>& sum, ThreadPool& pool) const {
        const std::size_t slices_per_head = (weights.pairs + slice_channels - 1) / slice_channels;
        pool.for_chunks(weights.heads * slices_per_head, 1, [&](std::size_t slice, std::size_t) {
            const std::size_t head = slice / slices_per_head;
            const std::size_t begin = slice % slices_per_head * slice_channels;
            const std::size_t end = std::min(begin + slice_channels, weights.pairs);
            scan_slice(block, head * weights.pairs + begin, head * weights.pairs + end, sum);
        });
    }
};

template <class Scalar>
PhaseGenerator<Scalar>::PhaseGenerator(const PhaseGeneratorWeights<Scalar>& weights)
    : implementation_(std::make_unique<Implementation>(weights)) {}
template <class Scalar>
PhaseGenerator<Scalar>::~PhaseGenerator() = default;
template <class Scalar>
PhaseGenerator<Scalar>::PhaseGenerator(PhaseGenerator&&) noexcept = default;
template <class Scalar>
PhaseGenerator<Scalar>& PhaseGenerator<Scalar>::operator=(PhaseGenerator&&) noexcept = default;

template <class Scalar>
std::size_t PhaseGenerator<Scalar>::heads() const noexcept {
    return implementation_->weights.heads;
}
template <class Scalar>
std::size_t PhaseGenerator<Scalar>::pairs() const noexcept {
    return implementation_->weights.pairs;
}
template <class Scalar>
std::size_t PhaseGenerator<Scalar>::channels() const noexcept {
    return implementation_->weights.channels();
}
template <class Scalar>
std::size_t PhaseGenerator<Scalar>::gates() const noexcept {
    return implementation_->weights.gates();
}
template <class Scalar>
std::size_t PhaseGenerator<Scalar>::model_dim() const noexcept {
    return implementation_->weights.model_dim;
}

template <class Scalar>
PhaseState<Scalar> PhaseGenerator<Scalar>::start() const {
    return {std::vector<Scalar>(history * channels(), Scalar{0}), std::vector<double>(channels(), 0.0)};
}

template <class Scalar>
void PhaseGenerator<Scalar>::advance(std::span<const Scalar> hidden, PhaseState<Scalar>& state,
                                     const PhaseStages<Scalar>& stages, const PhaseRotation<Scalar>& rotation,
                                     ThreadPool& pool) const {
    const Implementation& own = *implementation_;
    const std::size_t tokens = hidden.size() / model_dim();
    expect_size(hidden, tokens * model_dim(), "hidden states", false);
    expect_size(state.history, history * channels(), "the state", false);
    for (const auto& stage : {stages.projected, stages.convolved, stages.increment})
        expect_size(stage, tokens * channels(), "a stage");
    expect_size(stages.gate, tokens * gates(), "the gate");
    expect_size(stages.angle, tokens * channels(), "the angle");
    const std::size_t rotated = rotation.q_in.empty() ? 0 : 2 * tokens * channels();
    for (const auto& part : {rotation.q_in, rotation.k_in}) expect_size(part, rotated, "queries and keys", false);
    for (const auto& part : {rotation.q_out, rotation.k_out})
        expect_size(part, rotated, "rotated queries and keys", false);

    const std::size_t stride = own.stride();
    const std::size_t block_size = std::min(block_tokens, tokens);
    std::vector<Scalar> z((history + block_size) * stride, Scalar{0});
    std::vector<Scalar> gates_of_block(block_size * own.gate_stride());
    for (std::size_t j = 0; j < history; ++j)
        std::copy_n(state.history.data() + j * channels(), channels(), z.data() + j * stride);

    const auto part = [](auto span, std::size_t first, std::size_t count) {
        return span.empty() ? span : span.subspan(first, count);
    };
    for (std::size_t begin = 0; begin < tokens; begin += block_tokens) {
        const std::size_t count = std::min(block_tokens, tokens - begin);
        Scalar* const gate_rows = own.weights.gate == PhaseGate::none ? nullptr : gates_of_block.data();
        pool.for_chunks(count, tile_tokens, [&](std::size_t first, std::size_t last) {
            own.project_tile(hidden.data() + (begin + first) * model_dim(), last - first,
                             z.data() + (history + first) * stride,
                             gate_rows == nullptr ? nullptr : gate_rows + first * own.gate_stride());
        });
        for (std::size_t t = 0; t < count; ++t) {
            if (!stages.projected.empty())
                std::copy_n(z.data() + (history + t) * stride, channels(),
                            stages.projected.data() + (begin + t) * channels());
            if (!stages.gate.empty())
                std::copy_n(gate_rows + t * own.gate_stride(), gates(), stages.gate.data() + (begin + t) * gates());
        }
        typename Implementation::Block block;
        block.tokens = count;
        block.z = z.data();
        block.gates = gate_rows;
        block.stages.convolved = part(stages.convolved, begin * channels(), count * channels());
        block.stages.increment = part(stages.increment, begin * channels(), count * channels());
        block.stages.angle = part(stages.angle, begin * channels(), count * channels());
        block.rotation.q_in = part(rotation.q_in, 2 * begin * channels(), 2 * count * channels());
        block.rotation.k_in = part(rotation.k_in, 2 * begin * channels(), 2 * count * channels());
        block.rotation.q_out = part(rotation.q_out, 2 * begin * channels(), 2 * count * channels());
        block.rotation.k_out = part(rotation.k_out, 2 * begin * channels(), 2 * count * channels());
        own.scan(block, state.sum, pool);
        std::copy_n(z.data() + count * stride, history * stride, z.data());
    }
    for (std::size_t j = 0; j < history; ++j)
        std::copy_n(z.data() + j * stride, channels(), state.history.data() + j * channels());
}

template <class Scalar>
void PhaseGenerator<Scalar>::project(std::span<const Scalar> hidden, std::span<Scalar> projected,
                                     ThreadPool& pool) const {
    const std::size_t tokens = hidden.size() / model_dim();
    expect_size(hidden, tokens * model_dim(), "hidden states", false);
    expect_size(projected, tokens * channels(), "projected phases", false);
    pool.for_chunks(tokens, tile_tokens, [&](std::size_t first, std::size_t last) {
        const std::size_t stride = implementation_->stride();
        std::vector<Scalar> z((last - first) * stride);
        implementation_->project_tile(hidden.data() + first * model_dim(), last - first, z.data(), nullptr);
        for (std::size_t t = first; t < last; ++t)
            std::copy_n(z.data() + (t - first) * stride, channels(), projected.data() + t * channels());
    });
}

template class PhaseGenerator<float>;
template class PhaseGenerator<double>;

}  // namespace rotoscope
