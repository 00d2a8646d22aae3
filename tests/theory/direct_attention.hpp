// Slow, obvious twins: attention by its definition, and helpers of the attention tests.
#pragma once

#include <cmath>
#include <cstring>
#include <span>

#include "rotoscope/theory/feature_map.hpp"
#include "rotoscope/theory/softmax_attention.hpp"

namespace rotoscope::test {

template <class Matrix>
std::span<const double> numbers(const Matrix& matrix) {
    return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

template <class Matrix>
bool same_bytes(const Matrix& a, const Matrix& b) {
    return a.size() == b.size() &&
           std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(*a.data())) == 0;
}

inline bool sees(Mask mask, Index t, Index key) { return mask == Mask::full || key <= t; }

/// e^{q_t·k_τ} where t sees τ, else 0.
inline RowMatrix<double> direct_kernel(const AttentionInputs<double>& inputs, Mask mask) {
    RowMatrix<double> kernel(inputs.queries.rows(), inputs.keys.rows());
    for (Index t = 0; t < kernel.rows(); ++t)
        for (Index key = 0; key < kernel.cols(); ++key)
            kernel(t, key) = sees(mask, t, key) ? std::exp(inputs.queries.row(t).dot(inputs.keys.row(key))) : 0.0;
    return kernel;
}

/// (1/m) Σ_j of the kernel estimates of each pair, by the formulas that FeatureKind states, from frequencies as drawn
/// (before OPRF's B) and offsets.
inline RowMatrix<double> direct_kernel_estimate(const FeatureOptions& options, const RowMatrix<double>& frequencies,
                                                const AttentionInputs<double>& inputs, Mask mask) {
    const auto d = static_cast<double>(frequencies.cols());
    const double a = (1.0 - 1.0 / optimal_positive_ratio(frequencies.cols(), options.squared_sum)) / 8.0;
    const double b = std::sqrt(1.0 - 4.0 * a);
    const Vector<double> offsets = draw_phase_offsets(options.seed, 0, options.count);
    RowMatrix<double> kernel = RowMatrix<double>::Zero(inputs.queries.rows(), inputs.keys.rows());
    for (Index t = 0; t < kernel.rows(); ++t) {
        for (Index key = 0; key < kernel.cols(); ++key) {
            if (!sees(mask, t, key)) continue;
            const double half = 0.5 * (inputs.queries.row(t).squaredNorm() + inputs.keys.row(key).squaredNorm());
            double sum = 0.0;
            for (Index j = 0; j < frequencies.rows(); ++j) {
                const double q = frequencies.row(j).dot(inputs.queries.row(t));
                const double k = frequencies.row(j).dot(inputs.keys.row(key));
                const double square = frequencies.row(j).squaredNorm();
                switch (options.kind) {
                    case FeatureKind::trigonometric:
                        sum += std::exp(half) * std::cos(q - k);
                        break;
                    case FeatureKind::random_offset:
                        sum += 2.0 * std::exp(half) * std::cos(q + offsets[j]) * std::cos(k + offsets[j]);
                        break;
                    case FeatureKind::positive:
                        sum += std::exp(q + k - half);
                        break;
                    case FeatureKind::hyperbolic:
                        sum += std::exp(-half) * std::cosh(q + k);
                        break;
                    case FeatureKind::optimal_positive:
                        sum += std::pow(1.0 - 4.0 * a, d / 2.0) * std::exp(2.0 * a * square + b * (q + k) - half);
                        break;
                }
            }
            kernel(t, key) = sum / static_cast<double>(frequencies.rows());
        }
    }
    return kernel;
}

}  // namespace rotoscope::test
