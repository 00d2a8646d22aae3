#include "rotoscope/theory/phase_generator.hpp"

#include "phase_projection.hpp"
#include "phase_rotation.hpp"
#include "phase_scan.hpp"
#include "streaming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/relay.hpp"

namespace rotoscope {
namespace {

// Tokens that one thread takes from hidden states to rotated queries and keys: small enough for all between (4 KiB a
// token at 256 channels) to stay in a core's second-level cache.
constexpr std::size_t chunk_tokens = 64;

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

template <class Scalar>
std::size_t stage_bytes(const PhaseStages<Scalar>& stages) {
    return stages.projected.size_bytes() + stages.convolved.size_bytes() + stages.gate.size_bytes() +
           stages.increment.size_bytes() + stages.angle.size_bytes();
}

/// What lies between the hidden states and the results of one chunk.
template <class Scalar>
struct Workspace {
    std::vector<Scalar> z;  // [phase_history + chunk_tokens, projector stride]
    std::vector<Scalar> gates;
    std::vector<Scalar> increments;
    std::vector<double> angles;  // where they are not kept but rotated by
};

/// The workspaces that no chunk uses at the moment: there come to be as many as threads.
template <class Scalar>
class Workspaces {
public:
    [[nodiscard]] Workspace<Scalar> take() {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) return {};
        Workspace<Scalar> workspace = std::move(idle_.back());
        idle_.pop_back();
        return workspace;
    }
    void give_back(Workspace<Scalar> workspace) {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(workspace));
    }

private:
    std::mutex mutex_;
    std::vector<Workspace<Scalar>> idle_;
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

    /// Tokens first … first + count − 1 of the stages that the caller wants, with room for what lies between.
    PhaseBlock<Scalar> block(const PhaseStages<Scalar>& stages, bool rotates, std::size_t first, std::size_t count,
                             Workspace<Scalar>& space) const {
        const std::size_t channels = heads * pairs;
        space.z.resize((phase_history + chunk_tokens) * projector.stride());
        space.gates.resize(chunk_tokens * projector.gate_stride());
        space.increments.resize(chunk_tokens * channels);
        PhaseBlock<Scalar> block;
        block.tokens = count;
        block.z = space.z.data();
        block.stride = projector.stride();
        block.gates = space.gates.data();
        block.gate_stride = projector.gate_stride();
        block.increments = space.increments.data();
        block.stages = {rows(stages.projected, first, count, channels), rows(stages.convolved, first, count, channels),
                        rows(stages.gate, first, count, gates), rows(stages.increment, first, count, channels),
                        rows(stages.angle, first, count, channels)};
        // The rotation reads the angles again.
        block.streamed = !rotates && stage_bytes(stages) > streamed_bytes;
        if (rotates && stages.angle.empty()) {
            space.angles.resize(chunk_tokens * channels);
            block.stages.angle = rows(std::span(space.angles), 0, count, channels);
        }
        return block;
    }

    /// The part of a chunk that needs no other: its projections and gates, and the increments that do not look back
    /// beyond its first token.
    void begin(const PhaseBlock<Scalar>& block, const Scalar* hidden) const {
        const std::size_t channels = heads * pairs;
        Scalar* const projected = block.z + phase_history * block.stride;
        projector.project(hidden, block.tokens, projected, block.gates);
        copy_rows(projected, block.stride, block.tokens, channels, block.stages.projected.data(), channels);
        copy_rows(block.gates, block.gate_stride, block.tokens, gates, block.stages.gate.data(), gates);
        scan.find_increments(block, std::min(phase_history, block.tokens), block.tokens);
    }

    /// The part that the chunks of a sequence take one after another, the state going from each to the next.
    void finish(const PhaseBlock<Scalar>& block, PhaseState<Scalar>& state) const {
        const std::size_t channels = heads * pairs;
        copy_rows(state.history.data(), channels, phase_history, channels, block.z, block.stride);
        scan.find_increments(block, 0, std::min(phase_history, block.tokens));
        scan.accumulate(block, state.sum);
        copy_rows(block.z + block.tokens * block.stride, block.stride, phase_history, channels, state.history.data(),
                  channels);
    }

    [[nodiscard]] PhaseRotation<Scalar> rotated(const PhaseRotation<Scalar>& rotation, std::size_t first,
                                                std::size_t count) const {
        const std::size_t width = 2 * heads * pairs;
        return {rows(rotation.q_in, first, count, width), rows(rotation.k_in, first, count, width),
                rows(rotation.q_out, first, count, width), rows(rotation.k_out, first, count, width)};
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

    const bool rotates = !rotation.q_in.empty();
    Relay relay;
    Workspaces<Scalar> workspaces;
    pool.for_chunks(tokens, chunk_tokens, [&](std::size_t first, std::size_t last) {
        Relay::Leg leg(relay, first / chunk_tokens);
        Workspace<Scalar> space = workspaces.take();
        const PhaseBlock<Scalar> block = own.block(stages, rotates, first, last - first, space);
        own.begin(block, hidden.data() + first * model_dim());
        leg.receive();
        own.finish(block, state);
        leg.pass();
        if (rotates)
            rotate_tokens(block.stages.angle.data(), own.pairs, own.rotated(rotation, first, block.tokens),
                          2 * rotation.q_out.size_bytes() > streamed_bytes);
        finish_streaming();
        workspaces.give_back(std::move(space));
    });
}

template <class Scalar>
void PhaseGenerator<Scalar>::project(std::span<const Scalar> hidden, std::span<Scalar> projected,
                                     ThreadPool& pool) const {
    const std::size_t tokens = hidden.size() / model_dim();
    expect_size(hidden, tokens * model_dim(), "hidden states", false);
    expect_size(projected, tokens * channels(), "projected phases", false);
    const PhaseProjector<Scalar>& projector = implementation_->projector;
    pool.for_chunks(tokens, chunk_tokens, [&](std::size_t first, std::size_t last) {
        std::vector<Scalar> z((last - first) * projector.stride());
        projector.project(hidden.data() + first * model_dim(), last - first, z.data(), nullptr);
        copy_rows(z.data(), projector.stride(), last - first, channels(), projected.data() + first * channels(),
                  channels());
    });
}

template class PhaseGenerator<float>;
template class PhaseGenerator<double>;

}  // namespace rotoscope
