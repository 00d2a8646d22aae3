// What is wrong with the outputs asked for shows before anything is computed: these computations would take hours.
#include "program.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using test::fails;
using test::run_rotoscope;
using test::succeeds;
using ::testing::HasSubstr;

const std::string parity = ROTOSCOPE_SOURCE_DIR "/data/checkpoints/parity-srope";

/// `phases` along 10^12 tokens; ended with code 124 where it begins with them.
ProcessOutcome run_for_ages(const test::Arguments& options, const std::vector<std::string>& before = {}) {
    std::vector<std::string> command = before;
    command.insert(command.end(), {"timeout", "20", ROTOSCOPE_PROGRAM, "phases", parity, "--length", "1000000000000"});
    command.insert(command.end(), options.begin(), options.end());
    return run_process(command);
}

TEST(EarlyRefusals, OfFiguresThatThereWillNotBe) {
    const test::TemporaryFolder folder;
    const std::string out = (folder.path() / "out").string();
    EXPECT_TRUE(fails(run_for_ages({"--out", out, "--figures", "increments,rosses_layer0"}), ExitCode::usage,
                      {"'rosses_layer0'; did you mean roses_layer0?", "paths_layer0", "forget_gates"}));
    EXPECT_TRUE(fails(run_for_ages({"--out", out, "--figures", "roses_layer1"}), ExitCode::usage, {"roses_layer1"}));
    EXPECT_TRUE(fails(run_rotoscope({"inspect", parity, "--figures", "roses"}), ExitCode::usage, {"there are none"}));
    EXPECT_FALSE(fs::exists(out));
    // A figure of the table of names that these inputs do not give: one token has no path.
    EXPECT_TRUE(fails(run_rotoscope({"phases", parity, "--tokens", "1", "--json", "--figures", "paths_layer0"}),
                      ExitCode::usage, {"paths_layer0"}));
}

/// These would take hours: many seeds, long windows, a claim of many pairs.
TEST(EarlyRefusals, OfFiguresOfTheOtherTools) {
    const auto refuses = [](const test::Arguments& options, const std::string& name, const std::string& candidate) {
        std::vector<std::string> command{"timeout", "20", ROTOSCOPE_PROGRAM};
        command.insert(command.end(), options.begin(), options.end());
        command.insert(command.end(), {"--json", "--figures", name});
        return fails(run_process(command), ExitCode::usage, {"unknown figure '" + name, candidate});
    };
    EXPECT_TRUE(refuses({"rff", "--seeds", "100000"}, "matrix_tric", "did you mean matrix_trig"));
    EXPECT_TRUE(refuses({"rff", "--seeds", "100000", "--study", "errors"}, "norms", "errors"));
    EXPECT_TRUE(refuses({"leakage", "--sweep", "--length", "4000000"}, "trade_of", "trade_off"));
    EXPECT_TRUE(
        refuses({"leakage", "--rotations", parity, "--length", "10000000"}, "learned_window", "learned_windows"));
    const test::Arguments claim{"verify", "--claim", "rope.decay", "--set", "rope.decay.pairs=1000000"};
    EXPECT_TRUE(refuses(claim, "rope_decays", "did you mean rope_decay"));
    EXPECT_TRUE(refuses(claim, "gate_spectra", "rope_decay"));
}

TEST(EarlyRefusals, OfFoldersThatCannotBe) {
    const test::TemporaryFolder folder;
    const fs::path file = folder.write("file", "precious");
    for (const fs::path& out : {file, file / "below", file / "far" / "below", fs::path("/dev/null/x")})
        EXPECT_TRUE(fails(run_for_ages({"--out", out.string()}), ExitCode::output, {out.string(), "Not a directory"}));
    EXPECT_TRUE(fails(run_rotoscope({"phases", parity, "--out", ""}), ExitCode::output, {"output folder"}));
    EXPECT_EQ(test::contents(folder.path()).size(), 1U);
}

TEST(EarlyRefusals, OfFoldersThatMayNotBeWritten) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, to become nobody";
    const test::TemporaryFolder folder;
    fs::permissions(folder.path(), fs::perms{0755});
    const fs::path program = folder.path() / "rotoscope";
    fs::copy_file(ROTOSCOPE_PROGRAM, program);
    fs::copy(parity, folder.path() / "model");
    for (const char* out : {"", "new", "new/new"}) {
        const std::vector<std::string> command{"setpriv",
                                               "--reuid=65534",
                                               "--regid=65534",
                                               "--clear-groups",
                                               "timeout",
                                               "20",
                                               program.string(),
                                               "phases",
                                               (folder.path() / "model").string(),
                                               "--length",
                                               "1000000000000",
                                               "--out",
                                               (folder.path() / out).string()};
        EXPECT_TRUE(fails(run_process(command), ExitCode::output, {"Permission denied"})) << out;
    }
}

// --arrays never takes the place of a table, a figure or a manifest, however the path is written.
TEST(EarlyRefusals, OfArraysAmongTheFilesOfOut) {
    const test::TemporaryFolder folder;
    const fs::path out = folder.path() / "out";
    fs::create_directory(out);
    fs::create_directory_symlink(out, folder.path() / "link");
    for (const fs::path& arrays : {out / "channels.csv", out / "roses_layer0.pdf", out / "result.json",
                                   out / "manifest.json", out / "notebook.ipynb", out / "heads.tex",
                                   out / ".." / "out" / "increments.png", folder.path() / "link" / "paths_layer0.svg"})
        EXPECT_TRUE(fails(run_for_ages({"--out", out.string(), "--arrays", arrays.string()}), ExitCode::usage,
                          {"--arrays", arrays.filename().string(), ".safetensors"}))
            << arrays;
    EXPECT_TRUE(test::contents(out).empty());
    const ProcessOutcome in_default = test::run_rotoscope_in(
        folder.path(), {"phases", parity, "--length", "8", "--arrays", "rotoscope-out/phases/channels.csv"});
    EXPECT_TRUE(fails(in_default, ExitCode::usage, {"rotoscope-out/phases"}));
    for (const fs::path& arrays : {out / "arrays.safetensors", out / "arrays", folder.path() / "channels.csv"})
        EXPECT_TRUE(succeeds(run_rotoscope({"phases", parity, "--length", "8", "--format", "csv", "--out", out.string(),
                                            "--arrays", arrays.string()})))
            << arrays;
}

// What can be said is said: `inspect` shows the tensors and what of the generator is not known.
TEST(Inspect, ShowsAModelWhoseConfigurationIsIncomplete) {
    const test::TemporaryFolder folder;
    fs::copy(parity, folder.path() / "model");
    const std::string model = (folder.path() / "model").string();
    test::replace_in(folder.path() / "model" / "config.json", "\"conv_act\": null,", "");
    const ProcessOutcome outcome = run_rotoscope({"inspect", model, "--match", "phi_proj"});
    ASSERT_TRUE(succeeds(outcome));
    EXPECT_THAT(outcome.output, HasSubstr("low-rank projection, convolution, activation not known, bias, no gate"));
    EXPECT_THAT(outcome.output, HasSubstr("rotary.phi_proj.1.weight"));
    EXPECT_THAT(outcome.errors, HasSubstr("no conv_act; expected \"silu\" or null"));
    EXPECT_TRUE(fails(run_rotoscope({"phases", model}), ExitCode::input, {"conv_act"}));
    test::replace_in(folder.path() / "model" / "config.json", "\"use_bias\": true", "\"use_bias\": false");
    const ProcessOutcome contradiction = run_rotoscope({"inspect", model});
    EXPECT_TRUE(succeeds(contradiction));
    EXPECT_THAT(contradiction.errors, HasSubstr("use_bias = false"));
}

}  // namespace
}  // namespace rotoscope
