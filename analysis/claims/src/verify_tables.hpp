// The tables of `rotoscope verify`.
#pragma once

#include <span>
#include <vector>

#include "rotoscope/claims/claim.hpp"

namespace rotoscope {

/// A claim with what was measured.
struct MeasuredClaim {
    const Claim* claim;
    ClaimValues inputs;
    ClaimOutcome outcome;
    Judgement judgement;

    [[nodiscard]] bool surprising() const { return judgement.verdict != claim->expected; }
};

/// A row a claim: what it says, the deciding numbers, verdict and expected verdict.
[[nodiscard]] Table claims_table(std::span<const MeasuredClaim> claims);
/// A row a comparison, with the derivation of its tolerance.
[[nodiscard]] Table checks_table(std::span<const MeasuredClaim> claims);
/// A row an input, with the value used.
[[nodiscard]] Table inputs_table(std::span<const MeasuredClaim> claims);

/// A row a remark: corrections, and what each experiment says of its numbers.
[[nodiscard]] Table remarks_table(std::span<const MeasuredClaim> claims);

/// For the terminal: the verdicts; the comparisons of one claim, numbered from 1.
[[nodiscard]] Table terminal_claims_table(std::span<const MeasuredClaim> claims);
[[nodiscard]] Table terminal_checks_table(const MeasuredClaim& claim);

}  // namespace rotoscope
