// Attention matrices, exact and estimated, reduced to what a page shows.
#pragma once

#include "study_inputs.hpp"

#include <vector>

#include "rotoscope/rff/rff.hpp"

namespace rotoscope {

/// Means over blocks of a matrix of weights [L, L], each weight times the number of keys that its query sees: 1 for
/// every key would be attention that does not look. [n, n] with n ≤ most_matrix_blocks, NaN where no query of the block
/// sees a key.
struct WeightBlocks {
    FeatureSeries series;  ///< of the estimate
    RowMatrix<double> estimated;
};

struct MatrixResults {
    Index tokens = 0;
    Index block = 1;  ///< tokens of a block
    Index count = 0;
    RowMatrix<double> exact;
    std::vector<WeightBlocks> estimates;
};

inline constexpr Index most_matrix_tokens = 4096;
// At the size of a page more cannot be told apart, and each takes its time to draw.
inline constexpr Index most_matrix_blocks = 96;

/// Of the first seed, at the middle one of the counts. Longer sequences: the first most_matrix_tokens tokens.
[[nodiscard]] MatrixResults study_matrices(const RffOptions& options, const StudyInputs& inputs, Context& context);

}  // namespace rotoscope
