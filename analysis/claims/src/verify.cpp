#include "rotoscope/claims/verify.hpp"

#include "verify_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t detailed_claims = 3;  ///< so few have their comparisons in the terminal

std::vector<const Claim*> selected_claims(const VerifyOptions& options) {
    std::vector<const Claim*> wanted;
    for (const std::string& selector : options.claims)
        for (const Claim* claim : select_claims(selector)) wanted.push_back(claim);
    std::vector<const Claim*> claims;
    for (const Claim& claim : all_claims())
        if (options.claims.empty() || std::ranges::find(wanted, &claim) != wanted.end()) claims.push_back(&claim);
    return claims;
}

/// ID.NAME=VALUE.
void apply_setting(std::string_view setting, std::span<MeasuredClaim> claims) {
    const std::size_t equals = setting.find('=');
    const std::size_t dot = setting.substr(0, equals).rfind('.');
    if (equals == std::string_view::npos || dot == std::string_view::npos)
        throw usage_error(fmt::format("--set: {}; expected ID.NAME=VALUE such as rope.relative.d=128", quote(setting)));
    const std::string_view id = setting.substr(0, dot);
    for (MeasuredClaim& each : claims)
        if (each.claim->id == id)
            return each.inputs.set(id, setting.substr(dot + 1, equals - dot - 1), setting.substr(equals + 1));
    const auto known = select_claims(id);  // throws for one that there is not
    throw usage_error(known.front()->id == id
                          ? fmt::format("--set: the claim {} is not among those that --claim selects", id)
                          : fmt::format("--set: {} names {} claims; expected one ID", quote(id), known.size()));
}

std::vector<MeasuredClaim> prepare(std::span<const Claim* const> claims, const VerifyOptions& options) {
    std::vector<MeasuredClaim> prepared;
    for (const Claim* claim : claims) prepared.push_back({claim, ClaimValues(claim->inputs, options.effort), {}, {}});
    for (const std::string& setting : options.settings) apply_setting(setting, prepared);
    return prepared;
}

void measure(MeasuredClaim& each, const VerifyOptions& options, ThreadPool& pool) {
    const std::string id(each.claim->id);
    each.outcome = each.claim->run({each.inputs, claim_seed(options.seed, id), claim_false_alarm(), pool});
    each.judgement = judge(each.outcome.checks);
    for (Figure& figure : each.outcome.figures) figure.note = fmt::format("rotoscope verify: {}", id);
}

/// Figures, tables and inputs of the claims into the result, and what is unexpected.
void collect(std::span<MeasuredClaim> claims, Result& result) {
    for (MeasuredClaim& each : claims) {
        const std::string_view id = each.claim->id;
        for (Table& table : each.outcome.tables) result.tables.push_back(std::move(table));
        for (Figure& figure : each.outcome.figures) result.figures.push_back(std::move(figure));
        for (InputRecord& input : each.outcome.inputs) result.inputs.push_back(std::move(input));
        if (each.surprising())
            result.notes.push_back(fmt::format("{}: {}; expected: {} ({})", id, verdict_name(each.judgement.verdict),
                                               verdict_name(each.claim->expected), each.claim->reason));
    }
}

std::string count_verdicts(std::span<const MeasuredClaim> claims) {
    const auto count = [&](Verdict verdict) {
        return std::ranges::count_if(claims, [&](const auto& each) { return each.judgement.verdict == verdict; });
    };
    return fmt::format("{} hold, {} hold as corrected, {} fail", count(Verdict::holds),
                       count(Verdict::holds_as_corrected), count(Verdict::fails));
}

/// Corrections, and of few claims every comparison and remark, for the terminal.
void summarise_remarks(std::span<const MeasuredClaim> claims, Result& result) {
    for (const MeasuredClaim& each : claims) {
        if (each.judgement.verdict == Verdict::holds_as_corrected)
            result.summary.emplace_back(each.claim->id, fmt::format("corrected: {}", each.claim->correction));
        if (claims.size() > detailed_claims) continue;
        result.summary.emplace_back(each.claim->id, fmt::format("inputs: {}", each.inputs.describe()));
        for (std::size_t i = 0; i < each.outcome.checks.size(); ++i)
            result.summary.emplace_back(
                fmt::format("check {}", i + 1),
                fmt::format("{} ({})", each.outcome.checks[i].name, each.outcome.checks[i].derivation));
        for (const std::string& note : each.outcome.notes) result.summary.emplace_back(each.claim->id, note);
    }
}

std::vector<std::string> figure_names(std::span<const Claim* const> claims) {
    std::vector<std::string> names;
    for (const Claim* claim : claims)
        if (!claim->figure.empty()) names.emplace_back(claim->figure);
    return names;
}

void record_options(const VerifyOptions& options, Result& result) {
    result.tool = "verify";
    result.seed = options.seed;
    if (!options.claims.empty())
        result.options.emplace_back("claim", fmt::format("{}", fmt::join(options.claims, ",")));
    result.options.emplace_back("effort", options.effort == Effort::quick ? "quick" : "full");
    if (!options.settings.empty())
        result.options.emplace_back("set", fmt::format("{}", fmt::join(options.settings, " ")));
}

}  // namespace

Verification verify_claims(const VerifyOptions& options, Context& context) {
    return verify_claims(selected_claims(options), options, context);
}

Verification verify_claims(std::span<const Claim* const> claims, const VerifyOptions& options, Context& context) {
    std::vector<MeasuredClaim> measured = prepare(claims, options);
    context.figures.check(figure_names(claims));
    Verification verification;
    Result& result = verification.result;
    record_options(options, result);
    for (std::size_t i = 0; i < measured.size(); ++i) {
        context.progress.begin(fmt::format("{} ({} of {})", measured[i].claim->id, i + 1, measured.size()), 0);
        measure(measured[i], options, context.pool);
        if (measured[i].surprising()) verification.surprises.emplace_back(measured[i].claim->id);
    }
    context.progress.end();

    result.tables = {claims_table(measured), checks_table(measured), inputs_table(measured), remarks_table(measured)};
    result.terminal.push_back(terminal_claims_table(measured));
    if (measured.size() <= detailed_claims)
        for (const MeasuredClaim& each : measured) result.terminal.push_back(terminal_checks_table(each));
    result.summary.emplace_back("verdicts", count_verdicts(measured));
    result.summary.emplace_back("chance", fmt::format("a false alarm of any claim, for any seed (here {}): at most {}",
                                                      options.seed, format_significant(total_false_alarm, 1)));
    summarise_remarks(measured, result);
    collect(measured, result);
    return verification;
}

Result list_claims(const VerifyOptions& options) {
    const std::vector<MeasuredClaim> claims = prepare(selected_claims(options), options);
    Result result;
    record_options(options, result);
    result.tool = "verify";
    Table table("claims", "What there is to verify",
                {{"id", "", "Name of the claim"},
                 {"equation", "", "Where it is made; equations of arXiv 2511.17388 unless it says otherwise"},
                 {"expected", "", "The verdict that the theory expects"},
                 {"statement", "", "What it says"},
                 {"reason", "", "Why that verdict is expected"}});
    Table terminal("claims", "what there is to verify", {{"id", "", ""}, {"expected", "", ""}, {"statement", "", ""}});
    for (const MeasuredClaim& each : claims) {
        const Claim& claim = *each.claim;
        table.add_row({std::string(claim.id), std::string(claim.equation), std::string(verdict_name(claim.expected)),
                       std::string(claim.statement), std::string(claim.reason)});
        terminal.add_row(
            {std::string(claim.id), std::string(verdict_name(claim.expected)), std::string(claim.statement)});
        if (claims.size() > detailed_claims) continue;
        result.summary.emplace_back(claim.id, claim.statement);
        result.summary.emplace_back("inputs", each.inputs.describe());
    }
    result.tables = {table, inputs_table(claims)};
    result.terminal = {terminal};
    return result;
}

}  // namespace rotoscope
