// `rotoscope rff`: how well random rotations reproduce softmax attention.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/rff/feature_names.hpp"
#include "rotoscope/rff/temperatures.hpp"
#include "rotoscope/theory/softmax_attention.hpp"

namespace rotoscope {

/// What is computed.
enum class RffStudy {
    errors,       ///< attention errors against the number of frequencies
    norms,        ///< the same against the norms of queries and keys: where it breaks
    kernel,       ///< bias, variance and mean squared error of one kernel estimate against the angle
    matrices,     ///< the attention matrix, exact and estimated
    temperature,  ///< mean squared error against σ, and its minimisers (Theorem 1)
    spectra,      ///< RoPE's temperatures against rfa's (Figure 2)
    rotations,    ///< the rotations of the recurrence, against learned ones where the file has them
};

/// Studies from a list of names separated by commas, or "all". Throws Error (usage) for others, with the nearest.
[[nodiscard]] std::vector<RffStudy> parse_studies(std::string_view list);
[[nodiscard]] std::string_view study_name(RffStudy study);

struct RffOptions {
    std::vector<FeatureSeries> features = parse_features("trig,orthogonal,positive,oprf");
    /// Numbers D of frequencies, ascending. trig and hyperbolic have two real features for each.
    std::vector<std::uint64_t> counts = {64, 256, 1024, 4096};
    std::uint64_t seeds = 8;
    std::uint64_t seed = 0;  ///< the first

    // Drawn inputs; at most one of scale, norm and angle, else norm = 1.
    std::uint64_t dimension = 64;  ///< d
    std::uint64_t length = 512;    ///< L
    std::optional<double> scale;   ///< entries of q and k are N(0, scale²); with `inputs`, q and k are multiplied by it
    std::optional<double> norm;    ///< q and k are uniform on the sphere of this radius
    std::optional<double> angle;   ///< degrees between q_t and k_t, both of length 1

    /// Safetensors with queries and keys [L, H, d]: {prefix}q_attn and {prefix}k_attn, or q_out and k_out. They are
    /// multiplied by `scale`, d^(−1/4) where that is not given: softmax attention's usual 1/√d.
    std::optional<std::filesystem::path> inputs;
    std::optional<std::uint64_t> layer;  ///< none: the first in the file
    std::uint64_t head = 0;
    bool hash_inputs = false;

    Temperatures temperature;
    Mask mask = Mask::causal;
    std::vector<double> epsilons = {2e-6, 5e-3};  ///< of the spectra: the paper's, and that of its code
    /// Empty: all, rotations only with `inputs`.
    std::vector<RffStudy> studies;
};

/// Tables `errors`, `slopes`, `seeds`; `norms`; `kernel`; `temperature_minima`, `temperature_errors`; `spectra`,
/// `spectrum_distances`; `rotations`, `recurrence`, as the studies ask, and figures over them. Values are N(0, 1), of
/// the seed. Breakdown shows in the numbers. Throws Error (usage) for sizes that are 0, that do not fit each other, or
/// that need more memory than the machine has; Error (input) for files that are refused or lack queries and keys.
[[nodiscard]] Result compare_features(const RffOptions& options, Context& context);

}  // namespace rotoscope
