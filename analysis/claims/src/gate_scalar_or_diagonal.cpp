#include "associative_memory.hpp"
#include "claim_figures.hpp"
#include "claim_rows.hpp"
#include "significance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "rotoscope/theory/leakage.hpp"

namespace rotoscope {
namespace {

constexpr ClaimInput inputs[] = {
    {"d", "dimension of the keys, even", ClaimInput::Kind::whole, 32, 64, 4, 1024},
    {"pairs", "stored pairs", ClaimInput::Kind::whole, 192, 512, 16, 8192},
    {"decay", "geometric mean of the channels' decays, and the scalar gate", ClaimInput::Kind::real, 0.97, 0.97, 0.5,
     0.999},
    {"spread", "slowest channels' −log a is this many times below the mean", ClaimInput::Kind::real, 16, 16, 1.5, 1e4},
    {"trials", "memories drawn", ClaimInput::Kind::whole, 2000, 16000, 100, 1e6},
    {"cut", "leakage is the energy of the response beyond this detuning, radians per token", ClaimInput::Kind::real,
     0.3, 0.3, 0.01, 3},
};

/// −log a_n in geometric progression over a factor of spread², scaled so that their mean is −log a.
std::vector<double> diagonal_gates(double decay, double spread, std::size_t pairs) {
    std::vector<double> rates(pairs);
    double sum = 0.0;
    for (std::size_t n = 0; n < pairs; ++n)
        sum += rates[n] = std::pow(spread, 2.0 * static_cast<double>(n) / static_cast<double>(pairs - 1));
    for (double& rate : rates) rate = std::exp(std::log(decay) * rate * static_cast<double>(pairs) / sum);
    return rates;
}

struct Recall {
    double signal = 0.0, noise = 0.0;  // largest deviations over what chance allows
};

/// Measured signal and noise of distances across the memory against (1/P) Σ a_n^l and (1/d) Σ (1/P) Σ a_n^{2l}.
Recall compare(const ClaimRun& run, const std::vector<double>& gates, const MemoryResponse& memory, Draws& draws) {
    Recall largest;
    const std::size_t trials = run.inputs.whole("trials");
    const double share = run.false_alarm / 12.0;
    for (const std::size_t lag : {std::size_t{0}, memory.lags() / 4, memory.lags() - 1}) {
        const RecallSample sample = sample_recall(memory, Keys::random, lag, trials, draws);
        double signal = 0.0, noise = 0.0;
        for (const double gate : gates) {
            signal += std::pow(gate, static_cast<double>(lag)) / static_cast<double>(gates.size());
            for (std::size_t l = 0; l < memory.lags(); ++l)
                if (l != lag) noise += std::pow(gate, 2.0 * static_cast<double>(l));
        }
        noise /= 2.0 * static_cast<double>(gates.size()) * static_cast<double>(gates.size());
        const double root = std::sqrt(static_cast<double>(trials));
        largest.signal =
            std::max(largest.signal, std::abs(sample.signal.mean() - signal) /
                                         (skewed_quantile(share, 8.0 / root) * sample.signal.standard_error() + 1e-12));
        largest.noise =
            std::max(largest.noise, std::abs(sample.noise.mean() - noise) /
                                        (skewed_quantile(share, 8.0 / root) * sample.noise.standard_error() + 1e-12));
    }
    return largest;
}

/// The share of ∫|H(δ)|² beyond |δ| > cut, summed over the channels' steady-state responses by the midpoint rule.
double measured_leakage(const std::vector<double>& gates, double cut) {
    double all = 0.0, outside = 0.0;
    constexpr int intervals = 20000;
    for (const double gate : gates)
        for (const auto& [low, high, beyond] : {std::tuple{0.0, cut, false}, std::tuple{cut, std::numbers::pi, true}})
            for (int i = 0; i < intervals; ++i) {
                // Points crowd towards δ = low, where the response of a slow channel is a narrow peak.
                const double s = (i + 0.5) / intervals;
                const double delta = low + (high - low) * s * s * s;
                const double energy = std::pow(steady_state_response(gate, delta), 2) * 3.0 * s * s * (high - low);
                all += energy;
                if (beyond) outside += energy;
            }
    return outside / all;
}

/// ∫_0^x dδ/(1 − 2a cos δ + a²) = 2/(1 − a²) arctan((1 + a)/(1 − a) tan(x/2)).
double predicted_leakage(const std::vector<double>& gates, double cut) {
    double all = 0.0, inside = 0.0;
    for (const double a : gates) {
        all += std::numbers::pi / (1.0 - a * a);
        inside += 2.0 / (1.0 - a * a) * std::atan((1.0 + a) / (1.0 - a) * std::tan(0.5 * cut));
    }
    return 1.0 - inside / all;
}

Figure draw(const ClaimRun& run, const MemoryResponse& scalar, const MemoryResponse& diagonal,
            const std::vector<double>& gates) {
    Figure figure;
    figure.name = "gate_scalar_or_diagonal";
    figure.caption = fmt::format(
        "One gate a head (a = {}) or one a channel with the same mean log a, −log a spread over a factor of {}: signal "
        "to "
        "noise of recall against age, {} random keys of d = {}, and the mean power response of the channels.",
        run.inputs.real("decay"), std::pow(run.inputs.real("spread"), 2), run.inputs.whole("pairs"),
        run.inputs.whole("d"));
    figure.columns = 2;
    figure.height = 0.45;
    Panel recall;
    recall.title = "Recall";
    recall.x = linear_axis("distance (tokens)");
    recall.y = linear_axis("signal to noise (dB)");
    recall.legend = Legend::top_right;
    std::vector<double> x, y, z;
    for (std::size_t lag = 0; lag < scalar.lags(); ++lag) {
        x.push_back(static_cast<double>(lag));
        y.push_back(10.0 * std::log10(expected_snr(scalar, lag)));
        z.push_back(10.0 * std::log10(expected_snr(diagonal, lag)));
    }
    recall.marks.emplace_back(make_curve("one a head", x, y, 6, Dash::dashed));
    recall.marks.emplace_back(make_curve("one a channel", x, z, 5));
    Panel leakage;
    leakage.title = "Leakage";
    leakage.x = logarithmic_axis("detuning (rad/token)");
    leakage.y = linear_axis("power response (dB)");
    const auto response = [](const std::vector<double>& all, double delta) {
        double power = 0.0, peak = 0.0;
        for (const double gate : all) {
            power += std::pow(steady_state_response(gate, delta), 2);
            peak += std::pow(steady_state_response(gate, 0.0), 2);
        }
        return 10.0 * std::log10(power / peak);
    };
    std::vector<double> delta, one, many;
    for (int i = 0; i <= 160; ++i) {
        delta.push_back(std::pow(10.0, -4.0 + i / 160.0 * (4.0 + std::log10(std::numbers::pi))));
        one.push_back(response({run.inputs.real("decay")}, delta.back()));
        many.push_back(response(gates, delta.back()));
    }
    leakage.marks.emplace_back(make_curve("", delta, one, 6, Dash::dashed));
    leakage.marks.emplace_back(make_curve("", delta, many, 5));
    figure.panels = {recall, leakage};
    return figure;
}

ClaimOutcome run(const ClaimRun& run) {
    const std::size_t pairs = run.inputs.whole("d") / 2;
    const std::size_t lags = run.inputs.whole("pairs");
    const double decay = run.inputs.real("decay");
    const double cut = run.inputs.real("cut");
    const std::vector<double> one(pairs, decay);
    const std::vector<double> many = diagonal_gates(decay, run.inputs.real("spread"), pairs);
    const std::vector<double> still(pairs, 0.0);
    const MemoryResponse scalar = constant_memory(lags, one, still);
    const MemoryResponse diagonal = constant_memory(lags, many, still);
    Draws draws(run.seed);
    const Recall scalar_recall = compare(run, one, scalar, draws);
    const Recall diagonal_recall = compare(run, many, diagonal, draws);

    double least = 1e300;
    for (std::size_t lag = 1; lag < lags; ++lag)
        least = std::min(least, expected_signal(diagonal, lag) / expected_signal(scalar, lag) - 1.0);
    std::size_t crossing = 0;
    while (crossing < lags && expected_snr(diagonal, crossing) < expected_snr(scalar, crossing)) ++crossing;
    const double newest = expected_snr(scalar, 0) / expected_snr(diagonal, 0);
    const double oldest = expected_snr(diagonal, lags - 1) / expected_snr(scalar, lags - 1);
    const double leak_one = measured_leakage(one, cut);
    const double leak_many = measured_leakage(many, cut);
    const std::string chance = "1 is what chance allows: a multiple of the standard error for 12 comparisons";
    const std::string quadrature =
        "midpoint rule of 20,000 points, graded towards the peak: relative error h² f''/24f below 1e-4";
    ClaimOutcome outcome;
    outcome.checks = {
        {Role::statement, "signal off its closed form, both gates, over what chance allows", Relation::at_most,
         std::max(scalar_recall.signal, diagonal_recall.signal), 1.0, 0.0, "(1/P) Σ a_n^l; " + chance},
        {Role::statement, "noise off its closed form, both gates, over what chance allows", Relation::at_most,
         std::max(scalar_recall.noise, diagonal_recall.noise), 1.0, 0.0, "(1/d)(1/P) Σ a_n^{2l}; " + chance},
        {Role::statement, "signal of one gate a channel over one a head, minus 1, smallest over the ages",
         Relation::at_least, least, 0.0, 1e-12 * static_cast<double>(lags),
         "Jensen: the mean of a_n^l is at least the power of the geometric mean"},
        {Role::statement, "newest pair: signal to noise of one gate a head over one a channel", Relation::at_least,
         newest, 1.0, 0.0, "slow channels keep the noise of the past"},
        {Role::statement, "oldest pair: signal to noise of one gate a channel over one a head", Relation::at_least,
         oldest, 1.0, 0.0, "fast channels forget, slow ones still hold it"},
        {Role::statement, "leakage of one gate a head", Relation::equal, leak_one, predicted_leakage(one, cut),
         1e-4 * leak_one, quadrature},
        {Role::statement, "leakage of one gate a channel", Relation::equal, leak_many, predicted_leakage(many, cut),
         1e-4 * leak_many, quadrature},
        {Role::control, "equal gates: oldest pair, signal to noise of one a channel over one a head, twice",
         Relation::at_least,
         expected_snr(constant_memory(lags, diagonal_gates(decay, 1.0, pairs), still), lags - 1) /
             expected_snr(scalar, lags - 1),
         2.0, 0.0, "without a spread there is nothing to gain"},
        {Role::control, "leakage of one gate a channel is that of one a head", Relation::equal, leak_many,
         predicted_leakage(one, cut), 1e-4 * leak_one, quadrature},
    };
    outcome.notes = {
        fmt::format(
            "one gate a channel recalls better from {} tokens on, one a head below; energy beyond {} rad/token is "
            "{:.3g} of all with one gate a head, {:.3g} with one a channel",
            crossing, cut, leak_one, leak_many),
        "at equal mean log decay and random keys; with equal mean decay, or gates that depend on the input, the "
        "crossing "
        "is elsewhere"};
    outcome.figures = {draw(run, scalar, diagonal, many)};
    return outcome;
}

}  // namespace

Claim gate_scalar_or_diagonal() {
    return {"gate.scalar_or_diagonal",
            "open question",
            "At equal mean log decay, one gate a channel recalls old pairs better and one gate a head recent ones",
            "",
            Verdict::holds,
            "Jensen's inequality for the signal; the noise is ruled by the slowest channels",
            true,
            inputs,
            run,
            "gate_scalar_or_diagonal"};
}

}  // namespace rotoscope
