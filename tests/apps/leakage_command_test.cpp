// `rotoscope leakage` as its users have it: what it prints and writes, what it refuses and how.
#include "program.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

using nlohmann::json;
using test::Arguments;
using test::contents;
using test::fails;
using test::run_rotoscope;
using test::run_rotoscope_in;
using test::succeeds;
using ::testing::HasSubstr;

const std::string parity = test::source_path("data/checkpoints/parity-srope").string();

Arguments leakage(Arguments more) {
    more.insert(more.begin(), "leakage");
    return more;
}

json result_of(const Arguments& more) {
    Arguments arguments = leakage(more);
    arguments.emplace_back("--json");
    const ProcessOutcome outcome = run_rotoscope(arguments);
    EXPECT_TRUE(succeeds(outcome));
    return json::parse(outcome.output);
}

json column(const json& result, const std::string& table, const std::string& name) {
    for (const json& candidate : result["tables"])
        if (candidate["name"] == table)
            for (const json& found : candidate["columns"])
                if (found["name"] == name) return found["values"];
    ADD_FAILURE() << table << '.' << name;
    return {};
}

TEST(LeakageCommand, AloneShowsTheDefaultWindows) {
    const test::TemporaryFolder folder;
    const ProcessOutcome outcome = run_rotoscope_in(folder.path(), leakage({"--format", "csv,json,tex,gp"}));
    ASSERT_TRUE(succeeds(outcome));
    EXPECT_THAT(outcome.output, HasSubstr("-13.26"));
    EXPECT_THAT(outcome.output, HasSubstr("files in rotoscope-out/leakage"));
    const auto files = contents(folder.path() / "rotoscope-out/leakage");
    for (const char* name :
         {"figures_of_merit.csv", "figures_of_merit.tex", "responses.gp", "result.json", "manifest.json"})
        EXPECT_TRUE(files.contains(name)) << name;
}

TEST(LeakageCommand, PrintsAtMostEightyColumns) {
    const std::vector<Arguments> runs{
        {},
        {"--list"},
        {"--window", "kaiser_bessel_derived:2.5,blackman_harris_3,general_cosine:0.5:0.25:0.125", "--estimates"},
        {"--rotations", "rope:64:10000", "--window", "hann", "--decay", "alpha=2"},
        {"--sweep", "--length", "256", "--sweep-range", "0:4:5"},
        {"--signal", "two:0.5:0.7:20", "--length", "64"},
        {"--rotations", parity + ":0:1", "--length", "64"}};
    const test::TemporaryFolder folder;
    for (Arguments run : runs) {
        run.insert(run.end(), {"--format", "csv", "--out", folder.path().string()});
        const ProcessOutcome outcome = run_rotoscope(leakage(run));
        ASSERT_TRUE(succeeds(outcome));
        std::istringstream lines(outcome.output);
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(display_width(line), line.starts_with("files in") ? 4096U : 80U) << line;
    }
}

TEST(LeakageCommand, JsonHasUnitsDescriptionsAndOptions) {
    const json result = result_of({"--window", "hann,decay:2", "--width-level", "3dB", "--length", "20000"});
    EXPECT_EQ(result["tool"], "leakage");
    EXPECT_EQ(result["options"]["window"], "hann,decay:2");
    EXPECT_EQ(result["options"]["width-level"], "3dB");
    EXPECT_NEAR(column(result, "figures_of_merit", "width_3db")[0].get<double>(), 1.438, 0.002);
    EXPECT_NEAR(column(result, "figures_of_merit", "highest_side_lobe")[1].get<double>(), -10.79, 0.02);
    for (const json& table : result["tables"])
        for (const json& found : table["columns"]) EXPECT_NE(found["description"], "") << found["name"];
}

TEST(LeakageCommand, GivesTheSameBytesForAnyThreads) {
    const std::vector<Arguments> runs{{"--sweep", "--sweep-range", "0:4:7", "--length", "200"},
                                      {"--window", "hann,taylor", "--rotations", "linear:700:0:1", "--length", "300"},
                                      {"--rotations", parity + ":0", "--length", "100"},
                                      {"--signal", "chirp:0:2", "--length", "100"}};
    const test::TemporaryFolder folder;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        std::vector<test::Contents> results;
        for (const char* threads : {"1", "2", "3"}) {
            const auto out = folder.path() / (std::to_string(i) + threads);
            Arguments run = leakage(runs[i]);
            run.insert(run.end(), {"--threads", threads, "--quiet", "--format", "csv,json,gp", "--out", out.string()});
            ASSERT_TRUE(succeeds(run_rotoscope(run)));
            results.push_back(contents(out));
        }
        EXPECT_FALSE(results[0].empty());
        EXPECT_EQ(results[0], results[1]) << i;
        EXPECT_EQ(results[0], results[2]) << i;
    }
}

TEST(LeakageCommand, DrawsTheFiguresThatAreAskedFor) {
    const test::TemporaryFolder folder;
    for (const char* name :
         {"responses", "finite_tone", "spectrogram", "bank_map", "bank_response", "trade_off", "equal_mean"}) {
        const auto out = folder.path() / name;
        ASSERT_TRUE(succeeds(run_rotoscope(
            leakage({"--figures", name, "--length", "128", "--format", "gp", "--quiet", "--out", out.string()}))))
            << name;
        EXPECT_TRUE(contents(out).contains(std::string(name) + ".gp"));
    }
}

TEST(LeakageCommand, ListsItsWindows) {
    const ProcessOutcome outcome = run_rotoscope(leakage({"--list"}));
    ASSERT_TRUE(succeeds(outcome));
    for (const char* part : {"kaiser:alpha ", "tukey:fraction ", "hann_poisson", "SciPy", "conventions"})
        EXPECT_THAT(outcome.output, HasSubstr(part));
    const json result = result_of({"--list"});
    for (const char* variants : {"periodic, symmetric", "symmetric only", "causal"})
        EXPECT_THAT(column(result, "windows", "variants").get<std::vector<std::string>>(),
                    ::testing::Contains(variants));
}

TEST(LeakageCommand, RefusesWrongUsage) {
    const std::vector<std::pair<Arguments, std::vector<std::string>>> wrong{
        {{"--window", "han"}, {"unknown window 'han'", "hann"}},
        {{"--window", "kaiser"}, {"alpha"}},
        {{"--window", "kaiser:-1"}, {"kaiser", "alpha", "-1"}},
        {{"--window", "tukey:1.5"}, {"tukey", "1.5"}},
        {{"--window", ""}, {"--window"}},
        {{"--window", "hann,,hann"}, {"--window", "empty"}},
        {{"--decay", "alpha=-1"}, {"--decay", "-1"}},
        {{"--decay", "a=0"}, {"--decay", "0"}},
        {{"--decay", "a=1.1"}, {"--decay", "1.1"}},
        {{"--decay", "0.9"}, {"--decay", "a=… or alpha=…"}},
        {{"--length", "0"}, {"--length", "0"}},
        {{"--length", "-1"}, {"--length", "-1"}},
        {{"--length", "1000000000000"}, {"--length", "would need", "TiB"}},
        {{"--length", "1000000000000", "--sweep"}, {"--length", "would need"}},
        {{"--length", "1000000000000", "--signal", "tone:1"}, {"--length", "would need"}},
        {{"--length", "18446744073709551615"}, {"--length"}},
        {{"--rotations", ""}, {"rotation bank ''"}},
        {{"--rotations", ","}, {"rotation bank ','"}},
        {{"--rotations", "dft:0"}, {"dft:0"}},
        {{"--rotations", "rope:64"}, {"rope:DIM:BASE"}},
        {{"--rotations", "nothing"}, {"--rotations", "'nothing'"}},
        {{"--rotations", "dft:8", "--decay", "a=0.9,0.8"}, {"2 decays for 8 rotations"}},
        {{"--rotations", "dft:8", "--activations", "x"}, {"--activations"}},
        {{"--rotations", parity + ":1"}, {"no layer 1"}},
        {{"--rotations", parity + ":0:4"}, {"no head 4"}},
        {{"--rotations", "dft:8", "--arrays", "x"}, {"--arrays"}},
        {{"--activations", "x"}, {"--activations"}},
        {{"--signal", "noise"}, {"--signal", "'noise'"}},
        {{"--sweep-range", "3:1"}, {"--sweep-range"}},
        {{"--width-level", "6dB"}, {"--width-level"}},
        {{"--symmetry", "odd"}, {"--symmetry"}},
        {{"--figures", "nothing"}, {"nothing"}},
    };
    const test::TemporaryFolder folder;
    for (const auto& [arguments, parts] : wrong)
        EXPECT_TRUE(fails(run_rotoscope_in(folder.path(), leakage(arguments)), ExitCode::usage, parts))
            << ::testing::PrintToString(arguments);
    EXPECT_TRUE(contents(folder.path()).empty());
}

TEST(LeakageCommand, RefusesBrokenInputs) {
    const test::TemporaryFolder folder;
    const auto nan = folder.write("nan.csv", "0.9\nnan\n").string();
    const auto above = folder.write("above.csv", "0.9\n1.5\n").string();
    const auto empty = folder.write("empty.csv", "").string();
    const auto zero = folder.write("text.csv", "0.9\nhello\n").string();
    const std::vector<std::pair<Arguments, std::vector<std::string>>> broken{
        {{"--window", nan}, {"nan.csv", "line 2", "'nan'"}},
        {{"--window", above}, {"above.csv", "gate 1 is 1.5"}},
        {{"--window", empty}, {"empty.csv", "no numbers"}},
        {{"--window", zero}, {"text.csv", "line 2", "'hello'"}},
        {{"--window", folder.path().string() + "/missing.csv"}, {"missing.csv"}},
        {{"--window", "missing.safetensors:x"}, {"missing.safetensors"}},
        {{"--window", parity + "/model.safetensors:nothing"}, {"nothing"}},
        {{"--signal", nan}, {"nan.csv", "line 2"}},
        {{"--arrays", parity + "/model.safetensors"}, {"no tensor 'angle'"}},
        {{"--rotations", "missing/model"}, {"missing/model"}},
    };
    for (const auto& [arguments, parts] : broken)
        EXPECT_TRUE(fails(run_rotoscope_in(folder.path(), leakage(arguments)), ExitCode::input, parts))
            << ::testing::PrintToString(arguments);
}

using LeakageOfCheckpoints = test::SharedCheckpoints;

TEST_F(LeakageOfCheckpoints, NeedsRotations) {
    EXPECT_TRUE(fails(run_rotoscope(leakage({"--rotations", test::checkpoint("parity-nope")})), ExitCode::input,
                      {"parity-nope", "no rotations"}));
    EXPECT_TRUE(fails(run_rotoscope(leakage({"--rotations", test::checkpoint("lm-gla-srope") + ":3"})), ExitCode::usage,
                      {"layer 3", "--activations"}));
    EXPECT_TRUE(fails(run_rotoscope(leakage({"--rotations", test::checkpoint("lm-gla-srope") + ":1", "--activations",
                                             test::checkpoint("lm-gla-srope/golden.safetensors")})),
                      ExitCode::input, {"no layer1.hidden_states"}));
}

TEST_F(LeakageOfCheckpoints, ReadsALayersHead) {
    const json result = result_of({"--rotations", test::checkpoint("lm-gla-srope") + ":0:1", "--activations",
                                   test::checkpoint("lm-gla-srope/golden.safetensors")});
    EXPECT_EQ(column(result, "channels", "channel").size(), 16U);
    EXPECT_EQ(column(result, "channels", "head")[0], 1);
    EXPECT_EQ(result["inputs"].size(), 3U);
}

}  // namespace
}  // namespace rotoscope
