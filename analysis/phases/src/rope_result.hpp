// Tables and figures of a model with fixed RoPE, from the sums of its groups.
#pragma once

#include "rope_job.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rotoscope/core/result.hpp"
#include "rotoscope/theory/rope_spectrum.hpp"

namespace rotoscope {

/// One head of one layer.
struct RopeHead {
    std::size_t layer = 0;
    std::size_t head = 0;
    std::size_t key_head = 0;
    HeadSums sums;
    SpectrumSummary spectrum;  ///< of the couplings

    [[nodiscard]] std::vector<std::complex<double>> couplings() const;
};

struct LayerHistograms {
    WeightHistogram query;
    WeightHistogram key;
};

/// Everything that was computed.
struct RopeAnalysis {
    RopeJob job;
    std::vector<RopeHead> heads;              ///< by layer, then head
    std::vector<LayerHistograms> histograms;  ///< of job.layers; empty where not asked for

    /// The heads of the n-th of job.layers.
    [[nodiscard]] std::span<const RopeHead> layer_heads(std::size_t n) const {
        return std::span(heads).subspan(n * job.heads.size(), job.heads.size());
    }
    /// K at these distances.
    [[nodiscard]] std::vector<double> scores(const RopeHead& head, const ScoreCurve& curve) const;
    [[nodiscard]] const std::vector<double>& frequencies(std::size_t layer) const {
        return job.rope.schedule(layer).frequencies;
    }
};

/// What a Result says of a run besides its job and its numbers.
struct RopeProvenance {
    std::string path;                                          ///< of the checkpoint, as given
    std::vector<std::pair<std::string, std::string>> options;  ///< as in Result
    std::uint64_t seed = 0;
    bool hash_inputs = false;
    std::vector<InputRecord> inputs;
    std::vector<std::string> notes;  ///< of the checkpoint
};

[[nodiscard]] RopeProvenance rope_provenance(const PhasesOptions& options, const Checkpoint& checkpoint);

/// Puts the groups' sums, in the job's order, in their places.
[[nodiscard]] RopeAnalysis assemble(RopeJob job, std::vector<GroupSums> sums);

/// Rows of the table of frequencies above which it is left out: about 200 MiB of cells.
inline constexpr std::size_t most_frequency_rows = 400'000;

/// One row for each layer, query head and pair.
[[nodiscard]] Table frequency_table(const RopeAnalysis& analysis);

/// The checkpoint's notes, what the numbers leave out, and what is not finite.
[[nodiscard]] std::vector<std::string> rope_notes(std::vector<std::string> of_checkpoint, const RopeAnalysis& analysis);

/// The tables; what is too long to list is a note.
void add_rope_tables(const RopeAnalysis& analysis, ThreadPool& pool, Result& result);

/// The names of the figures that there will be.
[[nodiscard]] std::vector<std::string> rope_figure_names(const RopeJob& job);
[[nodiscard]] std::vector<Figure> rope_figures(const RopeAnalysis& analysis);

/// Everything that there is to show, from the sums of all groups.
[[nodiscard]] Result rope_result(RopeProvenance provenance, RopeJob job, std::vector<GroupSums> sums, ThreadPool& pool);

/// Whether all of the model's rotations are fixed RoPE of a known family.
[[nodiscard]] bool has_fixed_rope(const Model& model);

/// `phases` of a model with fixed RoPE.
[[nodiscard]] Result analyse_rope(const PhasesOptions& options, const Checkpoint& checkpoint, Model model,
                                  Context& context);

}  // namespace rotoscope
