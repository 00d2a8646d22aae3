// `rotoscope rff` as its users have it.
#include "program.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <sstream>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using nlohmann::json;
using test::fails;
using test::run_rotoscope;
using test::succeeds;
using ::testing::HasSubstr;

const test::Arguments small{"rff", "--dim", "8", "--length", "24", "--counts", "8,16", "--seeds", "2"};

test::Arguments with(test::Arguments arguments, const test::Arguments& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

TEST(Rff, BadCommandLines) {
    const struct {
        test::Arguments arguments;
        std::vector<std::string> parts;
    } cases[] = {{{"--features", "trug"}, {"--features", "'trug'", "perhaps trig"}},
                 {{"--features", ""}, {"--features"}},
                 {{"--counts", "0"}, {"--counts", "expected 1 to"}},
                 {{"--counts", "8,4"}, {"--counts", "ascending"}},
                 {{"--counts", "x"}, {"--counts"}},
                 {{"--counts", "-1"}, {"--counts"}},
                 {{"--dim", "0"}, {"--dim"}},
                 {{"--length", "0"}, {"--length"}},
                 {{"--seeds", "0"}, {"--seeds"}},
                 {{"--norm", "x"}, {"--norm", "'x'"}},
                 {{"--norm", "0"}, {"--norm"}},
                 {{"--angle", "200"}, {"--angle", "degrees"}},
                 {{"--norm", "1", "--scale", "1"}, {"excludes"}},
                 {{"--temperature", "rope:0"}, {"--temperature", "base"}},
                 {{"--temperature", "rope", "--dim", "7"}, {"--temperature", "odd"}},
                 {{"--epsilon", "1", "--study", "spectra"}, {"--epsilon"}},
                 {{"--mask", "none"}, {"--mask"}},
                 {{"--study", "kernal"}, {"perhaps kernel"}},
                 {{"--study", "spectra", "--dim", "7"}, {"spectra", "odd"}},
                 {{"--layer", "1"}, {"--inputs"}},
                 {{"--inputs", "x", "--dim", "4"}, {"excludes"}},
                 {{"--features", "sobol", "--dim", "4000"}, {"Sobol", "3667"}},
                 {{"--length", "100000000000"}, {"need about", "of memory", "--length"}},
                 {{"--counts", "1000000000000"}, {"need about", "of memory"}},
                 {{"extra"}, {"extra"}}};
    const test::TemporaryFolder folder;
    for (const auto& [arguments, parts] : cases)
        EXPECT_TRUE(
            fails(run_rotoscope(with({"rff", "--out", folder.path().string()}, arguments)), ExitCode::usage, parts));
    EXPECT_TRUE(fails(run_rotoscope({"rff", "--inputs", "no-such-file"}), ExitCode::input, {"no-such-file"}));
    EXPECT_TRUE(test::contents(folder.path()).empty());
}

TEST(Rff, TheSameBytesForAnyNumberOfThreads) {
    const test::TemporaryFolder folder;
    const auto run = [&](const std::string& threads) {
        const std::string out = (folder.path() / threads).string();
        EXPECT_TRUE(succeeds(run_rotoscope(with(small, {"--features", "trig,positive:orthogonal", "--threads", threads,
                                                        "--format", "csv,json,svg", "--out", out}))));
        return test::contents(out);
    };
    const test::Contents first = run("1");
    for (const char* name : {"manifest.json", "errors.csv", "slopes.csv", "norms.csv", "kernel.csv",
                             "temperature_minima.csv", "spectra.csv", "errors.svg", "norms.svg", "kernel_variance.svg",
                             "matrix_positive_orthogonal.svg", "temperature.svg", "spectra.svg"})
        EXPECT_TRUE(first.contains(name)) << name;
    EXPECT_EQ(run("2"), first);
    EXPECT_EQ(run("3"), first);
}

// No line is wider than a terminal, with the longest names too, and notes go to stderr.
TEST(Rff, PrintsTables) {
    const test::TemporaryFolder folder;
    const ProcessOutcome outcome =
        run_rotoscope({"rff", "--features", "hyperbolic:orthogonal,hadamard", "--dim", "12", "--length", "24",
                       "--counts", "8,16", "--seeds", "2", "--format", "csv", "--out", folder.path().string()});
    ASSERT_TRUE(succeeds(outcome));
    std::istringstream lines(outcome.output);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80U) << line;
    for (const char* table : {"errors: ", "quality: ", "norms: ", "kernel: ", "temperature: ", "spectra: "})
        EXPECT_THAT(outcome.output, HasSubstr(table));
    EXPECT_THAT(outcome.output, HasSubstr("hyperbolic:orthogonal"));
    EXPECT_THAT(outcome.errors, HasSubstr("12 components are no power of two"));
}

// A weight of e^{q·k − …} at ‖q‖² of a thousand and more is 0 in single precision.
TEST(Rff, SaysWhereEstimatesVanish) {
    const ProcessOutcome outcome =
        run_rotoscope({"rff", "--study", "norms", "--dim", "64", "--length", "64", "--counts", "4", "--seeds", "2",
                       "--scale", "8", "--features", "positive,trig", "--json"});
    ASSERT_TRUE(succeeds(outcome));
    EXPECT_THAT(outcome.errors, ::testing::ContainsRegex("first by ‖q‖², ‖k‖² tried: positive at 1[.0-9e+]+\n"));
}

TEST(Rff, Json) {
    const ProcessOutcome outcome = run_rotoscope(with(small, {"--study", "errors", "--json"}));
    ASSERT_TRUE(succeeds(outcome));
    const json result = json::parse(outcome.output);
    EXPECT_EQ(result["schema"], "rotoscope.result/1");
    EXPECT_EQ(result["options"]["counts"], "8,16");
    EXPECT_EQ(result["options"]["study"], "errors");
    EXPECT_EQ(result["tables"][0]["name"], "errors");
    EXPECT_EQ(result["tables"][0]["columns"][1]["values"][1], 16);
}

using RffOfModels = test::SharedCheckpoints;

// A real head: implicit rotations beside learned ones, whose mean |d| a test of phases knows too.
TEST_F(RffOfModels, RotationsBesideLearnedOnes) {
    const std::string golden = test::checkpoint("lm-gla-srope") + "/golden.safetensors";
    const ProcessOutcome outcome =
        run_rotoscope({"rff", "--inputs", golden, "--layer", "3", "--head", "1", "--study", "rotations", "--json"});
    ASSERT_TRUE(succeeds(outcome));
    const json result = json::parse(outcome.output);
    const json& columns = result["tables"][0]["columns"];
    ASSERT_EQ(columns[0]["values"].size(), 34U);  // 16 channels and all of them, implicit and learned
    EXPECT_EQ(columns[0]["values"][33], "learned");
    EXPECT_NEAR(columns[4]["values"][33].get<double>(), 6.718e-5, 5e-9);  // mean |angle_t − angle_(t−1)| of the file
    EXPECT_LT(columns[7]["values"][16].get<double>(), 0.5);               // R of the implicit ones
    EXPECT_GT(columns[7]["values"][33].get<double>(), 0.999);
    EXPECT_EQ(result["inputs"][0]["path"], golden);
    // A file without learned angles, and one without queries.
    const ProcessOutcome rope = run_rotoscope(
        {"rff", "--inputs", test::checkpoint("lm-gla-rope") + "/golden.safetensors", "--study", "rotations", "--json"});
    ASSERT_TRUE(succeeds(rope));
    EXPECT_THAT(rope.errors, HasSubstr("no learned angles"));
    EXPECT_TRUE(fails(run_rotoscope({"rff", "--inputs", test::checkpoint("lm-gla-srope")}), ExitCode::input,
                      {"no queries", "q_attn"}));
}

// What phases --arrays writes is read.
TEST_F(RffOfModels, ArraysOfPhases) {
    const test::TemporaryFolder folder;
    const std::string model = test::checkpoint("mqar-srope");
    const std::string arrays = (folder.path() / "arrays.safetensors").string();
    ASSERT_TRUE(succeeds(run_rotoscope(
        {"phases", model, "--activations", model + "/golden.safetensors", "--arrays", arrays, "--json"})));
    const ProcessOutcome outcome = run_rotoscope({"rff", "--inputs", arrays, "--layer", "1", "--study",
                                                  "errors,rotations", "--counts", "64", "--seeds", "2", "--json"});
    ASSERT_TRUE(succeeds(outcome));
    EXPECT_THAT(outcome.output, HasSubstr("learned"));
}

}  // namespace
}  // namespace rotoscope
