// What a bank makes of a given signal: spectra under windows after its last token, and the states along the way.
#pragma once

#include "bank_study.hpp"

#include <complex>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/theory/matrix.hpp"

namespace rotoscope {

struct Signal {
    std::vector<std::complex<double>> values;  ///< v_t
    std::vector<double> tones;                 ///< true frequencies (rad/token), where it is made of tones
    std::string description;
    std::optional<std::filesystem::path> file;
};

/// `tone:W` e^{iWt}; `two:W1:W2[:DB]` with the second lower by DB (0); `chirp:W1:W2` e^{i(W1 t + (W2 − W1) t²/2T)};
/// `step[:W]` 0 before T/2, then e^{iWt} (W = 0); or a CSV file of one column (real) or two (real and imaginary part),
/// whose length is T then. Throws Error (usage) for anything else, Error (input) for files that cannot be read.
[[nodiscard]] Signal make_signal(const std::string& text, std::size_t length);

/// The signal through one window: |s(w)|/Σw, a unit tone reading 0 dB at its frequency.
struct WindowedSpectrum {
    std::string window;
    std::vector<double> weights;   ///< of token t, the newest last
    std::vector<double> level_db;  ///< at each frequency of the study
    Method method = Method::direct;
};

/// A peak: the true tone (where known), and the highest local maximum nearest to it.
struct FoundTone {
    std::string window;
    std::optional<double> truth;
    double frequency = 0.0;
    double level_db = 0.0;
};

struct SignalStudy {
    Signal signal;
    std::vector<double> frequencies;  ///< of the spectra, equally spaced
    std::vector<WindowedSpectrum> spectra;
    std::vector<FoundTone> found;
    RotationBank bank;  ///< of the spectrogram
    std::string decay;  ///< in words
    std::size_t stride = 1;
    RowMatrix<double> states;  ///< |s_t(n)| over the gain to the end [row, n], after (row + 1)·stride tokens
};

[[nodiscard]] SignalStudy study_signal(Signal signal, const RotationBank& bank,
                                       const std::vector<LeakageWindow>& windows, const LeakageOptions& options,
                                       Context& context);

void add_signal_tables(const SignalStudy& study, Result& result);
[[nodiscard]] Figure spectrogram_figure(const SignalStudy& study);

/// Figure (b): the signal in each window, and its spectrum with the tones that are found.
[[nodiscard]] Figure finite_tone_figure(const SignalStudy& study);

}  // namespace rotoscope
