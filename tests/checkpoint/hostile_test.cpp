// Headers that try to take memory or time. The full-size ones (100 MB) were measured by hand: below 5 s and 512 MiB.
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using ::testing::HasSubstr;

std::string repeat(std::size_t count, const std::function<std::string(std::size_t)>& item) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? "," : "") + item(i);
    return text;
}

class Hostile : public ::testing::Test {
protected:
    /// What opening a file with this header and no data ends in.
    std::string outcome(const std::string& header) const {
        const std::uint64_t length = header.size();
        const std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
        try {
            const auto checkpoint = Checkpoint::open(folder_.write("m.safetensors", bytes + header));
            return std::to_string(checkpoint.tensors().size()) + " tensors";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::input);
            return error.what();
        }
    }

    test::TemporaryFolder folder_;
};

std::string empty_tensor(const std::string& name, const std::string& shape = "0") {
    return "\"" + name + "\":{\"dtype\":\"I8\",\"shape\":[" + shape + "],\"data_offsets\":[0,0]}";
}

TEST_F(Hostile, TensorsAreCountedBeyondTheLimit) {
    const auto tensor = [](std::size_t i) { return empty_tensor(std::to_string(i)); };
    EXPECT_THAT(outcome("{" + repeat(500'003, tensor) + "}"),
                HasSubstr("has 500,003 tensors; expected at most 500,000"));
}

TEST_F(Hostile, FiftyThousandOfEverything) {
    const std::string prefix(200, 'a');  // compared in full by every comparison of names
    const auto tensor = [&](std::size_t i) { return empty_tensor(prefix + std::to_string(i)); };
    EXPECT_EQ(outcome("{" + repeat(50'000, tensor) + "}"), "50000 tensors");
    EXPECT_THAT(outcome("{" + repeat(50'000, [&](std::size_t i) { return tensor(i % 49'999); }) + "}"),
                HasSubstr("appears twice"));
    const auto member = [&](std::size_t i) { return "\"" + prefix + std::to_string(i) + "\":\"\""; };
    EXPECT_EQ(outcome("{\"__metadata__\":{" + repeat(50'000, member) + "}}"), "0 tensors");
}

TEST_F(Hostile, MetadataAndDimensionsAreBounded) {
    const auto member = [](std::size_t i) { return "\"" + std::to_string(i) + "\":\"\""; };
    EXPECT_THAT(outcome("{\"__metadata__\":{" + repeat(100'001, member) + "}}"),
                HasSubstr("__metadata__ has more than 100,000 entries"));
    const std::string shape = "0," + repeat(63, [](std::size_t) { return "1"; });
    const auto tensor = [&](std::size_t i) { return empty_tensor(std::to_string(i), shape); };
    EXPECT_EQ(outcome("{" + repeat(1000, tensor) + "}"), "1000 tensors");
    EXPECT_THAT(outcome("{" + repeat(62'501, tensor) + "}"), HasSubstr("more than 4,000,000 dimensions"));
}

TEST_F(Hostile, SpacesTakeNoMemory) {
    EXPECT_EQ(outcome("{" + std::string(20'000'000, ' ') + "}" + std::string(20'000'000, '\n')), "0 tensors");
}

TEST_F(Hostile, NestingIsRefusedAtOnce) {
    EXPECT_THAT(outcome("{\"a\":{\"shape\":" + std::string(1'000'000, '[')),
                HasSubstr("found an array; expected a whole number"));
    EXPECT_THAT(outcome(R"({"__metadata__":{"a":)" + std::string(1'000'000, '{')), HasSubstr("expected a string"));
}

TEST_F(Hostile, IndexesWithManyTensorsAndFiles) {
    std::string header = "{" + empty_tensor("0") + "}";
    header.insert(0, std::string(1, static_cast<char>(header.size())) + std::string(7, '\0'));
    folder_.write("one", header);
    const auto entry = [](const std::string& file) {
        return [=](std::size_t i) { return "\"" + std::to_string(i) + "\":\"" + file + "\""; };
    };
    folder_.write("model.safetensors.index.json", "{\"weight_map\":{" + repeat(60'000, entry("one")) + "}}");
    const auto checkpoint = Checkpoint::open(folder_.path());
    EXPECT_EQ(checkpoint.tensors().size(), 1U);
    ASSERT_EQ(checkpoint.notes().size(), 1U);
    EXPECT_THAT(checkpoint.notes()[0], HasSubstr("59,999 tensors that the index names not found"));
    folder_.write("model.safetensors.index.json", "{\"weight_map\":{" + repeat(500'001, entry("one")) + "}}");
    EXPECT_THROW((void)Checkpoint::open(folder_.path()), Error);
}

}  // namespace
}  // namespace rotoscope
