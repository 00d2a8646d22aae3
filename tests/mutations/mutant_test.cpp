// The program with one of the mutations built in: its claims must notice. scripts/mutations tries the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rotoscope/claims/verify.hpp"

namespace rotoscope {
namespace {

TEST(Mutant, IsCaughtByItsClaims) {
    ThreadPool pool(1);
    Progress progress(false);
    Context context{pool, progress};
    VerifyOptions options;
    options.claims = {"rope.relative", "householder", "rope.decay"};
    EXPECT_THAT(verify_claims(options, context).surprises, ::testing::ElementsAre("rope.relative", "householder.pair"));
}

}  // namespace
}  // namespace rotoscope
