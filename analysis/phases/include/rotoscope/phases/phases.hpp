// `rotoscope phases`: what rotation angles a trained model has learned.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"

namespace rotoscope {

/// What layers are fed where neither tokens nor activations are given.
enum class InputKind {
    automatic,   ///< embeddings where the checkpoint has them, else the sphere
    embeddings,  ///< of drawn tokens: exact for layer 0, no inputs for the others
    sphere,      ///< Gaussian vectors of unit RMS times the input norm's weights, for every layer
};

struct PhasesOptions {
    std::filesystem::path checkpoint;
    std::optional<std::string> tokens;                 ///< list of ids or file; none: drawn uniformly
    std::optional<std::filesystem::path> activations;  ///< file with layer{i}.hidden_states
    std::optional<std::filesystem::path> arrays;       ///< safetensors to write with every stage
    InputKind inputs = InputKind::automatic;
    std::uint64_t length = 4096;  ///< tokens drawn
    std::uint64_t seed = 0;
    std::vector<std::size_t> layers;       ///< empty: all with a phase generator
    std::vector<std::size_t> heads;        ///< empty: all
    std::vector<std::size_t> channels;     ///< of a head; empty: all
    std::optional<std::uint64_t> context;  ///< of fixed RoPE: tokens; none: as the configuration has it
    std::optional<double> histogram;       ///< of fixed RoPE: histograms of the weights from −histogram to histogram
    OpenOptions open;                      ///< of the checkpoint and the activations
    bool hash_inputs = false;
};

/// Tables `channels`, `heads`, `histograms` where layers have inputs, and, where the checkpoint has an embedding,
/// `vocabulary` and `tokens`; figures over them. With arrays also writes that file, in which nothing is left out by
/// layers, heads or channels but whole layers.
///
/// The statistics are of d_t = temperature·φ_t, radians per token, computed in double from the weights as stored, along
/// the activations given, or, for layer 0, along the embeddings of drawn or given tokens, or along points of the
/// sphere. Memory does not grow with the length of the sequence, and one layer's weights are held at a time. Throws
/// Error (input) for a checkpoint without Selective RoPE and for files that do not fit, Error (usage) for layers, heads
/// or channels that the model does not have.
///
/// Of a model with fixed RoPE: tables `frequencies`, `heads`, `layers`, `scores` (rope_spectrum.hpp has the quantities)
/// and figures over them, from the query and key weights alone, which are streamed once. tokens, activations, arrays,
/// inputs and channels do not apply there, context and histogram only there: Error (usage).
[[nodiscard]] Result analyse_phases(const PhasesOptions& options, Context& context);

}  // namespace rotoscope
