#include "claim_rows.hpp"
#include "draws.hpp"
#include "significance.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>

#include "rotoscope/theory/rotary_score.hpp"
#include "rotoscope/theory/rotation.hpp"
#include "rotoscope/theory/schedule.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"d", "head dimension, even", ClaimInput::Kind::whole, 64, 128, 2, 4096},
    {"base", "base of RoPE's frequencies", ClaimInput::Kind::real, 1e4, 1e4, 1, 1e9},
    {"T", "positions are drawn below T", ClaimInput::Kind::whole, 4096, 1048576, 2, 1099511627776},
    {"trials", "queries, keys and positions drawn", ClaimInput::Kind::whole, 256, 4096, 1, 1e6},
};

/// Largest deviations over the trials.
struct Deviations {
    double shift = 0.0;    ///< score(t + s, τ + s) − score(t, τ)
    double norm = 0.0;     ///< ‖R q‖ − ‖q‖
    double complex = 0.0;  ///< eq. 5 − eq. 6
    double printed = 0.0;  ///< eq. 14 as printed − eq. 6
};

void enlarge(double& largest, double value) { largest = std::max(largest, std::abs(value)); }

std::vector<double> angles_at(const std::vector<double>& frequencies, double position) {
    std::vector<double> angles = frequencies;
    for (double& angle : angles) angle *= position;
    return angles;
}

std::vector<double> rotated(PairLayout layout, std::vector<double> x, const std::vector<double>& angles) {
    rotate_pairs<double>(layout, x, angles);
    return x;
}

double dot(const std::vector<double>& x, const std::vector<double>& y) {
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

/// Eq. 14 as printed: |q̃||k̃| cos(w(t − τ) + ∠q̃ + ∠k̃), where a score has ∠q̃ − ∠k̃.
double printed_score(PairLayout layout, std::span<const double> q, std::span<const double> k,
                     std::span<const double> angles) {
    double sum = 0.0;
    for (std::size_t n = 0; n < angles.size(); ++n) {
        const auto [first, second] = pair_indices(layout, n, angles.size());
        sum += std::hypot(q[first], q[second]) * std::hypot(k[first], k[second]) *
               std::cos(angles[n] + std::atan2(q[second], q[first]) + std::atan2(k[second], k[first]));
    }
    return sum;
}

void measure(PairLayout layout, const std::vector<double>& frequencies, std::uint64_t length, Draws& draws,
             Deviations& largest) {
    const std::vector<double> q = draws.direction(2 * frequencies.size());
    const std::vector<double> k = draws.direction(2 * frequencies.size());
    const auto t = static_cast<double>(draws.below(length));
    const auto tau = static_cast<double>(draws.below(length));
    const auto shift = static_cast<double>(draws.below(length));
    const auto score = [&](double at, double from) {
        return dot(rotated(layout, q, angles_at(frequencies, at)), rotated(layout, k, angles_at(frequencies, from)));
    };
    const std::vector<double> relative = angles_at(frequencies, t - tau);
    const double here = score(t, tau);
    enlarge(largest.shift, score(t + shift, tau + shift) - here);
    const std::vector<double> turned = rotated(layout, q, angles_at(frequencies, t));
    enlarge(largest.norm, std::sqrt(dot(turned, turned)) - 1.0);
    enlarge(largest.complex, rotary_score(layout, q, k, relative) - here);
    enlarge(largest.printed, printed_score(layout, q, k, relative) - here);
}

ClaimOutcome run(const ClaimRun& run) {
    const std::size_t pairs = run.inputs.whole("d") / 2;
    const auto frequencies = rope_frequencies(run.inputs.real("base"), 2 * pairs);
    const std::uint64_t length = run.inputs.whole("T");
    Draws draws(run.seed);
    Deviations largest;
    for (std::size_t i = 0; i < run.inputs.whole("trials"); ++i)
        for (const PairLayout layout : {PairLayout::half_split, PairLayout::interleaved})
            measure(layout, frequencies, length, draws, largest);

    const double d = 2.0 * static_cast<double>(pairs);
    const double positions = static_cast<double>(length);
    const double score_tolerance = unit_roundoff * (2.0 * (2.0 * positions + positions) + 2.0 * d + 24.0);
    const double norm_tolerance = unit_roundoff * (d + 8.0);
    const std::string derivation =
        "unit q and k; four angles up to 2T radians, each rounded once (u = 2^-53), 6u for each of two rotated pairs, "
        "and inner products of d terms: u(6T + 2d + 24)";
    return {
        {{Role::statement, "the score does not change when t and τ are shifted", Relation::equal, largest.shift, 0.0,
          score_tolerance, derivation},
         {Role::statement, "norms are preserved", Relation::equal, largest.norm, 0.0, norm_tolerance,
          "3u a pair for the rotation, u(d + 2) for the sum of squares and its root"},
         {Role::statement, "eq. 5 equals eq. 6", Relation::equal, largest.complex, 0.0, score_tolerance, derivation},
         {Role::control, "eq. 14 as printed, which adds the phases of q and k, equals eq. 6", Relation::equal,
          largest.printed, 0.0, score_tolerance, derivation}},
        {"eq. 14 as printed adds the phases of q and k in its cosine: the conjugate is missing"}};
}

}  // namespace

Claim rope_relative() {
    return {"rope.relative",
            "eq. 4-7",
            "The score of a rotated query and key depends on their distance t − τ only",
            "",
            Verdict::holds,
            "rotations compose by adding angles; eq. 14 alone is printed without the conjugate",
            false,
            inputs,
            run};
}

}  // namespace rotoscope
