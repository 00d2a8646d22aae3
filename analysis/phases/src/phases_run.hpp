// The computation behind `phases` of a model with phase generators: everything but tables and figures.
#pragma once

#include "phases_tables.hpp"

#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {

/// Checks the options, describes and runs the selected layers. Of the result it sets the inputs, and the notes of what
/// was known before anything was computed; the others are in the analysis. Throws what analyse_phases does.
[[nodiscard]] PhasesAnalysis run_phases(const PhasesOptions& options, const Checkpoint& checkpoint, Model model,
                                        Result& result, Context& context);

}  // namespace rotoscope
