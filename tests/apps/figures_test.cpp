// rotoscope figures as its users have it: names, files, the page.
#include "program.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using test::fails;
using test::run_rotoscope;
using test::succeeds;
using ::testing::HasSubstr;

const std::string model = ROTOSCOPE_SOURCE_DIR "/data/checkpoints/parity-srope";

TEST(FiguresCommand, ListsThemInEightyColumns) {
    const ProcessOutcome outcome = run_rotoscope({"figures", "--list"});
    EXPECT_TRUE(succeeds(outcome));
    for (const char* name : {"figure1", "figure2", "figure3", "table3", "rope_decay", "learned_phases"})
        EXPECT_THAT(outcome.output, HasSubstr(name));
    std::istringstream lines(outcome.output);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80U) << line;
}

TEST(FiguresCommand, RefusesWhatThereIsNot) {
    const test::TemporaryFolder folder;
    const std::string out = (folder.path() / "o").string();
    EXPECT_TRUE(fails(run_rotoscope({"figures", "figure4", "--out", out}), ExitCode::usage, {"'figure4'", "figure1"}));
    EXPECT_TRUE(fails(run_rotoscope({"figures", "learned_phases", "--checkpoint", "/nowhere", "--out", out}),
                      ExitCode::input, {"/nowhere"}));
    EXPECT_FALSE(fs::exists(out));
    EXPECT_TRUE(fails(run_rotoscope({"figures", "figure1", "--list"}), ExitCode::usage, {"--list", "NAME"}));
    // Away from the sources there is no model to draw: asked for by name it is missing, else it is left out.
    EXPECT_TRUE(fails(test::run_rotoscope_in(folder.path(), {"figures", "learned_phases", "--out", out}),
                      ExitCode::input, {"--checkpoint"}));
}

// All of them, twice and with another number of threads: the same bytes; the page names each figure and its files.
TEST(FiguresCommand, DrawsTheSameBytesAndAPage) {
    test::Contents first;
    for (const char* threads : {"1", "2", "2"}) {
        const test::TemporaryFolder folder;
        ASSERT_TRUE(succeeds(run_rotoscope({"figures", "--checkpoint", model, "--format", "svg,csv,html", "--threads",
                                            threads, "--out", (folder.path() / "o").string()})));
        test::Contents found = test::contents(folder.path() / "o");
        if (first.empty()) first = std::move(found);
        else EXPECT_TRUE(found == first) << threads;
    }
    ASSERT_TRUE(first.contains("index.html") && first.contains("manifest.json"));
    const std::string& page = first.at("index.html");
    for (const char* name : {"figure1", "figure2", "figure3", "table3", "rope_decay", "learned_phases"}) {
        EXPECT_TRUE(first.contains(std::string(name) + ".svg")) << name;
        EXPECT_THAT(page, HasSubstr(std::string("src=\"./") + name + ".svg\""));
        EXPECT_THAT(
            page, HasSubstr(std::string("--figures ") + (std::string(name) == "rope_decay"       ? "rope&#95;decay"
                                                         : std::string(name) == "learned_phases" ? "learned&#95;phases"
                                                                                                 : name)));
    }
    EXPECT_THAT(page, HasSubstr("./distance.csv"));
    EXPECT_THAT(page, testing::Not(HasSubstr("http")));  // works offline
}

// The column `source` is a line that a shell understands and that draws the same: quoted, and with the seed.
TEST(FiguresCommand, NamesTheCommandBehindEach) {
    const test::TemporaryFolder folder;
    const fs::path spaced = folder.path() / "my model";
    fs::copy(ROTOSCOPE_SOURCE_DIR "/data/checkpoints/mqar-srope", spaced, fs::copy_options::recursive);
    const ProcessOutcome outcome = run_rotoscope(
        {"figures", "table3", "learned_phases", "--checkpoint", spaced.string(), "--seed", "3", "--json"});
    EXPECT_TRUE(succeeds(outcome));
    EXPECT_THAT(outcome.output, HasSubstr("\"rotoscope verify --claim gate.spectra --seed 3\""));
    EXPECT_THAT(outcome.output, HasSubstr("\"rotoscope phases '" + spaced.string() + "' --seed 3\""));
    // What the tool behind a figure has to say is said, too.
    EXPECT_THAT(outcome.output, HasSubstr("learned_phases: layer 1: weights only"));
}

// Whatever stands in a name or an option is text on the page.
TEST(FiguresCommand, EscapesWhatItShows) {
    const test::TemporaryFolder folder;
    const fs::path hostile = folder.path() / "<script>alert(1)</script>&";
    fs::create_directories(hostile.parent_path());
    fs::copy(model, hostile, fs::copy_options::recursive);
    const fs::path out = folder.path() / "o";
    ASSERT_TRUE(succeeds(run_rotoscope({"figures", "learned_phases", "--checkpoint", hostile.string(), "--format",
                                        "svg,html", "--out", out.string()})));
    const std::string page = test::read_bytes(out / "index.html");
    EXPECT_THAT(page, testing::Not(HasSubstr("<script")));
    EXPECT_THAT(page, HasSubstr("script"));
}

}  // namespace
}  // namespace rotoscope
