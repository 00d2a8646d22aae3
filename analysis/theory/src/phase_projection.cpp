#include "phase_projection.hpp"

#include "activation.hpp"

#include <algorithm>
#include <cmath>

namespace rotoscope {
namespace {

constexpr double norm_epsilon = 1e-6;        // of the per-head normalisation, fixed in the public implementation
constexpr double column_norm_floor = 1e-12;  // of the full-rank weight's columns, likewise

// Tokens normalised and multiplied before the next are read: a tile or two of the linear maps, so that the products
// find in the first-level cache what the norms have just read.
constexpr std::size_t few_tokens = 8;

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

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

}  // namespace

template <class Scalar>
PhaseProjector<Scalar>::PhaseProjector(const PhaseGeneratorWeights<Scalar>& weights)
    : heads_(weights.heads),
      pairs_(weights.pairs),
      model_dim_(weights.model_dim),
      rank_(static_cast<std::size_t>(weights.down.rows())),
      gates_(weights.gates()),
      first_(stack_first_layers(weights)),
      gate_bias_(weights.gate_bias) {
    if (weights.projection == PhaseProjection::low_rank) second_ = LinearMap<Scalar>(weights.up);
    else
        for (std::size_t h = 0; h < heads_; ++h) full_.emplace_back(full_rank_map(weights, h));
    if (weights.gate == PhaseGate::low_rank || weights.gate == PhaseGate::gla)
        gate_second_ = LinearMap<Scalar>(weights.gate_up);
    constexpr std::size_t lanes = LinearMap<Scalar>::lanes;
    const std::size_t reach =
        full_.empty() ? second_.padded_rows() : (heads_ - 1) * pairs_ + full_.back().padded_rows();
    stride_ = (std::max(reach, weights.channels()) + lanes - 1) / lanes * lanes;
    gate_stride_ = std::max(gate_second_.padded_rows(), gates_);
}

template <class Scalar>
void PhaseProjector<Scalar>::project(const Scalar* x, std::size_t tokens, Scalar* z, Scalar* gates) const {
    for (std::size_t t = 0; t < tokens; t += few_tokens)
        project_few(x + t * model_dim_, std::min(few_tokens, tokens - t), tokens - t >= 2 * few_tokens, z + t * stride_,
                    gates == nullptr ? nullptr : gates + t * gate_stride_);
}

template <class Scalar>
void PhaseProjector<Scalar>::project_few(const Scalar* x, std::size_t tokens, bool more, Scalar* z,
                                         Scalar* gates) const {
    using Update = typename LinearMap<Scalar>::Update;
    const std::size_t chunk = model_dim_ / heads_;
    const typename LinearMap<Scalar>::Scaling normalised{{norm_epsilon}};  // of each head's chunk by itself
    std::vector<Scalar> inner(tokens * first_.padded_rows(), Scalar{0});
    for (std::size_t h = 0; first_.rows() > 0 && h < heads_; ++h)
        first_.apply_columns(h * chunk, chunk, x + h * chunk, model_dim_, tokens, normalised, inner.data(),
                             first_.padded_rows(), Update::add, more ? few_tokens * model_dim_ : 0);
    if (full_.empty()) second_.apply(inner.data(), first_.padded_rows(), tokens, {}, z, stride_, Update::assign);
    // In the order of the heads: what the padding of one head overwrites, the next writes.
    for (std::size_t h = 0; h < full_.size(); ++h)
        full_[h].apply(x + h * chunk, model_dim_, tokens, normalised, z + h * pairs_, stride_, Update::assign);
    if (gates != nullptr) open_gates(inner.data() + rank_, tokens, gates);
}

template <class Scalar>
void PhaseProjector<Scalar>::open_gates(const Scalar* first_layer, std::size_t tokens, Scalar* gates) const {
    if (gate_second_.rows() > 0)
        gate_second_.apply(first_layer, first_.padded_rows(), tokens, {}, gates, gate_stride_,
                           LinearMap<Scalar>::Update::assign);
    for (std::size_t t = 0; t < tokens; ++t) {
        Scalar* const row = gates + t * gate_stride_;
        if (gate_second_.rows() == 0) std::copy_n(first_layer + t * first_.padded_rows(), gates_, row);
        for (std::size_t g = 0; g < gates_; ++g) row[g] += gate_bias_(index(g));
    }
    apply_sigmoid(gates, tokens * gate_stride_);  // the padding too: one loop over all tokens
}

template class PhaseProjector<float>;
template class PhaseProjector<double>;

}  // namespace rotoscope
