#include "phase_scan.hpp"

#include "activation.hpp"
#include "prefetch.hpp"

#include <algorithm>
#include <cmath>

namespace rotoscope {
namespace {

constexpr std::size_t slice_channels = 64;  // channels of one parallel chunk of the scan over time

// How far ahead the rows of the stages are fetched: a slice writes a piece of each, which the hardware does not follow.
constexpr std::size_t tokens_ahead = 8;

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

}  // namespace

/// Channels first … first + count − 1, all of one head.
template <class Scalar>
struct PhaseScan<Scalar>::Slice {
    std::size_t head;
    std::size_t first_pair;
    std::size_t first;
    std::size_t count;
};

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
}

template <class Scalar>
void PhaseScan<Scalar>::scan(const PhaseBlock<Scalar>& block, std::vector<double>& sum, ThreadPool& pool) const {
    const std::size_t slices_per_head = (pairs_ + slice_channels - 1) / slice_channels;
    pool.for_chunks(heads_ * slices_per_head, 1, [&](std::size_t number, std::size_t) {
        const std::size_t head = number / slices_per_head;
        const std::size_t first_pair = number % slices_per_head * slice_channels;
        const std::size_t first = head * pairs_ + first_pair;
        scan_slice(block, {head, first_pair, first, std::min(slice_channels, pairs_ - first_pair)}, sum.data() + first);
    });
}

template <class Scalar>
void PhaseScan<Scalar>::scan_slice(const PhaseBlock<Scalar>& block, const Slice& slice, double* sum) const {
    const std::size_t count = slice.count;
    const auto keep = [&](auto stage, std::size_t token, const auto* values) {
        if (stage.empty()) return;
        const std::size_t row = token * heads_ * pairs_ + slice.first;
        prefetch(stage, row + tokens_ahead * heads_ * pairs_, count);
        std::copy_n(values, count, stage.data() + row);
    };
    const double* const temperature = temperature_.data() + slice.first_pair;
    Scalar phi[slice_channels];
    double total[slice_channels];  // a copy: no other array can overlap it, which loops over `sum` would have to check
    double angle[slice_channels];
    std::copy_n(sum, count, total);
    for (std::size_t t = 0; t < block.tokens; ++t) {
        convolve(block, slice, t, phi);
        keep(block.stages.convolved, t, phi);
        open_gate(block, slice, t, phi);
        keep(block.stages.increment, t, phi);
        for (std::size_t i = 0; i < count; ++i) total[i] += static_cast<double>(phi[i]);
        for (std::size_t i = 0; i < count; ++i) angle[i] = temperature[i] * total[i];
        keep(block.stages.angle, t, angle);
    }
    std::copy_n(total, count, sum);
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
