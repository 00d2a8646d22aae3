// What `phases` measures of a checkpoint, without figures: for tools that go on from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rotoscope/core/result.hpp"
#include "rotoscope/core/table.hpp"
#include "rotoscope/phases/model.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {

/// Rows of all channels at equally spaced tokens first, first + stride …: what figures draw, few enough to be held.
struct StridedRows {
    std::uint64_t stride = 1;
    std::vector<double> values;  ///< [rows, channels]

    /// The finite values of one channel, in order.
    [[nodiscard]] std::vector<double> finite(std::size_t channel, std::size_t channels) const;
};

/// One layer's increments d_t = temperature·φ_t, radians per token.
struct LayerIncrements {
    std::size_t layer = 0;
    std::size_t pairs = 0;
    std::size_t channels = 0;  ///< H·P; channel n of head h is h·P + n
    StridedRows sampled;       ///< of at most 4,096 tokens
};

struct PhaseMeasurements {
    std::string inputs;  ///< what the layers were fed: "embeddings of 4,096 tokens …"; empty for fixed RoPE
    /// What a reader must know: not finite weights, layers without inputs.
    std::vector<std::string> notes;
    /// As phases.hpp has them: `channels`, or `frequencies` of fixed RoPE, one row for each layer, head and channel (or
    /// pair), in this order.
    Table channels;
    std::optional<Table> vocabulary;
    std::optional<Table> tokens;
    bool linear = false;                      ///< what a token adds in layer 0 does not depend on its neighbours
    std::vector<LayerIncrements> increments;  ///< of the layers that have inputs; none for fixed RoPE
};

/// The options that decide what is measured, but for the checkpoint, as a Result lists them.
void append_measurement_options(const PhasesOptions& options,
                                std::vector<std::pair<std::string, std::string>>& described);

/// The files that the layers are fed from.
void append_fed_files(const PhasesOptions& options, std::vector<InputRecord>& inputs);

/// Whether the model has what analyse_phases analyses: a phase generator, or fixed RoPE of a known family.
[[nodiscard]] bool has_phases(const Model& model) noexcept;

/// Computes what analyse_phases does, with the same options and errors. Throws Error (input) too where a model with
/// fixed RoPE has more frequencies than analyse_phases lists.
[[nodiscard]] PhaseMeasurements measure_phases(const PhasesOptions& options, Context& context);

}  // namespace rotoscope
