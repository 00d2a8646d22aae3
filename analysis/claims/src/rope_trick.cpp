#include "claim_rows.hpp"
#include "draws.hpp"
#include "significance.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "rotoscope/theory/phase_generator.hpp"
#include "rotoscope/theory/rotation.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"d", "head dimension, even", ClaimInput::Kind::whole, 16, 32, 2, 1024},
    {"dv", "width of the values", ClaimInput::Kind::whole, 8, 16, 1, 1024},
    {"T", "tokens", ClaimInput::Kind::whole, 256, 2048, 1, 65536},
};

using Rows = std::vector<std::vector<double>>;

struct Sequence {
    Rows queries, keys, values;  // unit vectors
    Rows angles;                 // φ_t, uniform on (−π, π)
    Rows phases;                 // Φ_t
    double travelled = 0.0;      // the largest Σ_t |Φ_t| of a channel: what rounds the phases
};

Sequence draw_sequence(std::size_t length, std::size_t pairs, std::size_t width, Draws& draws) {
    Sequence s;
    std::vector<double> sum(pairs), travelled(pairs);
    for (std::size_t t = 0; t < length; ++t) {
        s.queries.push_back(draws.direction(2 * pairs));
        s.keys.push_back(draws.direction(2 * pairs));
        s.values.push_back(draws.direction(width));
        std::vector<double> angle(pairs);
        for (std::size_t n = 0; n < pairs; ++n) {
            angle[n] = draws.uniform(-std::numbers::pi, std::numbers::pi);
            sum[n] += angle[n];
            travelled[n] += std::abs(sum[n]);
        }
        s.angles.push_back(angle);
        s.phases.push_back(sum);
    }
    s.travelled = *std::ranges::max_element(travelled);
    return s;
}

double dot(const std::vector<double>& x, const std::vector<double>& y) {
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

std::vector<double> negated(std::vector<double> angles) {
    for (double& angle : angles) angle = -angle;
    return angles;
}

/// Eq. 12: S_t = S_{t−1} R_t + v_t k_tᵀ, o_t = S_t q_t. A row s of S times R is R's inverse of the column s.
Rows recur(const Sequence& s, PairLayout layout) {
    Rows state(s.values[0].size(), std::vector<double>(s.keys[0].size()));
    Rows output;
    for (std::size_t t = 0; t < s.keys.size(); ++t) {
        output.emplace_back();
        const std::vector<double> backwards = negated(s.angles[t]);
        for (std::size_t i = 0; i < state.size(); ++i) {
            rotate_pairs<double>(layout, state[i], backwards);
            for (std::size_t j = 0; j < state[i].size(); ++j) state[i][j] += s.values[t][i] * s.keys[t][j];
            output.back().push_back(dot(state[i], s.queries[t]));
        }
    }
    return output;
}

/// Eq. 13: linear attention of queries and keys turned by Φ_t; `sign` −1 turns the keys the wrong way.
Rows attend(const Sequence& s, PairLayout layout, double sign) {
    Rows keys, output;
    for (std::size_t t = 0; t < s.keys.size(); ++t) {
        std::vector<double> query = s.queries[t];
        rotate_pairs<double>(layout, query, s.phases[t]);
        keys.push_back(s.keys[t]);
        rotate_pairs<double>(layout, keys.back(), sign > 0 ? s.phases[t] : negated(s.phases[t]));
        output.emplace_back(s.values[t].size());
        for (std::size_t tau = 0; tau <= t; ++tau) {
            const double score = dot(keys[tau], query);
            for (std::size_t i = 0; i < output[t].size(); ++i) output[t][i] += score * s.values[tau][i];
        }
    }
    return output;
}

double largest_difference(const Rows& a, const Rows& b) {
    double largest = 0.0;
    for (std::size_t t = 0; t < a.size(); ++t)
        for (std::size_t i = 0; i < a[t].size(); ++i) largest = std::max(largest, std::abs(a[t][i] - b[t][i]));
    return largest;
}

/// The same vectors with their elements where the interleaved layout has them.
Rows interleaved(Rows rows, std::size_t pairs) {
    for (std::vector<double>& row : rows) {
        const std::vector<double> from = row;
        for (std::size_t n = 0; n < pairs; ++n) {
            const auto [a, b] = pair_indices(PairLayout::half_split, n, pairs);
            const auto [c, d] = pair_indices(PairLayout::interleaved, n, pairs);
            row[c] = from[a];
            row[d] = from[b];
        }
    }
    return rows;
}

/// Angles of a phase generator: the library's, and those of its definition for one head, projection W, causal taps:
/// Φ_t = Σ_{κ≤t} Σ_j tap_j z_{κ−3+j}, z = W x/sqrt(|x|² + 1e-6); the same with the taps the other way round.
struct GeneratedAngles {
    double difference = 0.0, reversed = 0.0, magnitude = 0.0;
};

GeneratedAngles generate_angles(std::size_t length, std::size_t pairs, Draws& draws, ThreadPool& pool) {
    const auto d = static_cast<Index>(2 * pairs);
    const auto p = static_cast<Index>(pairs);
    const auto matrix = [&](Index rows, Index columns) {
        const std::vector<double> values = draws.normals(static_cast<std::size_t>(rows * columns));
        return RowMatrix<double>(Eigen::Map<const RowMatrix<double>>(values.data(), rows, columns));
    };
    PhaseGeneratorWeights<double> w;
    w.heads = 1;
    w.pairs = pairs;
    w.model_dim = 2 * pairs;
    w.down = RowMatrix<double>::Identity(d, d);
    w.up = matrix(p, d);
    w.taps = matrix(p, static_cast<Index>(phase_taps));
    w.temperature = Vector<double>::Ones(p);
    const RowMatrix<double> hidden = matrix(static_cast<Index>(length), d);
    std::vector<double> angles(length * pairs);
    PhaseStages<double> stages;
    stages.angle = angles;
    const PhaseGenerator<double> generator(w);
    PhaseState<double> state = generator.start();
    generator.advance(std::span(hidden.data(), length * 2 * pairs), state, stages, {}, pool);

    GeneratedAngles result;
    RowMatrix<double> z(hidden.rows(), p);
    for (Index t = 0; t < z.rows(); ++t)
        z.row(t) = hidden.row(t) * w.up.transpose() / std::sqrt(hidden.row(t).squaredNorm() + 1e-6);
    for (Index n = 0; n < p; ++n) {
        double forwards = 0.0, backwards = 0.0;
        for (Index t = 0; t < z.rows(); ++t) {
            for (Index j = std::max<Index>(0, 3 - t); j < 4; ++j) {
                forwards += w.taps(n, j) * z(t - 3 + j, n);
                backwards += w.taps(n, 3 - j) * z(t - 3 + j, n);
                result.magnitude += std::abs(w.taps(n, j) * z(t - 3 + j, n));
            }
            const double angle = angles[static_cast<std::size_t>(t * p + n)];
            result.difference = std::max(result.difference, std::abs(angle - forwards));
            result.reversed = std::max(result.reversed, std::abs(angle - backwards));
        }
    }
    return result;
}

ClaimOutcome run(const ClaimRun& run) {
    const std::size_t pairs = run.inputs.whole("d") / 2;
    Draws draws(run.seed);
    const Sequence s = draw_sequence(run.inputs.whole("T"), pairs, run.inputs.whole("dv"), draws);
    const Rows recurrence = recur(s, PairLayout::half_split);
    Sequence permuted = s;
    permuted.queries = interleaved(s.queries, pairs);
    permuted.keys = interleaved(s.keys, pairs);

    const GeneratedAngles generated = generate_angles(run.inputs.whole("T"), pairs, draws, run.pool);
    const double length = static_cast<double>(run.inputs.whole("T"));
    const double d = 2.0 * static_cast<double>(pairs);
    const double tolerance = unit_roundoff * length * (3.0 * length + 2.0 * s.travelled + 2.0 * d + length + 12.0);
    const std::string derivation =
        "T terms of unit vectors, each with at most T rotations of 3u, two phases with the u Σ|Φ_t| of their sums, "
        "inner products of d and sums of T terms: uT(4T + 2 Σ|Φ_t| + 2d + 12)";
    return {{{Role::statement, "eq. 12 equals eq. 13", Relation::equal,
              largest_difference(recurrence, attend(s, PairLayout::half_split, 1.0)), 0.0, tolerance, derivation},
             {Role::statement, "interleaved pairs equal half-split ones after the permutation", Relation::equal,
              largest_difference(recurrence, recur(permuted, PairLayout::interleaved)), 0.0,
              unit_roundoff * length * (6.0 + 2.0 * d),
              "the same products in another order: 2du a term and 6u for the rotations"},
             {Role::statement, "the phase generator accumulates what its definition says", Relation::equal,
              generated.difference, 0.0, unit_roundoff * generated.magnitude * (4.0 * length + 2.0 * d + 16.0),
              "relative to Σ|tap z|: sums of 4T terms, inner products of d, and 16u for norm and products"},
             {Role::control, "its convolution with the taps the other way round", Relation::equal, generated.reversed,
              0.0, unit_roundoff * generated.magnitude * (4.0 * length + 2.0 * d + 16.0), "as above"},
             {Role::control, "keys turned by −Φ give eq. 12, too", Relation::equal,
              largest_difference(recurrence, attend(s, PairLayout::half_split, -1.0)), 0.0, tolerance, derivation},
             {Role::control, "interleaved pairs equal half-split ones as they are", Relation::equal,
              largest_difference(recurrence, recur(s, PairLayout::interleaved)), 0.0, tolerance, derivation}},
            {}};
}

}  // namespace

Claim rope_trick() {
    return {"rope.trick",
            "eq. 12, 13",
            "A state rotated token by token reads what queries and keys turned by the accumulated angle give",
            "",
            Verdict::holds,
            "rotations of one plane commute",
            false,
            inputs,
            run};
}

}  // namespace rotoscope
