// Angles and gates of a model's heads, token by token: from arrays, or by running a layer of a checkpoint.
#pragma once

#include "parse.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/leakage/leakage.hpp"
#include "rotoscope/theory/matrix.hpp"
#include "rotoscope/theory/rotation_bank.hpp"

namespace rotoscope {

/// One head of P pairs along T tokens. A pair's state decays by several gates where the model has one a key dimension
/// (GLA: dimensions n and n + P) or several value heads a head: the part of the attention score that depends on Φ_t −
/// Φ_τ then has the mean of their windows, exactly, since scores are sums over key dimensions.
struct HeadSequence {
    std::size_t head = 0;
    RowMatrix<double> angles;                  ///< Φ_t [T, P], radians, not wrapped
    std::vector<RowMatrix<double>> log_gates;  ///< each [T, P]; none: no forgetting
};

struct ModelSequence {
    std::string name;    ///< the file's or folder's
    std::string inputs;  ///< in words
    std::optional<std::size_t> layer;
    std::size_t heads = 0;
    std::vector<HeadSequence> sequences;
    std::vector<InputRecord> records;
    std::vector<std::string> notes;
    std::vector<std::pair<std::string, std::string>> summary;
};

/// `angle` [T, H, P] and `log_forget_gate` [T, H, 2P] or [T, n] of FILE.safetensors[:layer[:head]]. Throws Error
/// (input) for tensors that are missing, do not fit or hold NaN, Error (usage) for a layer or head that is not there.
[[nodiscard]] ModelSequence read_model_arrays(const LeakageOptions& options);

/// A layer of CHECKPOINT[:layer[:head]] along activations, or, for layer 0, along embeddings of --length drawn tokens.
/// Fixed RoPE turns by w_n a token. Throws Error (input) for a checkpoint without rotations.
[[nodiscard]] ModelSequence run_model_layer(const LeakageOptions& options, const IndexedPath& path, Context& context);

/// The frequencies and resting decays of a checkpoint whose rotations are fixed and that is given no inputs.
struct ModelBank {
    RotationBank bank;
    std::vector<double> decays;  ///< a_n at rest, the mean of a pair's log gates; empty: no forgetting
    std::string description;
    std::vector<InputRecord> records;
    std::vector<std::string> notes;
};

/// Nothing where the rotations depend on the input, so that run_model_layer is asked for.
[[nodiscard]] std::optional<ModelBank> fixed_model_bank(const LeakageOptions& options, const IndexedPath& path);

}  // namespace rotoscope
