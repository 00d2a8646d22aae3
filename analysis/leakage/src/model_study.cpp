#include "model_study.hpp"

#include "plot_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/interruption.hpp"
#include "rotoscope/theory/leakage.hpp"
#include "rotoscope/theory/selective_response.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

constexpr std::size_t tone_count = 1025;
constexpr std::size_t checked_tones = 17;

std::vector<double> gates_of(const RowMatrix<double>& log_gates, std::size_t channel) {
    std::vector<double> gates;
    gates.reserve(static_cast<std::size_t>(log_gates.rows()));
    for (Index t = 0; t < log_gates.rows(); ++t) gates.push_back(std::exp(log_gates(t, static_cast<Index>(channel))));
    return gates;
}

/// w_l e^{i(Φ_{T−1} − Φ_{T−1−l})}.
std::vector<Complex> rotated_window(const HeadSequence& head, std::size_t channel, const std::vector<double>& window) {
    const Index tokens = head.angles.rows();
    const auto c = static_cast<Index>(channel);
    const Turns last = Turns::of_radians(head.angles(tokens - 1, c));
    std::vector<Complex> samples(window.size());
    for (Index l = 0; l < tokens; ++l)
        samples[static_cast<std::size_t>(l)] =
            window[static_cast<std::size_t>(l)] * (last - Turns::of_radians(head.angles(tokens - 1 - l, c))).unit();
    return samples;
}

double drift_of(const HeadSequence& head, std::size_t channel) {
    const Index last = head.angles.rows() - 1;
    const auto c = static_cast<Index>(channel);
    return last == 0 ? head.angles(0, c) : (head.angles(last, c) - head.angles(0, c)) / static_cast<double>(last);
}

/// A quarter more than the fastest channel turns, twelve bins, or four times the median window's half-power width
/// (about 1.4/Σw of an exponential), whichever is most, at most π, to either side.
ToneBand heard_band(const ModelSequence& sequence, const std::optional<std::string>& band) {
    if (band) return parse_band(band);
    double most = 12.0 * 2.0 * std::numbers::pi / static_cast<double>(sequence.sequences.front().angles.rows());
    std::vector<double> widths;
    for (const HeadSequence& head : sequence.sequences)
        for (std::size_t c = 0; c < static_cast<std::size_t>(head.angles.cols()); ++c) {
            const std::vector<double> window = learned_window(head, c);
            widths.push_back(1.4 / std::accumulate(window.begin(), window.end(), 0.0));
            most = std::max(most, 1.25 * std::abs(drift_of(head, c)));
        }
    const auto middle = widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2);
    std::ranges::nth_element(widths, middle);
    const double end = std::min(std::max(most, 4.0 * *middle), std::numbers::pi);
    return {-end, end};
}

LearnedChannel study_channel(const HeadSequence& head, std::size_t channel, const ResponsePlan& plan,
                             const FigureAnalyser& analyse, const std::vector<double>& tones, ThreadPool& pool) {
    LearnedChannel result;
    result.window = learned_window(head, channel);
    result.figures = analyse(result.window);
    result.drift = drift_of(head, channel);
    double squares = 0.0;
    for (const double w : result.window) {
        result.window_sum += w;
        squares += w * w;
    }
    for (const Complex& value : plan(pool, rotated_window(head, channel, result.window)))
        result.level_db.push_back(decibels(std::abs(value) / result.window_sum));
    const auto best = std::ranges::max_element(result.level_db);
    const auto k = static_cast<std::size_t>(best - result.level_db.begin());
    result.peak = tones[k];
    result.peak_db = *best;
    if (k > 0 && k + 1 < tones.size()) {
        const double before = result.level_db[k - 1];
        const double after = result.level_db[k + 1];
        const double bend = before - 2.0 * *best + after;
        const double offset = bend < 0.0 ? 0.5 * (before - after) / bend : 0.0;
        result.peak += offset * (tones[1] - tones[0]);
        result.peak_db -= 0.25 * (before - after) * offset;
    }
    const double heard = result.window_sum * std::pow(10.0, result.peak_db / 20.0);
    result.noise_bandwidth = static_cast<double>(result.window.size()) * squares / (heard * heard);
    return result;
}

/// The channel's recurrence over all tokens, s_t = a_t e^{iφ_t} s_{t−1} + e^{iw't}, for a few tones: the slow twin.
double recurrence_error(const HeadSequence& head, std::size_t channel, const LearnedChannel& found,
                        const std::vector<double>& tones) {
    const auto chosen = spread_indices(tones.size(), checked_tones);
    std::vector<double> heard;
    for (const std::size_t k : chosen) heard.push_back(tones[k]);
    const RotationBank bank = explicit_bank(heard);
    const Index tokens = head.angles.rows();
    std::vector<Complex> mean(heard.size(), 0.0);
    std::vector<Complex> state(heard.size());
    const std::size_t groups = std::max<std::size_t>(head.log_gates.size(), 1);
    for (std::size_t g = 0; g < groups; ++g) {
        SelectiveResponse response(bank);
        double before = 0.0;
        for (Index t = 0; t < tokens; ++t) {
            const double angle = head.angles(t, static_cast<Index>(channel));
            const double gate =
                head.log_gates.empty() ? 1.0 : std::exp(head.log_gates[g](t, static_cast<Index>(channel)));
            response.add(angle - before, gate);
            before = angle;
        }
        response.states(state);
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += state[i] / static_cast<double>(groups);
    }
    double worst = 0.0;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const double level = found.window_sum * std::pow(10.0, found.level_db[chosen[i]] / 20.0);
        worst = std::max(worst, std::abs(level - std::abs(mean[i])) / found.window_sum);
    }
    return worst;
}

}  // namespace

std::vector<double> learned_window(const HeadSequence& head, std::size_t channel) {
    std::vector<double> window(static_cast<std::size_t>(head.angles.rows()), head.log_gates.empty() ? 1.0 : 0.0);
    for (const RowMatrix<double>& log_gates : head.log_gates) {
        const std::vector<double> own = gate_window(gates_of(log_gates, channel));
        for (std::size_t l = 0; l < own.size(); ++l) window[l] += own[l] / static_cast<double>(head.log_gates.size());
    }
    return window;
}

ModelStudy study_model(const ModelSequence& sequence, const LeakageOptions& options, Context& context) {
    ModelStudy study;
    study.name = sequence.name;
    study.inputs = sequence.inputs;
    study.layer = sequence.layer;
    study.tokens = static_cast<std::size_t>(sequence.sequences.front().angles.rows());
    const ToneBand band = heard_band(sequence, options.band);
    const RotationBank bank = linear_bank(tone_count, band.low, band.high);
    study.tones = bank.frequencies;
    const ResponsePlan plan(bank, study.tokens);
    study.method = plan.method();
    const FigureAnalyser analyse(study.tokens, {options.width_level, 16});
    for (const HeadSequence& head : sequence.sequences) {
        LearnedHead learned;
        learned.head = head.head;
        for (std::size_t c = 0; c < static_cast<std::size_t>(head.angles.cols()); ++c) {
            throw_if_stopped();
            learned.channels.push_back(study_channel(head, c, plan, analyse, study.tones, context.pool));
        }
        const std::size_t checked = learned.channels.size() / 2;
        study.error = std::max(study.error, recurrence_error(head, checked, learned.channels[checked], study.tones));
        study.heads.push_back(std::move(learned));
    }
    return study;
}

}  // namespace rotoscope
