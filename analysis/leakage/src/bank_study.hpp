// What each rotation of a bank answers to a tone, under windows and decays.
#pragma once

#include "parse.hpp"
#include "window_source.hpp"

#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/figure.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/theory/frequency_response.hpp"
#include "rotoscope/theory/rotation_bank.hpp"

namespace rotoscope {

/// How a bank's channels weigh their past: exponentially, one decay for all or one for each, or by a window.
struct BankWindow {
    std::string label;
    std::vector<double> decays;   ///< of an exponential window: 1 or one for each rotation
    std::vector<double> samples;  ///< of another
    std::size_t length = 0;       ///< T

    /// Σ_l w_l of channel n: the largest response there is.
    [[nodiscard]] double gain(std::size_t channel) const;
};

/// The windows to compare on the bank: no decay, those of --window, and of --decay: one for all; or one for each
/// rotation, beside one for all of the same mean log a.
[[nodiscard]] std::vector<BankWindow> bank_windows(const WindowList& list, const std::optional<std::string>& decay,
                                                   const RotationBank& bank, std::size_t length, Symmetry symmetry);

/// Responses of all rotations to one tone.
struct ToneResponse {
    std::string window;
    double tone = 0.0;
    Method method = Method::closed_form;
    std::vector<double> response;  ///< |H_n|
    std::vector<double> level_db;  ///< 20 log10 |H_n|/Σw_n
    /// The largest |H_n − direct sum|/Σw over up to 8 rotations; empty where the sum would be too long.
    std::optional<double> error;
};

struct BankStudy {
    RotationBank bank;
    std::size_t length = 0;
    std::vector<ToneResponse> responses;  ///< window by window, each with all tones
};

/// The plans are made once for each length of window.
[[nodiscard]] BankStudy study_bank(const RotationBank& bank, const std::vector<BankWindow>& windows,
                                   const std::vector<double>& tones, std::size_t length, Context& context);

/// Levels [rotation, tone] of some rotations over a band of tones: what figure (c) draws.
struct BankMap {
    std::string window;
    std::vector<std::size_t> rotations;
    std::vector<double> tones;
    bool logarithmic = false;      ///< tones are equally spaced in log10
    std::vector<double> level_db;  ///< [rotation, tone]
};

/// Each value is the largest of 8 tones about its own, and of the rotation's frequency where that lies among them: a
/// map is coarser than the lobes of long windows, and would otherwise miss what it shows. The rotations change places
/// with the tones, |H(w' − w_n)| being even for real windows: one plan over the tones serves all rotations of a window.
/// No decay is left out where at least two other windows are asked for.
[[nodiscard]] std::vector<BankMap> map_bank(const RotationBank& bank, const std::vector<BankWindow>& windows,
                                            const std::optional<std::string>& band, Context& context);

/// Bytes for T samples at N rotations and the tables of `rows` responses.
[[nodiscard]] std::optional<std::uint64_t> bank_study_bytes(std::uint64_t length, std::uint64_t rotations,
                                                            std::uint64_t rows);

void add_bank_tables(const BankStudy& study, Result& result);
[[nodiscard]] Figure bank_response_figure(const BankStudy& study);
[[nodiscard]] Figure bank_map_figure(const RotationBank& bank, const std::vector<BankMap>& maps, std::size_t length);

}  // namespace rotoscope
