// The checkpoints to compare: what each is, where it stands in its run, and what keeps two of them apart.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotoscope/compare/compare.hpp"
#include "rotoscope/phases/model.hpp"

namespace rotoscope {

enum class PhaseKind { none, selective, fixed };

struct Snapshot {
    std::filesystem::path path;
    std::string label;                  ///< name of the folder or file
    std::optional<std::uint64_t> step;  ///< only where all have one, increasing
    Model model;
    PhaseKind kind = PhaseKind::none;
    std::vector<std::size_t> layers;               ///< that have rotations and are selected
    std::optional<std::uint64_t> vocabulary;       ///< of its embedding
    ForgetGateKind forget = ForgetGateKind::none;  ///< beside the phase generators
    std::vector<std::size_t> fed_layers;           ///< those of the layers that have inputs
    std::vector<std::string> notes;                ///< of its measurement
    std::string inputs;                            ///< what its layers were fed
};

/// The number after the last "step" or "checkpoint" of a name, as in run-step00300, checkpoint-1500,
/// global_step12.safetensors.
[[nodiscard]] std::optional<std::uint64_t> step_of_name(std::string_view name);

/// Opens and recognises every checkpoint, and adds their files to result.inputs and what is odd about their steps to
/// result.notes.
[[nodiscard]] std::vector<Snapshot> survey_checkpoints(const CompareOptions& options, Result& result);

/// Why no layer of the two can be compared, as in "4 heads of 16 pairs against 2 of 8"; nothing where some can.
[[nodiscard]] std::optional<std::string> models_differ(const Snapshot& from, const Snapshot& to,
                                                       const PhasesOptions& options);

}  // namespace rotoscope
