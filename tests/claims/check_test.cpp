// Verdicts follow from numbers: margins, and what printed, corrected and false forms say together.
#include "support/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "rotoscope/claims/verify.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Check make(Role role, double measured, double predicted = 0.0, double tolerance = 1.0,
           Relation relation = Relation::equal) {
    return {role, "a check", relation, measured, predicted, tolerance, "given"};
}
Check good(Role role) { return make(role, 0.5); }
Check bad(Role role) { return make(role, 4.0); }
const Check failing = bad(Role::control);

TEST(Margin, SaysHowManyTimesInside) {
    EXPECT_EQ(make(Role::statement, 3.0, 2.0, 4.0).margin(), 4.0);
    EXPECT_EQ(make(Role::statement, 6.0, 2.0, 4.0).margin(), 1.0);
    EXPECT_EQ(make(Role::statement, 2.0, 2.0, 0.0).margin(), infinity);
    EXPECT_EQ(make(Role::statement, 2.0, 2.5, 0.0).margin(), 0.0);
    EXPECT_EQ(make(Role::statement, 0.5, 1.0, 1.0, Relation::at_most).margin(), 4.0);
    EXPECT_EQ(make(Role::statement, 0.0, 1.0, 0.0, Relation::at_most).margin(), infinity);
    EXPECT_EQ(make(Role::statement, 3.0, 2.0, 0.5, Relation::at_least).margin(), 2.0);
    EXPECT_FALSE(make(Role::statement, 1.0, 2.0, 0.5, Relation::at_least).passes());
}

TEST(Margin, IsZeroForWhatIsNoNumber) {
    for (const Relation relation : {Relation::equal, Relation::at_most, Relation::at_least}) {
        EXPECT_EQ(make(Role::statement, nan, 0.0, 1.0, relation).margin(), 0.0);
        EXPECT_EQ(make(Role::statement, 0.0, nan, 1.0, relation).margin(), 0.0);
        EXPECT_EQ(make(Role::statement, 0.0, 0.0, nan, relation).margin(), 0.0);
    }
    EXPECT_FALSE(make(Role::statement, infinity).passes());
}

struct VerdictCase {
    std::vector<Check> checks;
    Verdict verdict;
};

TEST(Judge, FollowsFromTheChecks) {
    using enum Role;
    const std::vector<VerdictCase> cases{
        {{good(statement), failing}, Verdict::holds},
        {{good(printed), failing}, Verdict::holds},
        {{good(printed), good(corrected), failing}, Verdict::holds},
        {{good(printed), bad(corrected), failing}, Verdict::holds},
        {{bad(printed), good(corrected), failing}, Verdict::holds_as_corrected},
        {{bad(printed), good(statement), good(corrected), failing}, Verdict::holds_as_corrected},
        {{bad(printed), bad(corrected), failing}, Verdict::fails},
        {{bad(printed), good(corrected), bad(statement), failing}, Verdict::fails},
        {{bad(printed), failing}, Verdict::fails},
        {{bad(statement), failing}, Verdict::fails},
        {{good(statement), bad(statement), failing}, Verdict::fails},
        // A control that does not fail, and none: nothing is shown.
        {{good(statement), good(Role::control)}, Verdict::fails},
        {{good(statement), failing, good(Role::control)}, Verdict::fails},
        {{bad(printed), good(corrected), good(Role::control)}, Verdict::fails},
        {{good(statement)}, Verdict::fails},
        {{failing}, Verdict::fails},
        {{make(statement, nan), failing}, Verdict::fails},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) EXPECT_EQ(judge(cases[i].checks).verdict, cases[i].verdict) << i;
    EXPECT_THROW((void)judge({}), Error);
}

TEST(Judge, NamesTheDecidingCheck) {
    using enum Role;
    const std::vector<Check> both{make(statement, 0.1), make(corrected, 0.5), bad(printed), make(Role::control, 8.0)};
    EXPECT_EQ(judge(both).deciding, 1U);
    EXPECT_EQ(judge(both).margin, 2.0);
    EXPECT_EQ(judge(both).control, 8.0);
    const std::vector<Check> powerless{make(statement, 0.1), make(Role::control, 8.0), make(Role::control, 0.5)};
    EXPECT_EQ(judge(powerless).deciding, 2U);
    EXPECT_EQ(judge(powerless).control, 0.5);
}

/// A claim whose one number is its input, which is wrong above 1.
ClaimOutcome measure_input(const ClaimRun& run) {
    return {{make(Role::statement, run.inputs.real("x")), make(Role::control, run.inputs.real("y"))}};
}
constexpr ClaimInput fake_inputs[] = {{"x", "the number", ClaimInput::Kind::real, 0.5, 0.75, 0, 100},
                                      {"y", "the control's", ClaimInput::Kind::real, 9, 9, 0, 100}};
const Claim fake{"fake.claim",  "none", "The number is small", "",           Verdict::holds,
                 "it is given", false,  fake_inputs,           measure_input};

Verification verify_fake(const std::vector<std::string>& settings, Effort effort = Effort::quick) {
    ThreadPool pool(1);
    Progress progress(false);
    Context context{pool, progress};
    VerifyOptions options;
    options.effort = effort;
    options.settings = settings;
    const Claim* const claims[] = {&fake};
    return verify_claims(claims, options, context);
}

TEST(Verify, SeesAFakeClaimFail) {
    EXPECT_THAT(verify_fake({}).surprises, ::testing::IsEmpty());
    EXPECT_THAT(verify_fake({"fake.claim.x=5"}).surprises, ::testing::ElementsAre("fake.claim"));
    const Verification powerless = verify_fake({"fake.claim.y=0.5"});
    EXPECT_THAT(powerless.surprises, ::testing::ElementsAre("fake.claim"));
    const Table& table = powerless.result.tables[0];
    EXPECT_EQ(std::get<std::string>(table.at(0, table.column("verdict"))), "fails");
    EXPECT_EQ(std::get<std::string>(table.at(0, table.column("expected"))), "holds");
}

TEST(Verify, TakesInputsByEffort) {
    const auto measured = [](const Verification& verification) {
        return verification.result.tables[0].numbers("measured")[0];
    };
    EXPECT_EQ(measured(verify_fake({})), 0.5);
    EXPECT_EQ(measured(verify_fake({}, Effort::full)), 0.75);
    EXPECT_EQ(measured(verify_fake({"fake.claim.x=0.25"}, Effort::full)), 0.25);
}

}  // namespace
}  // namespace rotoscope
