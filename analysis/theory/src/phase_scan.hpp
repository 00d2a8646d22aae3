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
    Scalar* z = nullptr;  ///< [phase_history + tokens, stride]
    std::size_t stride = 0;
    Scalar* gates = nullptr;  ///< [tokens, gate_stride]
    std::size_t gate_stride = 0;
    Scalar* increments = nullptr;  ///< φ [tokens, H·P]
    PhaseStages<Scalar> stages;
    bool streamed = false;  ///< the stages past the caches
};

/// Tokens that the convolution looks back.
inline constexpr std::size_t phase_history = phase_taps - 1;

/// Convolution, SiLU, bias and gate of each token from its neighbourhood, then running sum and temperature along them.
template <class Scalar>
class PhaseScan {
public:
    explicit PhaseScan(const PhaseGeneratorWeights<Scalar>& weights);

    /// The increments of the block's tokens first … last − 1, from its z and gates, and the stages on the way there.
    void find_increments(const PhaseBlock<Scalar>& block, std::size_t first, std::size_t last) const;

    /// Adds the block's increments to sum [H·P] token after token and writes the angles if they are wanted.
    void accumulate(const PhaseBlock<Scalar>& block, std::vector<double>& sum) const;

private:
    /// Channels first … first + count − 1, all of one head.
    struct Slice {
        std::size_t head;
        std::size_t first_pair;
        std::size_t first;
        std::size_t count;
    };

    void convolve(const PhaseBlock<Scalar>& block, const Slice& slice, std::size_t token, Scalar* out) const;
    void open_gate(const PhaseBlock<Scalar>& block, const Slice& slice, std::size_t token, Scalar* phi) const;

    std::size_t heads_;
    std::size_t pairs_;
    PhaseGate gate_;
    bool silu_;
    RowMatrix<Scalar> taps_;           // [4, H·P]; (0, 0, −1, 1) with skip_conv
    std::vector<Scalar> offset_;       // exp(bias), or 0 [H·P]
    std::vector<double> temperature_;  // [P]
    std::vector<Slice> slices_;        // all channels
};

}  // namespace rotoscope
