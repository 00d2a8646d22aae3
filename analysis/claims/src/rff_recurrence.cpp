#include "claim_rows.hpp"
#include "significance.hpp"

#include <cmath>

#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/feature_attention.hpp"
#include "rotoscope/theory/rotation_recurrence.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"L", "tokens", ClaimInput::Kind::whole, 96, 512, 2, 8192},
    {"d", "dimension of queries and keys", ClaimInput::Kind::whole, 8, 16, 2, 512},
    {"m", "frequencies", ClaimInput::Kind::whole, 32, 128, 1, 4096},
};

/// Σ_{τ≤t} v_τ (1/m) Σ_j e^{(|q_t|² + |k_τ|²)/2} cos w_j·(q_t − k_τ), term by term.
RowMatrix<double> direct_sum(const RowMatrix<double>& frequencies, const AttentionInputs<double>& x) {
    RowMatrix<double> output = RowMatrix<double>::Zero(x.queries.rows(), x.values.cols());
    for (Index t = 0; t < output.rows(); ++t)
        for (Index tau = 0; tau <= t; ++tau) {
            const double scale = std::exp(0.5 * (x.queries.row(t).squaredNorm() + x.keys.row(tau).squaredNorm()));
            const double mean = (frequencies * (x.queries.row(t) - x.keys.row(tau)).transpose()).array().cos().mean();
            output.row(t) += scale * mean * x.values.row(tau);
        }
    return output;
}

/// The library's quadratic sum, its scale multiplied back.
RowMatrix<double> quadratic_sum(const FeatureMap<double>& map, const AttentionInputs<double>& x, ThreadPool& pool) {
    const auto attention = quadratic_attention(map, x, Mask::causal, pool);
    return attention.numerator.array().colwise() * attention.log_scale.array().exp();
}

double difference(const RowMatrix<double>& a, const RowMatrix<double>& b) { return (a - b).cwiseAbs().maxCoeff(); }

/// A bound of Σ_τ |v_τ| e^{(|q_t|² + |k_τ|²)/2}: what every rounding is relative to.
double magnitude(const AttentionInputs<double>& x) {
    const double keys = (0.5 * x.keys.rowwise().squaredNorm().array()).exp().sum();
    return x.values.cwiseAbs().maxCoeff() * keys * std::exp(0.5 * x.queries.rowwise().squaredNorm().maxCoeff());
}

ClaimOutcome run(const ClaimRun& run) {
    const InputShape shape{static_cast<Index>(run.inputs.whole("L")), static_cast<Index>(run.inputs.whole("d")), 4};
    FeatureOptions features;
    features.count = static_cast<Index>(run.inputs.whole("m"));
    features.seed = run.seed;
    const FeatureMap<double> map(features, shape.dimension);
    const auto normal = gaussian_inputs<double>(shape, 0.5, run.seed);
    const auto sphere = sphere_inputs<double>(shape, 1.0, run.seed);

    const RowMatrix<double> truth = direct_sum(map.frequencies(), normal);
    const double length = static_cast<double>(shape.length);
    const double phase =
        map.frequencies().rowwise().norm().maxCoeff() * 2.0 * std::max(normal.queries.rowwise().norm().maxCoeff(), 1.0);
    const double roundings = length * (16.0 + 2.0 * phase) + 8.0 * static_cast<double>(shape.dimension) * phase;
    const auto tolerance = [&](const AttentionInputs<double>& x) { return unit_roundoff * roundings * magnitude(x); };
    const std::string derivation =
        "relative to Σ|v| exp((|q|² + |k|²)/2): L steps of a rotation, 16u and twice the angle times u, and inner "
        "products of d terms";
    return {{{Role::statement, "recurrence with the real factor equals the direct sum, any norms", Relation::equal,
              difference(rotation_recurrence(map.frequencies(), normal, RealFactor::included), truth), 0.0,
              tolerance(normal), derivation},
             {Role::statement, "without it, queries of one norm", Relation::equal,
              difference(rotation_recurrence(map.frequencies(), sphere, RealFactor::omitted),
                         direct_sum(map.frequencies(), sphere)),
              0.0, tolerance(sphere), derivation},
             {Role::statement, "attention from the feature maps equals the direct sum", Relation::equal,
              difference(quadratic_sum(map, normal, run.pool), truth), 0.0, tolerance(normal), derivation},
             {Role::control, "without the real factor, any norms", Relation::equal,
              difference(rotation_recurrence(map.frequencies(), normal, RealFactor::omitted), truth), 0.0,
              tolerance(normal), derivation}},
            {}};
}

}  // namespace

Claim rff_recurrence() {
    return {"rff.recurrence",
            "eq. 9, 16-20",
            "Random-feature attention is a recurrence whose state is rotated by Ω(q_t − q_{t−1}); queries of different "
            "norms need a real factor, too",
            "",
            Verdict::holds,
            "φ(q_t) conj φ(k_τ) telescopes",
            false,
            inputs,
            run};
}

}  // namespace rotoscope
