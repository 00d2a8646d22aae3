#include "rotoscope/claims/check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

/// larger/smaller of a limit and what must not exceed it; both may be 0.
double ratio(double larger, double smaller) {
    if (std::isnan(larger) || std::isnan(smaller)) return 0.0;
    if (smaller <= 0.0) return larger >= smaller ? unlimited : 0.0;
    return larger / smaller;
}

/// The index of the smallest margin among the checks of these roles; checks.size() where there are none.
std::size_t weakest(std::span<const Check> checks, std::initializer_list<Role> roles) {
    std::size_t found = checks.size();
    for (std::size_t i = 0; i < checks.size(); ++i)
        if (std::ranges::find(roles, checks[i].role) != roles.end() &&
            (found == checks.size() || checks[i].margin() < checks[found].margin()))
            found = i;
    return found;
}

/// The index of the control that comes nearest to passing; checks.size() where there are none.
std::size_t nearest_control(std::span<const Check> checks) {
    std::size_t found = checks.size();
    for (std::size_t i = 0; i < checks.size(); ++i)
        if (checks[i].role == Role::control && (found == checks.size() || checks[i].margin() > checks[found].margin()))
            found = i;
    return found;
}

}  // namespace

std::string_view role_name(Role role) noexcept {
    switch (role) {
        case Role::statement:
            return "statement";
        case Role::printed:
            return "as printed";
        case Role::corrected:
            return "as corrected";
        case Role::control:
            return "negative control";
    }
    return "";
}

std::string_view relation_sign(Relation relation) noexcept {
    return relation == Relation::equal ? "=" : relation == Relation::at_most ? "≤" : "≥";
}

std::string_view verdict_name(Verdict verdict) noexcept {
    return verdict == Verdict::holds                ? "holds"
           : verdict == Verdict::holds_as_corrected ? "holds as corrected"
                                                    : "fails";
}

double Check::margin() const {
    if (std::isnan(tolerance)) return 0.0;
    switch (relation) {
        case Relation::equal:
            return ratio(tolerance, std::abs(measured - predicted));
        case Relation::at_most:
            return ratio(predicted + tolerance, measured);
        case Relation::at_least:
            return ratio(measured, predicted - tolerance);
    }
    return 0.0;
}

Judgement judge(std::span<const Check> checks) {
    if (checks.empty()) throw internal_error("a claim without a check");
    const std::size_t none = checks.size();
    const std::size_t control = nearest_control(checks);
    const std::size_t as_printed = weakest(checks, {Role::statement, Role::printed});
    const std::size_t as_corrected = weakest(checks, {Role::statement, Role::corrected});
    const bool correctable = weakest(checks, {Role::corrected}) != none;
    const auto passes = [&](std::size_t check) { return check != none && checks[check].passes(); };

    Judgement judgement;
    if (control != none) judgement.control = 1.0 / checks[control].margin();
    const bool printed_passes = passes(as_printed);
    judgement.deciding = printed_passes || !correctable ? as_printed : as_corrected;
    if (control == none || passes(control)) {
        if (control != none) judgement.deciding = control;
    } else if (printed_passes) {
        judgement.verdict = Verdict::holds;
    } else if (correctable && passes(as_corrected)) {
        judgement.verdict = Verdict::holds_as_corrected;
    }
    if (judgement.deciding == none) judgement.deciding = 0;
    judgement.margin = checks[judgement.deciding].margin();
    return judgement;
}

}  // namespace rotoscope
