// What a reader must know to judge the tables of `rotoscope rff`.
#pragma once

#include "error_study.hpp"
#include "kernel_study.hpp"
#include "rotation_study.hpp"

#include <string>
#include <vector>

namespace rotoscope {

/// Padded draws, exponents beyond single precision, matrices and closed forms that are cut short.
void note_inputs(const RffOptions& options, const StudyInputs& inputs, std::vector<std::string>& notes);
/// Rows with an unreliable normaliser; errors that are not finite.
void note_errors(const RffOptions& options, const StudyInputs& inputs, const ErrorResults& results,
                 std::vector<std::string>& notes);
/// Up to which norm each kind is reliable.
void note_norms(const RffOptions& options, const std::vector<ErrorResults>& results, std::vector<std::string>& notes);
void note_kernel(const RffOptions& options, const KernelResults& results, std::vector<std::string>& notes);
/// The recurrence's differences and the matching temperature, in the summary; what is missing, in the notes.
void note_rotations(const StudyInputs& inputs, const RotationResults& results, Result& result);

}  // namespace rotoscope
