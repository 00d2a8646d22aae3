// The rows of the table of claims, each beside its experiment.
#pragma once

#include "rotoscope/claims/claim.hpp"

namespace rotoscope {

[[nodiscard]] Claim rope_relative();
[[nodiscard]] Claim rope_trick();
[[nodiscard]] Claim rope_decay();
[[nodiscard]] Claim rff_unbiased();
[[nodiscard]] Claim rff_variance();
[[nodiscard]] Claim rff_attention();
[[nodiscard]] Claim rff_recurrence();
[[nodiscard]] Claim rff_temperature();
[[nodiscard]] Claim temperature_figure2();
[[nodiscard]] Claim ssm_dft();
[[nodiscard]] Claim leakage_rectangular();
[[nodiscard]] Claim leakage_decay();
[[nodiscard]] Claim leakage_hann();
[[nodiscard]] Claim householder_pair();
[[nodiscard]] Claim fox_gate();
[[nodiscard]] Claim tracking_parity();
[[nodiscard]] Claim tracking_a3();
[[nodiscard]] Claim phase_precision();
[[nodiscard]] Claim recall_rotation_decay();
[[nodiscard]] Claim gate_scalar_or_diagonal();
[[nodiscard]] Claim gate_spectra();

}  // namespace rotoscope
