#include "rotoscope/core/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

TEST(Memory, HasALimit) {
    EXPECT_GT(memory_limit(), std::uint64_t{1} << 20);
    EXPECT_NO_THROW(require_memory("--length", "3 tokens", 24));
}

TEST(Memory, RefusesWhatDoesNotFitAndSaysWhatItNeeds) {
    const auto refusal = [](std::optional<std::uint64_t> bytes) -> std::string {
        try {
            require_memory("--length", "9 tokens", bytes);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::usage);
            return error.message();
        }
        return "";
    };
    EXPECT_THAT(refusal(std::uint64_t{1} << 60), ::testing::StartsWith("--length: 9 tokens would need 1.0 EiB"));
    EXPECT_THAT(refusal({}), ::testing::HasSubstr("more than 2^64 bytes"));
    EXPECT_NE(refusal(memory_limit() + 1), "");
    EXPECT_EQ(refusal(memory_limit()), "");
}

}  // namespace
}  // namespace rotoscope
