#include "phase_scan.hpp"

#include "activation.hpp"
#include "streaming.hpp"

#include <algorithm>
#include <cmath>

namespace rotoscope {
namespace {

constexpr std::size_t slice_channels = 64;  // of one token at a time: on the stack, where nothing else can overlap them

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

/// total += φ, angle = temperature · total. Nothing overlaps anything else.
template <class Scalar>
void add_increments(const Scalar* __restrict phi, const double* __restrict temperature, std::size_t count,
                    double* __restrict total, double* __restrict angle) {
    for (std::size_t i = 0; i < count; ++i) {
        total[i] += static_cast<double>(phi[i]);
        angle[i] = temperature[i] * total[i];
    }
}

/// Copies a slice of a token's values to where they lie in a stage; nowhere if it is not wanted.
template <class Value>
void keep(const Value* values, std::size_t count, std::span<Value> stage, std::size_t at, bool streamed) {
    if (!stage.empty()) write_values(values, count, stage.data() + at, streamed);
}

}  // namespace

template <class Scalar>
PhaseScan<Scalar>::PhaseScan(const PhaseGeneratorWeights<Scalar>& weights)
    : heads_(weights.heads),
      pairs_(weights.pairs),
      gate_(weights.gate),
      silu_(weights.silu),
      taps_(RowMatrix<Scalar>::Zero(index(phase_taps), index(weights.channels()))),
      offset_(weights.channels(), Scalar{0}),
      temperature_(weights.temperature.begin(), weights.temperature.end()) {
    if (weights.skip_conv()) {
        taps_.row(2).setConstant(Scalar{-1});
        taps_.row(3).setConstant(Scalar{1});
    } else {
        taps_ = weights.taps.transpose();
    }
    for (std::size_t c = 0; weights.bias.size() != 0 && c < offset_.size(); ++c)
        offset_[c] = std::exp(weights.bias(index(c)));
    for (std::size_t head = 0; head < heads_; ++head)
        for (std::size_t pair = 0; pair < pairs_; pair += slice_channels)
            slices_.push_back({head, pair, head * pairs_ + pair, std::min(slice_channels, pairs_ - pair)});
}

template <class Scalar>
void PhaseScan<Scalar>::find_increments(const PhaseBlock<Scalar>& block, std::size_t first, std::size_t last) const {
    const std::size_t channels = heads_ * pairs_;
    for (const Slice& slice : slices_) {
        Scalar phi[slice_channels];
        for (std::size_t t = first; t < last; ++t) {
            const std::size_t row = t * channels + slice.first;
            convolve(block, slice, t, phi);
            keep(phi, slice.count, block.stages.convolved, row, block.streamed);
            open_gate(block, slice, t, phi);
            keep(phi, slice.count, block.stages.increment, row, block.streamed);
            std::copy_n(phi, slice.count, block.increments + row);
        }
    }
}

template <class Scalar>
void PhaseScan<Scalar>::accumulate(const PhaseBlock<Scalar>& block, std::vector<double>& sum) const {
    const std::size_t channels = heads_ * pairs_;
    for (std::size_t t = 0; t < block.tokens; ++t)  // whole rows, so that streaming fills whole cache lines
        for (const Slice& slice : slices_) {
            const std::size_t row = t * channels + slice.first;
            double angle[slice_channels];
            add_increments(block.increments + row, temperature_.data() + slice.first_pair, slice.count,
                           sum.data() + slice.first, angle);
            keep(angle, slice.count, block.stages.angle, row, block.streamed);
        }
}

/// c_t = Σ_j tap_j z_{t−3+j}, then SiLU.
template <class Scalar>
void PhaseScan<Scalar>::convolve(const PhaseBlock<Scalar>& block, const Slice& slice, std::size_t token,
                                 Scalar* out) const {
    const Scalar* const z = block.z + token * block.stride + slice.first;  // of token t − 3
    const Scalar* const tap = taps_.data() + slice.first;
    const std::size_t channels = heads_ * pairs_;
    const std::size_t stride = block.stride;
    for (std::size_t i = 0; i < slice.count; ++i)
        out[i] = tap[i] * z[i] + tap[channels + i] * z[stride + i] + tap[2 * channels + i] * z[2 * stride + i] +
                 tap[3 * channels + i] * z[3 * stride + i];
    if (silu_) apply_silu(out, slice.count);
}

/// φ = (c + exp(bias)) · gate.
template <class Scalar>
void PhaseScan<Scalar>::open_gate(const PhaseBlock<Scalar>& block, const Slice& slice, std::size_t token,
                                  Scalar* phi) const {
    const Scalar* const offset = offset_.data() + slice.first;
    const Scalar* const gates = block.gates + token * block.gate_stride;
    if (gate_ == PhaseGate::gla) {
        for (std::size_t i = 0; i < slice.count; ++i) phi[i] = (phi[i] + offset[i]) * gates[slice.first + i];
    } else {
        const Scalar gate = gate_ == PhaseGate::none ? Scalar{1} : gates[slice.head];
        for (std::size_t i = 0; i < slice.count; ++i) phi[i] = (phi[i] + offset[i]) * gate;
    }
}

template class PhaseScan<float>;
template class PhaseScan<double>;

}  // namespace rotoscope
