#include "rotoscope/theory/phase_generator.hpp"

#include "phase_projection.hpp"
#include "phase_rotation.hpp"
#include "phase_scan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

// Tokens whose projections and angles are held at once: enough to make the pool's two hand-overs a block cheap, small
// enough for those of a few hundred channels (3 KiB a token at 256) to stay in a core's second-level cache.
constexpr std::size_t block_tokens = 256;
constexpr std::size_t tile_tokens = 32;  // tokens of one parallel chunk of the projection

template <class Span>
void expect_size(const Span& span, std::size_t expected, std::string_view what, bool optional = true) {
    if (span.size() == expected || (optional && span.empty())) return;
    throw internal_error(
        fmt::format("the phase generator was given {} elements for {}; expected {}", span.size(), what, expected));
}

/// Tokens first … first + count − 1 of a span with `width` elements a token; of an empty span, nothing.
template <class Element>
std::span<Element> rows(std::span<Element> span, std::size_t first, std::size_t count, std::size_t width) {
    return span.empty() ? span : span.subspan(first * width, count * width);
}

/// Copies `count` rows of `width` elements between rows that lie further apart; nowhere if `to` is null.
template <class Scalar>
void copy_rows(const Scalar* from, std::size_t from_stride, std::size_t count, std::size_t width, Scalar* to,
               std::size_t to_stride) {
    for (std::size_t i = 0; i < count && to != nullptr; ++i)
        std::copy_n(from + i * from_stride, width, to + i * to_stride);
}

/// Tokens whose angles are known and whose queries and keys are still to be rotated.
template <class Scalar>
struct RotatedBlock {
    std::size_t tokens = 0;
    const double* angles = nullptr;  ///< [tokens, H·P]
    PhaseRotation<Scalar> rotation;
};

}  // namespace

template <class Scalar>
struct PhaseGenerator<Scalar>::Implementation {
    std::size_t heads;
    std::size_t pairs;
    std::size_t model_dim;
    std::size_t gates;
    PhaseProjector<Scalar> projector;
    PhaseScan<Scalar> scan;

    // Checked before the members are built from them.
    static const PhaseGeneratorWeights<Scalar>& checked(const PhaseGeneratorWeights<Scalar>& weights) {
        weights.check();
        return weights;
    }
    explicit Implementation(const PhaseGeneratorWeights<Scalar>& weights)
        : heads(checked(weights).heads),
          pairs(weights.pairs),
          model_dim(weights.model_dim),
          gates(weights.gates()),
          projector(weights),
          scan(weights) {}

    void check_sizes(std::span<const Scalar> hidden, const PhaseState<Scalar>& state, const PhaseStages<Scalar>& stages,
                     const PhaseRotation<Scalar>& rotation) const {
        const std::size_t tokens = hidden.size() / model_dim;
        const std::size_t channels = heads * pairs;
        expect_size(hidden, tokens * model_dim, "hidden states", false);
        expect_size(state.history, phase_history * channels, "the state", false);
        for (const auto& stage : {stages.projected, stages.convolved, stages.increment})
            expect_size(stage, tokens * channels, "a stage");
        expect_size(stages.gate, tokens * gates, "the gate");
        expect_size(stages.angle, tokens * channels, "the angle");
        const std::size_t rotated = rotation.q_in.empty() ? 0 : 2 * tokens * channels;
        for (const auto& part : {rotation.q_in, rotation.k_in}) expect_size(part, rotated, "queries and keys", false);
        for (const auto& part : {rotation.q_out, rotation.k_out})
            expect_size(part, rotated, "rotated queries and keys", false);
    }

    /// Projects a block's tokens and rotates those of the block before it: independent work of which one part computes
    /// and the other waits for memory, so tiles of both alternate.
    void project_and_rotate(const Scalar* hidden, std::size_t tokens, Scalar* z, Scalar* gate_rows,
                            const RotatedBlock<Scalar>& before, ThreadPool& pool) const {
        const std::size_t tiles = (std::max(tokens, before.tokens) + tile_tokens - 1) / tile_tokens;
        pool.for_chunks(2 * tiles, 1, [&](std::size_t k, std::size_t) {
            const std::size_t first = k / 2 * tile_tokens;
            if (k % 2 == 0 && first < tokens)
                projector.project(hidden + first * model_dim, std::min(tile_tokens, tokens - first),
                                  z + first * projector.stride(), gate_rows + first * projector.gate_stride());
            if (k % 2 == 1 && first < before.tokens)
                rotate_tokens(before.angles, heads, pairs, first, std::min(first + tile_tokens, before.tokens),
                              before.rotation);
        });
    }

    /// What the caller wants of the tokens first … first + count − 1.
    PhaseBlock<Scalar> block(const PhaseStages<Scalar>& stages, std::size_t first, std::size_t count) const {
        const std::size_t channels = heads * pairs;
        PhaseBlock<Scalar> block;
        block.tokens = count;
        block.stride = projector.stride();
        block.gate_stride = projector.gate_stride();
        block.stages = {rows(stages.projected, first, count, channels), rows(stages.convolved, first, count, channels),
                        rows(stages.gate, first, count, gates), rows(stages.increment, first, count, channels),
                        rows(stages.angle, first, count, channels)};
        return block;
    }

    [[nodiscard]] RotatedBlock<Scalar> rotated(const PhaseRotation<Scalar>& rotation, const double* angles,
                                               std::size_t first, std::size_t count) const {
        const std::size_t width = 2 * heads * pairs;
        if (rotation.q_in.empty()) return {};
        return {count,
                angles,
                {rows(rotation.q_in, first, count, width), rows(rotation.k_in, first, count, width),
                 rows(rotation.q_out, first, count, width), rows(rotation.k_out, first, count, width)}};
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
    return implementation_->heads;
}
template <class Scalar>
std::size_t PhaseGenerator<Scalar>::pairs() const noexcept {
    return implementation_->pairs;
}
template <class Scalar>
std::size_t PhaseGenerator<Scalar>::channels() const noexcept {
    return heads() * pairs();
}
template <class Scalar>
std::size_t PhaseGenerator<Scalar>::gates() const noexcept {
    return implementation_->gates;
}
template <class Scalar>
std::size_t PhaseGenerator<Scalar>::model_dim() const noexcept {
    return implementation_->model_dim;
}

template <class Scalar>
PhaseState<Scalar> PhaseGenerator<Scalar>::start() const {
    return {std::vector<Scalar>(phase_history * channels(), Scalar{0}), std::vector<double>(channels(), 0.0)};
}

template <class Scalar>
void PhaseGenerator<Scalar>::advance(std::span<const Scalar> hidden, PhaseState<Scalar>& state,
                                     const PhaseStages<Scalar>& stages, const PhaseRotation<Scalar>& rotation,
                                     ThreadPool& pool) const {
    const Implementation& own = *implementation_;
    const std::size_t tokens = hidden.size() / model_dim();
    own.check_sizes(hidden, state, stages, rotation);

    const std::size_t stride = own.projector.stride();
    const std::size_t block_size = std::min(block_tokens, tokens);
    std::vector<Scalar> z((phase_history + block_size) * stride, Scalar{0});
    std::vector<Scalar> gate_rows(block_size * own.projector.gate_stride());
    std::vector<double> angles(!rotation.q_in.empty() && stages.angle.empty() ? block_size * channels() : 0);
    Scalar* const projected = z.data() + phase_history * stride;
    copy_rows(state.history.data(), channels(), phase_history, channels(), z.data(), stride);
    RotatedBlock<Scalar> before;
    for (std::size_t begin = 0; begin < tokens; begin += block_tokens) {
        PhaseBlock<Scalar> block = own.block(stages, begin, std::min(block_tokens, tokens - begin));
        block.z = z.data();
        block.gates = gate_rows.data();
        if (stages.angle.empty()) block.stages.angle = rows(std::span(angles), 0, block.tokens, channels());
        own.project_and_rotate(hidden.data() + begin * model_dim(), block.tokens, projected, gate_rows.data(), before,
                               pool);
        copy_rows(projected, stride, block.tokens, channels(), block.stages.projected.data(), channels());
        copy_rows(gate_rows.data(), block.gate_stride, block.tokens, gates(), block.stages.gate.data(), gates());
        own.scan.scan(block, state.sum, pool);
        copy_rows(z.data() + block.tokens * stride, stride, phase_history, stride, z.data(), stride);
        before = own.rotated(rotation, block.stages.angle.data(), begin, block.tokens);
    }
    own.project_and_rotate(nullptr, 0, projected, gate_rows.data(), before, pool);
    copy_rows(z.data(), stride, phase_history, channels(), state.history.data(), channels());
}

template <class Scalar>
void PhaseGenerator<Scalar>::project(std::span<const Scalar> hidden, std::span<Scalar> projected,
                                     ThreadPool& pool) const {
    const std::size_t tokens = hidden.size() / model_dim();
    expect_size(hidden, tokens * model_dim(), "hidden states", false);
    expect_size(projected, tokens * channels(), "projected phases", false);
    const PhaseProjector<Scalar>& projector = implementation_->projector;
    pool.for_chunks(tokens, tile_tokens, [&](std::size_t first, std::size_t last) {
        std::vector<Scalar> z((last - first) * projector.stride());
        projector.project(hidden.data() + first * model_dim(), last - first, z.data(), nullptr);
        copy_rows(z.data(), projector.stride(), last - first, channels(), projected.data() + first * channels(),
                  channels());
    });
}

template class PhaseGenerator<float>;
template class PhaseGenerator<double>;

}  // namespace rotoscope
