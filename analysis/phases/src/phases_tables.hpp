// Tables of `rotoscope phases`.
#pragma once

#include "layer_analysis.hpp"

#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/table.hpp"

namespace rotoscope {

/// Which heads and which channels of a head the tables and figures show.
struct Selection {
    std::vector<std::size_t> heads;
    std::vector<std::size_t> channels;
};

/// Everything that was computed of a model's phases.
struct PhasesAnalysis {
    std::string name;  ///< of the checkpoint, for captions
    Model model;
    Selection selection;
    std::vector<LayerPhases> layers;
    std::optional<VocabularyPhases> vocabulary;  ///< of layer 0, where that is among the layers
    std::string inputs;                          ///< what the layers were fed, for captions
    std::vector<std::string> late_notes;         ///< short sequences, what is not finite

    [[nodiscard]] const LayerPhases* find_layer(std::size_t layer) const;
    /// How each figure is labelled: model, inputs, pair layout.
    [[nodiscard]] std::string figure_note() const;
};

/// One row for each layer, head and channel.
[[nodiscard]] Table channel_table(const PhasesAnalysis& analysis);

/// The same condensed: one row for each layer and head.
[[nodiscard]] Table head_table(const PhasesAnalysis& analysis);

/// head_table for the terminal: short names, without the columns that are missing everywhere.
[[nodiscard]] Table terminal_head_table(const PhasesAnalysis& analysis, const Table& heads);

/// Projected phases over the vocabulary: one row for each channel of layer 0.
[[nodiscard]] Table vocabulary_table(const PhasesAnalysis& analysis);

/// One row for each channel of layer 0 and token, for vocabularies up to most_listed_tokens.
[[nodiscard]] Table token_table(const PhasesAnalysis& analysis);

/// Total angle that a token contributes to a channel of layer 0: temperature · (Σ taps) · z(token), radians.
[[nodiscard]] double token_angle(const LayerPhases& layer, const VocabularyPhases& vocabulary, std::size_t channel,
                                 std::size_t token);

/// For the terminal: the channels in which tokens differ most in the angle they contribute.
[[nodiscard]] Table contrast_table(const PhasesAnalysis& analysis, std::size_t rows);

}  // namespace rotoscope
