#include "signal_study.hpp"

#include "parse.hpp"
#include "plot_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "rotoscope/core/interruption.hpp"
#include "rotoscope/theory/leakage.hpp"
#include "rotoscope/theory/selective_response.hpp"

namespace rotoscope {
namespace {

using Complex = std::complex<double>;

constexpr std::size_t spectrum_points = 2049;
constexpr std::size_t most_rows = 256;
constexpr std::size_t drawn_rotations = 129;

/// Weights of the tokens, the newest last: w_l stretched or cut to the signal where it comes from a file.
std::vector<double> token_weights(const LeakageWindow& window, std::size_t tokens, Symmetry symmetry) {
    std::vector<double> weights = window.samples(tokens, symmetry);
    weights.resize(tokens, 0.0);
    std::ranges::reverse(weights);  // symmetric windows stay (but for the periodic variant's place), lags become tokens
    return weights;
}

WindowedSpectrum window_spectrum(const Signal& signal, const LeakageWindow& window, const ResponsePlan& plan,
                                 Symmetry symmetry, ThreadPool& pool) {
    WindowedSpectrum spectrum;
    spectrum.window = window.label;
    spectrum.weights = token_weights(window, signal.values.size(), symmetry);
    spectrum.method = plan.method();
    // |Σ_t w_t v_t e^{iw(T−1−t)}| = |Σ_t w_t v_t e^{−iwt}|.
    std::vector<Complex> samples(signal.values);
    for (std::size_t t = 0; t < samples.size(); ++t) samples[t] *= spectrum.weights[t];
    const double gain = std::abs(std::accumulate(spectrum.weights.begin(), spectrum.weights.end(), 0.0));
    for (const Complex& value : plan(pool, samples)) spectrum.level_db.push_back(decibels(std::abs(value) / gain));
    return spectrum;
}

/// The top of the parabola through a local maximum and its neighbours.
FoundTone refine_peak(const std::vector<double>& frequencies, const std::vector<double>& level, std::size_t k) {
    FoundTone found;
    found.frequency = frequencies[k];
    found.level_db = level[k];
    if (k == 0 || k + 1 == level.size()) return found;
    const double bend = level[k - 1] - 2.0 * level[k] + level[k + 1];
    if (!(bend < 0.0)) return found;
    const double offset = 0.5 * (level[k - 1] - level[k + 1]) / bend;
    found.frequency += offset * (frequencies[1] - frequencies[0]);
    found.level_db -= 0.25 * (level[k - 1] - level[k + 1]) * offset;
    return found;
}

/// For each true tone the nearest local maximum; without any, the highest.
void find_tones(SignalStudy& study) {
    for (const WindowedSpectrum& spectrum : study.spectra) {
        const std::vector<double>& level = spectrum.level_db;
        std::vector<FoundTone> peaks;
        for (std::size_t k = 0; k < level.size(); ++k)
            if ((k == 0 || level[k] >= level[k - 1]) && (k + 1 == level.size() || level[k] > level[k + 1])) {
                peaks.push_back(refine_peak(study.frequencies, level, k));
                peaks.back().window = spectrum.window;
            }
        if (peaks.empty()) continue;
        if (study.signal.tones.empty())
            study.found.push_back(*std::ranges::max_element(peaks, {}, &FoundTone::level_db));
        for (const double truth : study.signal.tones) {
            FoundTone nearest = *std::ranges::min_element(
                peaks, {}, [&](const FoundTone& peak) { return std::abs(peak.frequency - truth); });
            nearest.truth = truth;
            study.found.push_back(nearest);
        }
    }
}

void add_states(SignalStudy& study, const LeakageOptions& options) {
    const std::size_t tokens = study.signal.values.size();
    std::vector<double> decays{1.0};
    study.decay = "no decay";
    if (options.decay) {
        const DecayList list = parse_decays(*options.decay, tokens);
        decays = list.values;
        study.decay = decays.size() == 1 ? curve_label(list.labels[0]) : "own decays";
    }
    study.stride = (tokens + most_rows - 1) / most_rows;
    const auto own = decays_of_channels(study.bank, decays);
    study.states = spectrogram(study.signal.values, study.bank, decays, study.stride);
    for (std::size_t n = 0; n < own.size(); ++n)
        study.states.col(static_cast<Index>(n)) /= exponential_response(own[n], Turns{}, tokens).real();
}

/// Of many rotations those that are drawn and listed.
RotationBank drawn_bank(const RotationBank& bank) {
    if (bank.size() <= 2 * drawn_rotations) return bank;
    std::vector<double> frequencies;
    for (const std::size_t n : spread_indices(bank.size(), drawn_rotations)) frequencies.push_back(bank.frequencies[n]);
    return explicit_bank(std::move(frequencies));
}

}  // namespace

SignalStudy study_signal(Signal signal, const RotationBank& bank, const std::vector<LeakageWindow>& windows,
                         const LeakageOptions& options, Context& context) {
    SignalStudy study;
    study.signal = std::move(signal);
    // Own decays belong to all rotations; otherwise a sample of them is enough.
    const bool own_decays = options.decay && options.decay->find(',') != std::string::npos;
    study.bank = own_decays ? bank : drawn_bank(bank);
    const ToneBand band = parse_band(options.band);
    const RotationBank fine = linear_bank(spectrum_points, band.low, band.high);
    study.frequencies = fine.frequencies;
    const ResponsePlan plan(fine, study.signal.values.size());
    for (const LeakageWindow& window : windows) {
        throw_if_stopped();
        study.spectra.push_back(window_spectrum(study.signal, window, plan, options.symmetry, context.pool));
    }
    find_tones(study);
    add_states(study, options);
    return study;
}

}  // namespace rotoscope
