// The slow twin of fixed RoPE's analysis: dense heads and explicit rotation matrices, as the definition has them.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "rotoscope/theory/rotation.hpp"

namespace rotoscope::test {

using Dense = std::vector<std::vector<double>>;

/// One head: q = query·x + query_bias, likewise k, for x with E[x xᵀ] = 1.
struct DenseHead {
    Dense query;  ///< [d][columns], gains folded in
    Dense key;
    std::vector<double> query_bias;  ///< [d]
    std::vector<double> key_bias;
};

/// The d × d matrix that rotates the first rotary elements of a head by w_n·distance and leaves the others.
[[nodiscard]] inline Dense rotation_matrix(PairLayout layout, std::size_t d, const std::vector<double>& frequencies,
                                           double distance) {
    Dense matrix(d, std::vector<double>(d, 0.0));
    for (std::size_t i = 0; i < d; ++i) matrix[i][i] = 1.0;
    for (std::size_t n = 0; n < frequencies.size(); ++n) {
        const std::size_t a = layout == PairLayout::half_split ? n : 2 * n;
        const std::size_t b = layout == PairLayout::half_split ? n + frequencies.size() : 2 * n + 1;
        const double angle = frequencies[n] * distance;
        matrix[a][a] = matrix[b][b] = std::cos(angle);
        matrix[a][b] = -std::sin(angle);
        matrix[b][a] = std::sin(angle);
    }
    return matrix;
}

/// E[kᵀ R q] = tr(R·W_q·W_kᵀ) + b_kᵀ R b_q, before any scale.
[[nodiscard]] inline double direct_score(const DenseHead& head, const Dense& rotation) {
    const std::size_t d = head.query.size();
    double sum = 0.0;
    for (std::size_t i = 0; i < d; ++i) {
        for (std::size_t j = 0; j < d; ++j) {
            if (rotation[i][j] == 0.0) continue;
            double product = head.key_bias[i] * head.query_bias[j];
            for (std::size_t c = 0; c < head.query[j].size(); ++c) product += head.key[i][c] * head.query[j][c];
            sum += rotation[i][j] * product;
        }
    }
    return sum;
}

/// ‖row a‖² + ‖row b‖².
[[nodiscard]] inline double pair_energy(const Dense& rows, std::size_t a, std::size_t b) {
    double sum = 0.0;
    for (const std::size_t row : {a, b})
        for (const double value : rows[row]) sum += value * value;
    return sum;
}

}  // namespace rotoscope::test
