#include "verify_tables.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

Cell text_cell(std::string_view text) { return std::string(text); }

/// The smallest number of digits by which a person sees two numbers differ, at least 3 and at most 9.
std::string compared(double value) { return format_significant(value, 4); }

/// For people; "exact" for no deviation at all.
std::string times(double margin) {
    if (std::isinf(margin)) return "exact";
    return format_significant(margin, margin < 1e4 ? 3 : 2);
}

Cell number_cell(const ClaimInput& input, const ClaimValues& values) {
    if (input.kind == ClaimInput::Kind::text) return values.text(input.name);
    if (input.kind == ClaimInput::Kind::whole) return integer_cell(values.whole(input.name));
    return values.real(input.name);
}

}  // namespace

Table claims_table(std::span<const MeasuredClaim> claims) {
    Table table("claims", "The claims of the theory and what the numbers say",
                {{"id", "", "Name of the claim"},
                 {"equation", "", "Where it is made; equations of arXiv 2511.17388 unless it says otherwise"},
                 {"statement", "", "What it says"},
                 {"check", "", "The comparison with the smallest margin among those that the verdict rests on"},
                 {"measured", "", "Its measured number"},
                 {"relation", "", "= within the tolerance, ≤ predicted + tolerance, ≥ predicted − tolerance"},
                 {"predicted", "", "Its predicted number"},
                 {"tolerance", "", "Its tolerance, derived in the table checks"},
                 {"margin", "", "How many times inside its limit the measured number is"},
                 {"control", "", "How many times outside its limit the nearest negative control is"},
                 {"verdict", "", "What the numbers say"},
                 {"expected", "", "The verdict that the theory expects"},
                 {"correction", "", "What is true instead of the printed form"},
                 {"reason", "", "Why that verdict is expected"}});
    for (const MeasuredClaim& each : claims) {
        const Claim& claim = *each.claim;
        const Check& check = each.outcome.checks[each.judgement.deciding];
        table.add_row({text_cell(claim.id), text_cell(claim.equation), text_cell(claim.statement), check.name,
                       check.measured, text_cell(relation_sign(check.relation)), check.predicted, check.tolerance,
                       each.judgement.margin, each.judgement.control, text_cell(verdict_name(each.judgement.verdict)),
                       text_cell(verdict_name(claim.expected)), text_cell(claim.correction), text_cell(claim.reason)});
    }
    return table;
}

Table checks_table(std::span<const MeasuredClaim> claims) {
    Table table("checks", "Every comparison of every claim",
                {{"id", "", "Name of the claim"},
                 {"role", "", "statement, as printed, as corrected, or a negative control, which must fail"},
                 {"check", "", "What is compared"},
                 {"measured", "", "The measured number"},
                 {"relation", "", "= within the tolerance, ≤ predicted + tolerance, ≥ predicted − tolerance"},
                 {"predicted", "", "The predicted number"},
                 {"tolerance", "", "The tolerance"},
                 {"margin", "", "How many times inside its limit the measured number is; below 1 the check fails"},
                 {"outcome", "", "passes or fails"},
                 {"derivation", "", "Where predicted number and tolerance come from"}});
    for (const MeasuredClaim& each : claims)
        for (const Check& check : each.outcome.checks)
            table.add_row({text_cell(each.claim->id), text_cell(role_name(check.role)), check.name, check.measured,
                           text_cell(relation_sign(check.relation)), check.predicted, check.tolerance, check.margin(),
                           text_cell(check.passes() ? "passes" : "fails"), check.derivation});
    return table;
}

Table inputs_table(std::span<const MeasuredClaim> claims) {
    Table table("inputs", "What the experiments were given",
                {{"id", "", "Name of the claim"},
                 {"input", "", "Name of the input, as --set ID.INPUT=VALUE changes it"},
                 {"value", "", "Its value in this run"},
                 {"meaning", "", "What it is"}});
    for (const MeasuredClaim& each : claims)
        for (const ClaimInput& input : each.claim->inputs) {
            const Cell cell = number_cell(input, each.inputs);
            const auto* number = std::get_if<double>(&cell);
            const auto* whole = std::get_if<std::int64_t>(&cell);
            table.add_row({text_cell(each.claim->id), text_cell(input.name),
                           number  ? Cell(format_shortest(*number))
                           : whole ? Cell(std::to_string(*whole))
                                   : cell,
                           text_cell(input.meaning)});
        }
    return table;
}

Table remarks_table(std::span<const MeasuredClaim> claims) {
    Table table("remarks", "What the numbers show, and what they do not",
                {{"id", "", "Name of the claim"}, {"remark", "", "The remark"}});
    for (const MeasuredClaim& each : claims) {
        if (each.judgement.verdict == Verdict::holds_as_corrected && !each.claim->correction.empty())
            table.add_row({text_cell(each.claim->id), "Corrected: " + std::string(each.claim->correction)});
        for (const std::string& note : each.outcome.notes) table.add_row({text_cell(each.claim->id), note});
    }
    return table;
}

Table terminal_claims_table(std::span<const MeasuredClaim> claims) {
    Table table("claims", "how many times the deciding number is inside its limit, and the negative control outside",
                {{"id", "", ""}, {"equation", "", ""}, {"verdict", "", ""}, {"margin", "", ""}, {"control", "", ""}});
    for (const MeasuredClaim& each : claims) {
        const std::string verdict(verdict_name(each.judgement.verdict));
        table.add_row({text_cell(each.claim->id), text_cell(each.claim->equation),
                       each.surprising() ? verdict + " (!)" : verdict, times(each.judgement.margin),
                       times(each.judgement.control)});
    }
    return table;
}

Table terminal_checks_table(const MeasuredClaim& claim) {
    Table table(std::string(claim.claim->id), std::string(claim.claim->statement),
                {{"check", "", ""},
                 {"role", "", ""},
                 {"measured", "", ""},
                 {"predicted", "", ""},
                 {"tolerance", "", ""},
                 {"margin", "", ""}});
    std::int64_t number = 0;
    for (const Check& check : claim.outcome.checks)
        table.add_row({++number, text_cell(role_name(check.role)), compared(check.measured),
                       std::string(relation_sign(check.relation)) + " " + compared(check.predicted),
                       format_significant(check.tolerance, 2), times(check.margin())});
    return table;
}

}  // namespace rotoscope
