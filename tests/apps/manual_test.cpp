// Man pages and completions: what --help has they have, and the programs that read them do.
#include "program.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Manual : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(test::succeeds(test::run_rotoscope({"--write-manual", folder_.path().string()})));
    }
    [[nodiscard]] std::string file(const std::string& name) const { return test::read_bytes(folder_.path() / name); }
    /// What bash offers for the last word of a command line.
    [[nodiscard]] std::set<std::string> complete(const std::string& words) const {
        const std::string script = "source '" + (folder_.path() / "rotoscope.bash").string() + "'; COMP_WORDS=(" +
                                   words +
                                   "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _rotoscope; printf '%s\\n' "
                                   "\"${COMPREPLY[@]}\"";
        const ProcessOutcome outcome = run_process({"bash", "-c", script});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        std::istringstream lines(outcome.output);
        std::set<std::string> offered;
        for (std::string line; std::getline(lines, line);)
            if (!line.empty()) offered.insert(line);
        return offered;
    }
    test::TemporaryFolder folder_;
};

bool installed(const std::string& program) {
    return run_process({"sh", "-c", "command -v " + program + " >/dev/null"}).exit_code == 0;
}

/// The long options that --help lists.
std::set<std::string> options_of(const std::string& help) {
    static const std::regex option("\n  (?:-h,)?(--[a-z0-9-]+)");
    std::set<std::string> found;
    for (std::sregex_iterator match(help.begin(), help.end(), option), end; match != end; ++match)
        found.insert((*match)[1]);
    return found;
}

std::vector<std::string> commands() {
    static const std::regex command("\n  ([a-z]+) +[A-Z]");
    const std::string help = test::run_rotoscope({"--help"}).output;
    std::vector<std::string> found;
    const std::string after = help.substr(help.find("Subcommands:"));
    for (std::sregex_iterator match(after.begin(), after.end(), command), end; match != end; ++match)
        found.push_back((*match)[1]);
    return found;
}

std::string hyphens_plain(std::string page) {
    static const std::regex escaped(R"(\\-)");
    return std::regex_replace(page, escaped, "-");
}

TEST_F(Manual, HasEveryOptionOfHelp) {
    const std::vector<std::string> names = commands();
    EXPECT_GE(names.size(), 2U);
    for (const std::string& name : names) {
        const std::string page = hyphens_plain(file("man1/rotoscope-" + name + ".1"));
        const std::set<std::string> options = options_of(test::run_rotoscope({name, "--help"}).output);
        EXPECT_GE(options.size(), 8U) << name;
        const std::set<std::string> offered = complete("rotoscope " + name + " --");
        for (const std::string& option : options) {
            EXPECT_THAT(page, HasSubstr("\\fB" + option + "\\fR")) << name;
            EXPECT_TRUE(offered.contains(option)) << name << " " << option;
            EXPECT_THAT(file("_rotoscope"), HasSubstr("'" + option)) << name;
        }
        EXPECT_EQ(offered.size(), options.size()) << name;
        EXPECT_THAT(hyphens_plain(file("man1/rotoscope.1")), HasSubstr("rotoscope-" + name));
    }
}

TEST_F(Manual, IsTheSameEveryTime) {
    const test::TemporaryFolder again;
    ASSERT_TRUE(test::succeeds(test::run_rotoscope({"--write-manual", again.path().string()})));
    EXPECT_EQ(test::contents(again.path()), test::contents(folder_.path()));
}

TEST_F(Manual, CompletesWordsListsAndFiles) {
    using Set = std::set<std::string>;
    EXPECT_EQ(complete("rotoscope in"), Set{"inspect"});
    EXPECT_TRUE(complete("rotoscope ''").contains("phases"));
    EXPECT_EQ(complete("rotoscope phases x --style ic"), (Set{"iclr", "icml"}));
    EXPECT_EQ(complete("rotoscope phases x --style = i"), (Set{"iclr", "icml"}));
    EXPECT_EQ(complete("rotoscope phases x --format pdf,c"), Set{"pdf,csv"});
    EXPECT_EQ(complete("rotoscope phases x --inputs ''"), (Set{"embeddings", "sphere"}));
    EXPECT_EQ(complete("rotoscope inspect x --sort b"), Set{"bytes"});
    EXPECT_EQ(complete("rotoscope phases x --length 1"), Set{});
    const fs::path data = folder_.write("some model/config.json", "{}");
    EXPECT_EQ(complete("rotoscope phases '" + folder_.path().string() + "/some'"),
              Set{(folder_.path() / "some model").string()});
    EXPECT_EQ(complete("rotoscope phases x --tokens '" + data.string().substr(0, data.string().size() - 2) + "'"),
              Set{data.string()});
}

TEST_F(Manual, IsWhatItsReadersExpect) {
    ASSERT_EQ(run_process({"bash", "-n", (folder_.path() / "rotoscope.bash").string()}).exit_code, 0);
    std::string missing;
    for (const auto& page : fs::directory_iterator(folder_.path() / "man1")) {
        if (installed("mandoc")) {
            const ProcessOutcome lint = run_process({"mandoc", "-T", "lint", "-W", "error", page.path().string()});
            EXPECT_EQ(lint.exit_code, 0) << lint.output;
        } else {
            missing += " mandoc";
        }
        if (installed("man") && installed("groff")) {
            const ProcessOutcome shown = run_process({"man", "--warnings", "-l", page.path().string()});
            EXPECT_EQ(shown.exit_code, 0);
            EXPECT_EQ(shown.errors, "");
            EXPECT_THAT(shown.output, HasSubstr("EXIT STATUS"));
        } else {
            missing += " man";
        }
    }
    if (installed("zsh")) {
        const ProcessOutcome checked = run_process({"zsh", "-n", (folder_.path() / "_rotoscope").string()});
        EXPECT_EQ(checked.exit_code, 0) << checked.errors;
    } else {
        missing += " zsh";
    }
    if (!missing.empty()) GTEST_SKIP() << "what is not installed was not asked:" << missing;
}

}  // namespace
}  // namespace rotoscope
