// `rotoscope verify`: the claims of the theory measured, and a verdict on each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rotoscope/claims/claim.hpp"
#include "rotoscope/core/context.hpp"
#include "rotoscope/core/result.hpp"

namespace rotoscope {

struct VerifyOptions {
    std::vector<std::string> claims;  ///< IDs or prefixes; empty: all
    Effort effort = Effort::quick;
    std::vector<std::string> settings;  ///< ID.NAME=VALUE
    std::uint64_t seed = 0;
};

struct Verification {
    /// Tables `claims` (a row a claim), `checks` (a row a comparison), `inputs`, and what the claims add; figures.
    Result result;
    /// The IDs whose verdict differs from the expected one.
    std::vector<std::string> surprises;
};

/// Measures each claim that is asked for. Throws Error (usage) for an unknown claim or input, or a value out of range,
/// before anything is measured; Error (input) where a checkpoint that was asked for cannot be read.
[[nodiscard]] Verification verify_claims(const VerifyOptions& options, Context& context);

/// The same for claims of the caller's own.
[[nodiscard]] Verification verify_claims(std::span<const Claim* const> claims, const VerifyOptions& options,
                                         Context& context);

/// What there is to verify: IDs, equations, statements, expected verdicts, and their inputs.
[[nodiscard]] Result list_claims(const VerifyOptions& options);

}  // namespace rotoscope
