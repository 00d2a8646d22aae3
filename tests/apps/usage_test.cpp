// Command lines, right and wrong: exit codes and messages.
#include "program.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>

namespace rotoscope {
namespace {

using test::fails;
using test::run_rotoscope;
using test::succeeds;
using ::testing::HasSubstr;

using Usage = test::SharedCheckpoints;

TEST(UsageWithoutInput, NoSubcommandOrAnUnknownOne) {
    EXPECT_TRUE(fails(run_rotoscope({}), ExitCode::usage, {"subcommand", "--help"}));
    EXPECT_TRUE(fails(run_rotoscope({"phase"}), ExitCode::usage, {"'phase'", "perhaps phases"}));
    EXPECT_TRUE(fails(run_rotoscope({"zzz"}), ExitCode::usage, {"'zzz'", "inspect", "phases"}));
    EXPECT_TRUE(fails(run_rotoscope({"--nonsense"}), ExitCode::usage, {"--nonsense"}));
}

TEST(UsageWithoutInput, HelpAndVersion) {
    for (const test::Arguments& arguments :
         {test::Arguments{"--help"}, {"-h"}, {"--version"}, {"inspect", "--help"}, {"phases", "--help"}}) {
        const ProcessOutcome outcome = run_rotoscope(arguments);
        EXPECT_TRUE(succeeds(outcome));
        EXPECT_FALSE(outcome.output.empty());
        EXPECT_EQ(outcome.errors, "");
    }
    EXPECT_THAT(run_rotoscope({"--version"}).output, ::testing::MatchesRegex("rotoscope [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(UsageWithoutInput, EverySubcommandNeedsItsPath) {
    for (const char* command : {"inspect", "phases"}) {
        EXPECT_TRUE(fails(run_rotoscope({command}), ExitCode::usage, {"PATH", command}));
        EXPECT_TRUE(fails(run_rotoscope({command, "x", "--nonsense"}), ExitCode::usage, {"--nonsense"}));
        EXPECT_TRUE(fails(run_rotoscope({command, "x", "y"}), ExitCode::usage, {"y"}));
    }
}

TEST_F(Usage, ListsThatAreNone) {
    const std::string model = test::checkpoint("parity-srope");
    for (const char* option : {"--layers", "--heads", "--channels"})
        for (const char* list : {"", "a", "1,,2", "3-1", "-1", "1-", "0x1", "1.5", " 1", "0-4000000000",
                                 "0-18446744073709551615", "99999999999999999999"})
            EXPECT_TRUE(
                fails(run_rotoscope({"phases", model, std::string(option) + "=" + list}), ExitCode::usage, {option}))
                << option << " " << list;
}

TEST_F(Usage, WhatTheModelDoesNotHave) {
    const std::string model = test::checkpoint("lm-gla-srope");
    EXPECT_TRUE(
        fails(run_rotoscope({"phases", model, "--layers", "9"}), ExitCode::usage, {"--layers", "no layer 9", "0-3"}));
    EXPECT_TRUE(fails(run_rotoscope({"phases", model, "--layers", "0-4"}), ExitCode::usage, {"no layer 4"}));
    EXPECT_TRUE(
        fails(run_rotoscope({"phases", model, "--heads", "0,4"}), ExitCode::usage, {"--heads", "no head 4", "0-3"}));
    EXPECT_TRUE(fails(run_rotoscope({"phases", model, "--channels", "16"}), ExitCode::usage,
                      {"--channels", "no channel 16", "0-15"}));
    // The largest number of all: not a loop that never ends.
    EXPECT_TRUE(fails(run_rotoscope({"phases", model, "--layers", "18446744073709551615"}), ExitCode::usage,
                      {"18446744073709551615"}));
}

TEST_F(Usage, Numbers) {
    const std::string model = test::checkpoint("parity-srope");
    for (const char* length : {"0", "-1", "1.5", "x", "", "1e3", "99999999999999999999", "18446744073709551615"})
        EXPECT_TRUE(
            fails(run_rotoscope({"phases", model, std::string("--length=") + length}), ExitCode::usage, {"--length"}))
            << length;
    for (const char* seed : {"-1", "x", "18446744073709551616"})
        EXPECT_TRUE(fails(run_rotoscope({"phases", model, std::string("--seed=") + seed}), ExitCode::usage, {"--seed"}))
            << seed;
    for (const char* threads : {"0", "-1", "1025", "4294967297", "x"})
        EXPECT_TRUE(fails(run_rotoscope({"phases", model, std::string("--threads=") + threads}), ExitCode::usage,
                          {"--threads"}))
            << threads;
    const test::TemporaryFolder folder;
    EXPECT_TRUE(succeeds(run_rotoscope({"phases", model, "--length", "8", "--seed", "18446744073709551615", "--format",
                                        "csv", "--out", folder.path().string()})));
}

TEST_F(Usage, Words) {
    const std::string model = test::checkpoint("parity-srope");
    const test::TemporaryFolder folder;
    const auto with = [&](const char* option, const char* value) {
        return run_rotoscope({"phases", model, "--out", folder.path().string(), option, value});
    };
    for (const char* formats : {"pfd", "pdf,", "", "csv,docx"})
        EXPECT_TRUE(fails(with("--format", formats), ExitCode::usage, {"format"})) << formats;
    EXPECT_TRUE(fails(with("--style", "nature"), ExitCode::usage, {"nature", "iclr"}));
    EXPECT_TRUE(fails(with("--figures", "incremens"), ExitCode::usage, {"incremens", "increments"}));
    EXPECT_TRUE(fails(run_rotoscope({"inspect", model, "--sort", "size"}), ExitCode::usage, {"--sort"}));
    EXPECT_TRUE(fails(run_rotoscope({"inspect", model, "--match", "["}), ExitCode::usage, {"--match"}));
    EXPECT_TRUE(test::contents(folder.path()).empty());
}

TEST_F(Usage, OptionsThatExcludeEachOther) {
    const std::string model = test::checkpoint("parity-srope");
    const std::string golden = model + "/golden.safetensors";
    for (const test::Arguments& options : {test::Arguments{"--tokens", "0", "--activations", golden},
                                           {"--length", "4", "--tokens", "0"},
                                           {"--length", "4", "--activations", golden}}) {
        test::Arguments arguments{"phases", model};
        arguments.insert(arguments.end(), options.begin(), options.end());
        EXPECT_TRUE(fails(run_rotoscope(arguments), ExitCode::usage, {"excludes"}));
    }
}

TEST_F(Usage, Tokens) {
    const std::string model = test::checkpoint("parity-srope");
    EXPECT_TRUE(fails(run_rotoscope({"phases", model, "--tokens", "0,1,2"}), ExitCode::usage, {"token 2", "0 to 1"}));
    EXPECT_TRUE(fails(run_rotoscope({"phases", model, "--tokens", ","}), ExitCode::usage, {"--tokens"}));
    EXPECT_TRUE(fails(run_rotoscope({"phases", model, "--tokens", ""}), ExitCode::usage, {"--tokens"}));
    EXPECT_TRUE(fails(run_rotoscope({"phases", model, "--tokens", "no-such-file"}), ExitCode::input, {"no-such-file"}));
}

// Nothing in a command line is run, and nothing of it reaches the terminal unescaped.
TEST_F(Usage, HostileCommandLines) {
    const test::TemporaryFolder folder;
    const std::string model = test::checkpoint("parity-srope");
    std::vector<std::string> texts{"$(touch x)",
                                   "`touch x`",
                                   "; touch x",
                                   "| touch x",
                                   "x\ny\nz\nw\nv",
                                   "\x1b[2J\x07",
                                   "\xff\xfe\xc0\xaf",
                                   "%s%n",
                                   "'",
                                   "\"",
                                   "-",
                                   "--",
                                   "\u202egnp.exe",
                                   std::string(5000, 'a'),
                                   std::string(100'000, '\xf0')};
    for (const std::string& text : texts) {
        for (const test::Arguments& arguments : {test::Arguments{text},
                                                 {"inspect", text},
                                                 {"phases", text},
                                                 {"inspect", model, "--match=[" + text},
                                                 {"phases", model, "--tokens=" + text + "?"},
                                                 {"phases", model, "--layers=" + text},
                                                 {"phases", model, "--activations=" + text},
                                                 {"phases", model, "--format=" + text},
                                                 {"phases", model, "--style=" + text},
                                                 {"phases", model, "--threads=" + text},
                                                 {"phases", model, "--" + text},
                                                 {"phases", model, "--arrays=" + text + "/x/y", "--length=4"}}) {
            const ProcessOutcome outcome = test::run_rotoscope_in(folder.path(), arguments);
            EXPECT_TRUE(fails(outcome, static_cast<ExitCode>(outcome.exit_code)))
                << ::testing::PrintToString(arguments);
            EXPECT_THAT(outcome.exit_code, ::testing::AnyOf(2, 3, 4)) << outcome.errors;
        }
    }
    EXPECT_TRUE(test::contents(folder.path()).empty()) << "something ran";
}

// Names that gnuplot, LaTeX or a shell would take for commands, all the way through figures and tables.
TEST_F(Usage, HostileNamesInFigures) {
    const test::TemporaryFolder folder;
    for (const std::string name : {"`touch x`", "$(touch x)", "\"; system('touch x'); \"", "\\input{x}", "a'b%n"}) {
        std::filesystem::create_directories(folder.path() / "in");
        std::filesystem::copy_file(test::checkpoint("parity-srope/golden.safetensors"), folder.path() / "in" / name);
        const ProcessOutcome outcome = test::run_rotoscope_in(
            folder.path(), {"phases", test::checkpoint("parity-srope"), "--activations", "in/" + name, "--out",
                            "out " + name, "--format", "pdf,svg,png,gp,tex,csv,json,ipynb"});
        EXPECT_TRUE(succeeds(outcome)) << name;
        EXPECT_THAT(outcome.output, HasSubstr("files in out "));
        EXPECT_FALSE(std::filesystem::exists(folder.path() / "x"));
        EXPECT_FALSE(std::filesystem::exists(folder.path() / ("out " + name) / "x"));
    }
}

}  // namespace
}  // namespace rotoscope
