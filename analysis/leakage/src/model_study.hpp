// The leakage of a trained head as it really is: the windows that its gates make, and what its channels hear.
#pragma once

#include "model_source.hpp"

#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/figure.hpp"
#include "rotoscope/numerics/figures_of_merit.hpp"
#include "rotoscope/theory/frequency_response.hpp"

namespace rotoscope {

/// One channel after the last of T tokens: its window w_l, and its response to tones,
///     |H(w')| = |Σ_l w_l e^{i(Φ_{T−1} − Φ_{T−1−l})} e^{−iw'l}| ≤ Σ w_l,
/// with equality, at w' the frequency, for rotations that do not depend on the input.
struct LearnedChannel {
    std::vector<double> window;    ///< w_l, l = 0 the newest token: the mean over the channel's gates
    std::vector<double> level_db;  ///< 20 log10 |H|/Σw at the study's tones
    FiguresOfMerit figures;        ///< of the window
    double drift = 0.0;            ///< (Φ_{T−1} − Φ_0)/(T − 1), rad/token
    double peak = 0.0;             ///< the tone heard best, rad/token, by a parabola through the highest level
    double peak_db = 0.0;          ///< its level: what rotations that vary cost
    double window_sum = 0.0;       ///< Σ w_l tokens
    double noise_bandwidth = 0.0;  ///< T Σ w²/|H|²_max, bins: of the window and of varying rotations together
};

struct LearnedHead {
    std::size_t head = 0;
    std::vector<LearnedChannel> channels;
};

struct ModelStudy {
    std::string name;
    std::string inputs;
    std::optional<std::size_t> layer;
    std::size_t tokens = 0;
    std::vector<double> tones;  ///< equally spaced, rad/token
    Method method = Method::direct;
    double error = 0.0;  ///< largest difference from the recurrence (SelectiveResponse) over Σw, one channel a head
    std::vector<LearnedHead> heads;
};

/// The window of one channel: the mean of its gates' windows.
[[nodiscard]] std::vector<double> learned_window(const HeadSequence& head, std::size_t channel);

[[nodiscard]] ModelStudy study_model(const ModelSequence& sequence, const LeakageOptions& options, Context& context);

void add_model_tables(const ModelStudy& study, Result& result);

/// Figure (f): windows and spectra of some channels, a row a head.
[[nodiscard]] Figure learned_figure(const ModelStudy& study);

/// Windows and spectra of all channels of the first head, as maps.
[[nodiscard]] Figure learned_map_figure(const ModelStudy& study);

}  // namespace rotoscope
