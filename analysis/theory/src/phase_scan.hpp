// The half of the phase generator that runs along the sequence: from projected phases to angles.
#pragma once

#include <cstddef>
#include <vector>

#include "rotoscope/theory/phase_generator.hpp"

namespace rotoscope {

/// A run of consecutive tokens: their projections after those of the `phase_history` tokens before them, their gates,
/// and where their stages go.
template <class Scalar>
struct PhaseBlock {
    std::size_t tokens = 0;
    const Scalar* z = nullptr;  ///< [phase_history + tokens, stride]
    std::size_t stride = 0;
    const Scalar* gates = nullptr;  ///< [tokens, gate_stride]
    std::size_t gate_stride = 0;
    PhaseStages<Scalar> stages;
};

/// Tokens that the convolution looks back.
inline constexpr std::size_t phase_history = phase_taps - 1;

/// Convolution, SiLU, bias, gate, running sum and temperature, channel by channel along the tokens.
template <class Scalar>
class PhaseScan {
public:
    explicit PhaseScan(const PhaseGeneratorWeights<Scalar>& weights);

    /// Adds the block's increments to sum [H·P] token after token and writes the stages that are wanted.
    void scan(const PhaseBlock<Scalar>& block, std::vector<double>& sum, ThreadPool& pool) const;

private:
    struct Slice;

    void scan_slice(const PhaseBlock<Scalar>& block, const Slice& slice, double* sum) const;
    void convolve(const PhaseBlock<Scalar>& block, const Slice& slice, std::size_t token, Scalar* out) const;
    void open_gate(const PhaseBlock<Scalar>& block, const Slice& slice, std::size_t token, Scalar* phi) const;

    std::size_t heads_;
    std::size_t pairs_;
    PhaseGate gate_;
    bool silu_;
    RowMatrix<Scalar> taps_;           // [4, H·P]; (0, 0, −1, 1) with skip_conv
    std::vector<Scalar> offset_;       // exp(bias), or 0 [H·P]
    std::vector<double> temperature_;  // [P]
};

}  // namespace rotoscope
