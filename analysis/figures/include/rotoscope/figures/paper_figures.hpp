// `rotoscope figures`: the figures of arXiv 2511.17388 and RoFormer, regenerated. Those that a tool draws anyway come
// from that tool; nothing is computed twice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"

namespace rotoscope {

struct PaperFiguresOptions {
    /// The model of `learned_phases`. None: parity-srope of the sources, below the working folder.
    std::optional<std::filesystem::path> checkpoint;
    std::uint64_t seed = 0;
    bool hash_inputs = false;
};

/// The names, in order.
[[nodiscard]] std::vector<std::string> paper_figure_names();

/// Draws those that context.figures chooses. Tables `figures` (a row a figure) and, with `figure1`, `distance`. A claim
/// behind a figure whose verdict is not the expected one is noted. Without `checkpoint`, and where the sources' is not
/// there, `learned_phases` is left out with a note, or, where it was chosen by name, Error (input). Throws Error
/// (usage) for a name that there is not, before anything is computed.
[[nodiscard]] Result draw_paper_figures(const PaperFiguresOptions& options, Context& context);

/// Table `figures`: what there is to draw.
[[nodiscard]] Result list_paper_figures();

}  // namespace rotoscope
