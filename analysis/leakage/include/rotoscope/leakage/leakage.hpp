// `rotoscope leakage`: what a bank of rotations hears when it listens to a finite sequence, and what decay windows buy
// and cost.
//
// Each study is computed where its options ask for it; without any, the default windows are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/numerics/figures_of_merit.hpp"
#include "rotoscope/numerics/windows.hpp"

namespace rotoscope {

/// The texts are those of the command line; each is parsed where it is used, and named in its errors.
struct LeakageOptions {
    std::optional<std::string> windows;  ///< NAME[:P1[:P2]], FILE.csv, FILE.safetensors:TENSOR; separated by commas
    Symmetry symmetry = Symmetry::periodic;
    WidthLevel width_level = WidthLevel::half;
    bool estimates = false;                            ///< also how far each figure of merit is from its limit
    std::optional<std::string> rotations;              ///< a bank's specification, or CHECKPOINT[:layer[:head]]
    std::optional<std::filesystem::path> activations;  ///< what the checkpoint's layer is fed
    std::optional<std::string> arrays;                 ///< FILE.safetensors[:layer[:head]], as `phases --arrays` writes
    std::optional<std::string> decay;                  ///< a=… or alpha=…, one, or one for each rotation
    std::optional<std::uint64_t> length;               ///< T; 4096, or 256 for a signal
    std::optional<std::string> band;                   ///< LOW:HIGH radians per token; 0:π
    std::optional<std::string> tones;                  ///< frequencies, radians per token
    std::optional<std::string> signal;                 ///< FILE.csv, tone:…, two:…, chirp:… or step
    std::optional<std::string> sweep;                  ///< MIN:MAX[:COUNT] of α; "" for the default
    std::vector<std::string> figures;                  ///< wanted ones, also those that are not drawn by default
    std::uint64_t seed = 0;
    bool hash_inputs = false;
};

/// Tables, of which each study adds its own:
///   windows      `figures_of_merit`, `convergence` (estimates); figure `responses`
///   rotations    `responses`, `bank`; figure `bank_map`
///   signal       `signal`, `spectra`, `spectrogram`; figures `spectrogram`, `finite_tone`
///   sweep        `decay_sweep`, `equal_mean`; figures `trade_off`, `equal_mean`
///   a model's    `channels`; figures `learned_windows`, `learned_spectra`
/// Throws Error (usage) for options that are wrong or do not fit each other or the memory, Error (input) for files that
/// cannot be read, that hold NaN, or a checkpoint without rotations.
[[nodiscard]] Result analyse_leakage(const LeakageOptions& options, Context& context);

/// Table `windows`: every window with its parameters, formula, variants and meaning.
[[nodiscard]] Result list_leakage_windows();

}  // namespace rotoscope
