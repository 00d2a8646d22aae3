// What is to be computed of a model with fixed RoPE, and its computation, group of heads by group of heads.
#pragma once

#include "rope_pass.hpp"

#include <string>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {

/// A model with fixed RoPE and what is asked of it; the checkpoint must outlive it.
struct RopeJob {
    const Checkpoint* checkpoint = nullptr;  ///< null in a job that was read from a part
    std::string name;                        ///< of the checkpoint, for captions
    Model model;
    RopeModel rope;
    std::vector<std::size_t> layers;
    std::vector<std::size_t> heads;
    std::optional<double> histogram_limit;
    std::vector<HeadGroup> groups;     ///< by layer, then key head
    std::vector<std::uint64_t> bytes;  ///< of weights that each group reads

    [[nodiscard]] const Architecture& architecture() const { return *model.architecture; }
    /// How each figure is labelled: model, pair layout, schedule, context.
    [[nodiscard]] std::string figure_note() const;
    /// As figure_note has it, without the name.
    [[nodiscard]] std::string position() const;
};

/// Checks options, configuration and tensors of all selected layers. Throws Error (usage) for options that do not apply
/// to fixed RoPE or select what is not there, Error (input) for what does not fit.
[[nodiscard]] RopeJob prepare_rope_job(const PhasesOptions& options, const Checkpoint& checkpoint, Model model);

/// The groups of these layers and query heads, both ascending, of which `sharing` neighbours have one key head.
[[nodiscard]] std::vector<HeadGroup> group_heads(const std::vector<std::size_t>& layers,
                                                 const std::vector<std::size_t>& heads, std::size_t sharing);

/// Throws Error (input) where the selection is more than is analysed at once.
void check_size(const RopeJob& job);

/// The sums of groups begin … end − 1, in order.
[[nodiscard]] std::vector<GroupSums> run_groups(const RopeJob& job, std::size_t begin, std::size_t end,
                                                Context& context);

}  // namespace rotoscope
