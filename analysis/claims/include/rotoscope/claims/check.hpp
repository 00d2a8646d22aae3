// One comparison of a claim, and what all of them together say. Verdicts come from here and from numbers alone.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rotoscope {

/// What a check is for.
enum class Role {
    statement,  ///< must pass whether or not the claim needs a correction
    printed,    ///< the claim in the form in which the paper prints it
    corrected,  ///< the claim in the form that is true where the printed one is not
    control,    ///< something false: a check that could not fail would show nothing
};

[[nodiscard]] std::string_view role_name(Role role) noexcept;

/// How a measured number is compared.
enum class Relation {
    equal,     ///< |measured − predicted| ≤ tolerance
    at_most,   ///< measured ≤ predicted + tolerance, for measured ≥ 0
    at_least,  ///< measured ≥ predicted − tolerance, for measured ≥ 0
};

[[nodiscard]] std::string_view relation_sign(Relation relation) noexcept;

struct Check {
    Role role = Role::statement;
    std::string name;  ///< as in "eq. 5 equals eq. 6"
    Relation relation = Relation::equal;
    double measured = 0.0;
    double predicted = 0.0;
    double tolerance = 0.0;
    std::string derivation;  ///< where predicted and tolerance come from

    /// How many times inside its limit the measured number is: tolerance/|measured − predicted| for equal,
    /// limit/measured for at_most, measured/limit for at_least; infinite where it could not be better, 0 where it is
    /// NaN.
    [[nodiscard]] double margin() const;
    [[nodiscard]] bool passes() const { return margin() >= 1.0; }
};

enum class Verdict { holds, holds_as_corrected, fails };

/// "holds", "holds as corrected", "fails".
[[nodiscard]] std::string_view verdict_name(Verdict verdict) noexcept;

/// What the checks of a claim say:
///   fails               where there is no control or one passes; where there is no other check; where a statement
///   fails; holds               else, where every printed form passes (or there is none, but a statement); holds as
///   corrected  else, where there are corrected forms and all pass; fails               else.
struct Judgement {
    Verdict verdict = Verdict::fails;
    /// The check with the smallest margin among those that the verdict rests on: statements and printed forms, or
    /// statements and corrected forms; for a failure the one that fails. Its index among the checks.
    std::size_t deciding = 0;
    double margin = 0.0;
    /// How many times outside its limit the nearest control is, 1/margin; below 1 it passes. 0 without controls.
    double control = 0.0;
};

/// Throws Error (internal) for no checks at all.
[[nodiscard]] Judgement judge(std::span<const Check> checks);

}  // namespace rotoscope
