// The random frequencies of the features, drawn so that frequency j of a seed never depends on how many are drawn.
#pragma once

#include <cstdint>

#include "rotoscope/core/thread_pool.hpp"
#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

/// How the frequencies w_j, each N(0, I) by itself (structured: nearly), depend on each other.
enum class DrawKind {
    /// Independent normals.
    independent,
    /// Blocks of d rows: a Haar-distributed orthogonal matrix whose rows are rescaled to independent χ_d norms
    /// (Yu et al., "Orthogonal random features", 1610.09072). Row norm and direction come from one Gaussian block
    /// G = LQ: ‖g_i‖ = ‖l_i‖ depends on L only, which is independent of Q.
    orthogonal,
    /// Blocks of p rows, p the power of two ≥ d: rows of H D₁ H D₂ H D₃ with H the normalised Hadamard matrix and D_i
    /// random signs (the same paper, section 4), rescaled to χ_p norms and cut to d components. Exactly isotropic,
    /// orthogonal where p = d, but not Gaussian: the direction is not uniform on the sphere.
    structured_orthogonal,
    /// Sobol points (direction numbers of Joe and Kuo, 10.1137/070709359, as Boost.Random tabulates them) in
    /// dimension d, shifted digitally by the seed, through the inverse normal distribution; d ≤ 3667. Every
    /// point by itself is exactly normal, so estimates are unbiased over seeds.
    quasi_monte_carlo,
};

/// The number of columns that draws of this kind are made with: the power of two ≥ d for structured_orthogonal (what
/// is beyond d is cut, and so the rows of a block are no longer exactly orthogonal), else d.
[[nodiscard]] Index padded_dimension(DrawKind kind, Index dimension);

/// Rows w_begin … w_{end−1} [end − begin, d] of the seed's sequence. Throws usage_error for d = 0, or d beyond the
/// tabulated Sobol dimensions.
[[nodiscard]] RowMatrix<double> draw_frequencies(DrawKind kind, std::uint64_t seed, Index dimension, Index begin,
                                                 Index end);

/// The same on all threads.
[[nodiscard]] RowMatrix<double> draw_frequencies(DrawKind kind, std::uint64_t seed, Index dimension, Index begin,
                                                 Index end, ThreadPool& pool);

/// Phase offsets b_begin … b_{end−1} of the seed, uniform on (0, 2π).
[[nodiscard]] Vector<double> draw_phase_offsets(std::uint64_t seed, Index begin, Index end);

}  // namespace rotoscope
