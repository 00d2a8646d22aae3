// What a run leaves behind: the same bytes every time, parsable, in the right places, or a clean failure.
#include "program.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <sstream>

#include "rotoscope/core/text.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::fails;
using test::run_rotoscope;
using test::succeeds;
using ::testing::HasSubstr;

constexpr const char* every_format = "pdf,svg,png,csv,json,tex,gp,ipynb";

class Outputs : public test::SharedCheckpoints {
protected:
    [[nodiscard]] fs::path out(const std::string& name) const { return folder_.path() / name; }
    test::TemporaryFolder folder_;
};

std::vector<std::string> all_checkpoints() {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(test::checkpoint(""))) {
        const std::string name = entry.path().filename().string();
        if (name == "modules" || name == "formats") {
            for (const auto& file : fs::directory_iterator(entry.path()))
                if (file.path().extension() == ".safetensors") found.push_back(file.path().string());
        } else {
            found.push_back(entry.path().string());
        }
    }
    return found;
}

TEST_F(Outputs, TerminalStaysWithin80Columns) {
    std::size_t runs = 0;
    for (const std::string& path : all_checkpoints()) {
        for (const test::Arguments& arguments :
             {test::Arguments{"inspect", path},
              {"phases", path, "--length", "64", "--format", "csv", "--out", out("out").string()}}) {
            const ProcessOutcome outcome = run_rotoscope(arguments);
            EXPECT_TRUE(outcome.exit_code == 0 || fails(outcome, ExitCode::input)) << path;
            std::istringstream lines(outcome.output);
            for (std::string line; std::getline(lines, line); ++runs) EXPECT_LE(display_width(line), 80U) << line;
        }
    }
    EXPECT_GT(runs, 100U);
}

TEST_F(Outputs, TheSameBytesForAnyThreadsAndAnyFolder) {
    for (const test::Arguments& options : {test::Arguments{"phases", test::checkpoint("parity-srope")},
                                           {"phases", test::checkpoint("mqar-srope"), "--activations",
                                            test::checkpoint("mqar-srope/golden.safetensors")}}) {
        const auto run = [&](const std::string& name, const test::Arguments& more,
                             const test::Environment& environment) {
            fs::remove_all(out(name));
            test::Arguments arguments = options;
            arguments.insert(arguments.end(), {"--out", out(name).string(), "--format", every_format});
            arguments.insert(arguments.end(), more.begin(), more.end());
            EXPECT_TRUE(succeeds(run_rotoscope(arguments, environment)));
            return test::contents(out(name));
        };
        const test::Contents first = run("first", {"--threads", "1"}, {});
        EXPECT_TRUE(first.contains("manifest.json") && first.contains("increments.pdf"));
        EXPECT_EQ(run("a", {"--threads", "1"}, {}), first) << "again";
        EXPECT_EQ(run("b/c", {"--threads", "2"}, {}), first);
        EXPECT_EQ(run("d", {"--threads", "3", "--quiet"}, {}), first);
        EXPECT_EQ(run("e", {}, {{"LC_ALL", "C.UTF-8"}, {"TZ", "Asia/Tokyo"}, {"COLUMNS", "40"}}), first);
        EXPECT_EQ(run("first", {}, {}), first) << "over the old files";
    }
}

// A locale with decimal commas, made here: the machine need not have one installed.
TEST_F(Outputs, TheSameBytesInAGermanLocale) {
    const std::string locale = out("de_DE.UTF-8").string();
    try {
        static_cast<void>(run_process({"localedef", "-i", "de_DE", "-f", "UTF-8", locale}));
    } catch (const Error&) {  // no localedef
    }
    if (!fs::exists(locale)) GTEST_SKIP() << "needs localedef and the sources of the locale de_DE";
    const test::Environment german{{"LOCPATH", folder_.path().string()}, {"LC_ALL", "de_DE.UTF-8"}};
    ASSERT_EQ(run_process({"env", "printf", "%.1f", "0,5"}, {"", german}).output, "0,5") << "the locale is in effect";
    const auto run = [&](const std::string& name, const test::Environment& environment) {
        const ProcessOutcome outcome = run_rotoscope(
            {"phases", test::checkpoint("parity-srope"), "--out", out("same").string(), "--format", every_format},
            environment);
        EXPECT_TRUE(succeeds(outcome)) << name;
        test::Contents files = test::contents(out("same"));
        files["stdout"] = outcome.output;
        fs::remove_all(out("same"));
        return files;
    };
    EXPECT_EQ(run("german", german), run("C", {{"LC_ALL", "C"}}));
}

TEST_F(Outputs, JsonOnStdoutIsTheResult) {
    for (const std::string command : {"inspect", "phases"}) {
        const std::string model = test::checkpoint("parity-srope");
        const ProcessOutcome alone = test::run_rotoscope_in(folder_.path(), {command, model, "--json"});
        ASSERT_TRUE(succeeds(alone));
        EXPECT_TRUE(test::contents(folder_.path()).empty()) << "files without --out";
        const ProcessOutcome both = run_rotoscope({command, model, "--json", "--out", out(command).string()});
        ASSERT_TRUE(succeeds(both));
        const json printed = json::parse(both.output);
        const json written = json::parse(test::read_bytes(out(command) / "result.json"));
        EXPECT_EQ(printed["schema"], "rotoscope.result/1");
        EXPECT_EQ(printed["tool"], command);
        EXPECT_EQ(printed, written);
        for (const json& figure : printed["figures"]) EXPECT_EQ(figure["files"].size(), 2U) << figure["name"];
        fs::remove_all(out(command));
    }
}

TEST_F(Outputs, CsvAndJsonHoldTheSameNumbers) {
    ASSERT_TRUE(succeeds(run_rotoscope({"phases", test::checkpoint("mqar-srope"), "--out", out("o").string()})));
    const json result = json::parse(test::read_bytes(out("o") / "result.json"));
    for (const json& table : result["tables"]) {
        std::istringstream csv(test::read_bytes(out("o") / (table["name"].get<std::string>() + ".csv")));
        std::string line;
        std::getline(csv, line);
        std::size_t row = 0;
        for (; std::getline(csv, line); ++row) {
            if (line.ends_with('\r')) line.pop_back();
            std::istringstream cells(line);
            std::string cell;
            for (const json& column : table["columns"]) {
                cell.clear();
                std::getline(cells, cell, ',');
                const json& value = column["values"].at(row);
                EXPECT_EQ(value.is_null(), cell.empty());
                EXPECT_TRUE(!value.is_number() || std::stod(cell) == value.get<double>()) << cell;
            }
        }
        EXPECT_EQ(row, table["columns"][0]["values"].size()) << table["name"];
    }
}

TEST_F(Outputs, QuietPrintsNothing) {
    const ProcessOutcome outcome = run_rotoscope(
        {"phases", test::checkpoint("mqar-srope"), "--quiet", "--format", "csv", "--out", out("o").string()});
    EXPECT_TRUE(succeeds(outcome));
    EXPECT_EQ(outcome.output, "");
    EXPECT_EQ(outcome.errors, "");
    EXPECT_TRUE(fs::exists(out("o") / "manifest.json"));
    const ProcessOutcome inspected =
        run_rotoscope({"inspect", test::checkpoint("formats/dtypes.safetensors"), "--quiet"});
    EXPECT_EQ(inspected.output + inspected.errors, "");
}

TEST_F(Outputs, FontsAreEmbeddedTrueType) {
    ASSERT_TRUE(succeeds(run_rotoscope({"phases", test::checkpoint("parity-srope"), "--style", "iclr", "--format",
                                        "pdf", "--out", out("o").string()})));
    std::size_t fonts = 0;
    for (const auto& [name, bytes] : test::contents(out("o"))) {
        if (!name.ends_with(".pdf")) continue;
        std::istringstream lines(run_process({"pdffonts", (out("o") / name).string()}).output);
        std::string line;
        std::getline(lines, line);
        std::getline(lines, line);
        for (; std::getline(lines, line); ++fonts) {
            EXPECT_THAT(line, ::testing::Not(HasSubstr("Type 3")));
            EXPECT_THAT(line, ::testing::ContainsRegex("TrueType.* yes +yes")) << "not embedded";
        }
    }
    EXPECT_GE(fonts, 2U);
}

TEST_F(Outputs, FoldersThatCannotBe) {
    const std::string model = test::checkpoint("parity-srope");
    const fs::path file = folder_.write("file", "precious");
    const auto with = [&](const fs::path& target) {
        return run_rotoscope({"phases", model, "--length", "8", "--format", "csv", "--out", target.string()});
    };
    EXPECT_TRUE(fails(with(file), ExitCode::output, {"file"}));
    EXPECT_TRUE(fails(with(file / "below"), ExitCode::output, {"file/below"}));
    EXPECT_TRUE(fails(with("/proc/rotoscope"), ExitCode::output, {"/proc/rotoscope"}));
    EXPECT_TRUE(fails(run_rotoscope({"phases", model, "--length", "8", "--format", "csv", "--out", out("o").string(),
                                     "--arrays", (file / "below").string()}),
                      ExitCode::output, {"file/below"}));
    EXPECT_EQ(test::read_bytes(file), "precious");
    EXPECT_EQ(test::contents(folder_.path()).size(), 1U);
}

TEST_F(Outputs, UnwritableForTheUser) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, to become nobody";
    fs::permissions(folder_.path(), fs::perms{0755});
    const fs::path program = out("rotoscope");
    fs::copy_file(ROTOSCOPE_PROGRAM, program);
    const fs::path model = test::copy_model("parity-srope", out("model"));
    const std::vector<std::string> nobody{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    const auto with = [&](const fs::path& target) {
        std::vector<std::string> command = nobody;
        command.insert(command.end(), {program.string(), "phases", model.string(), "--length", "8", "--format", "csv",
                                       "--out", target.string()});
        return run_process(command);
    };
    EXPECT_TRUE(fails(with(out("new")), ExitCode::output, {"new", "Permission denied"}));
    fs::create_directory(out("there"));
    EXPECT_TRUE(fails(with(out("there")), ExitCode::output, {"there", "Permission denied"}));
    EXPECT_TRUE(test::contents(out("there")).empty());
    fs::permissions(model / "model.safetensors", fs::perms{0});
    fs::permissions(out("there"), fs::perms{0777});
    EXPECT_TRUE(fails(with(out("there")), ExitCode::input, {"model.safetensors", "Permission denied"}));
}

// Files that are read are never written, whatever the options say.
TEST_F(Outputs, InputsAreNeverWritten) {
    const fs::path model = test::copy_model("parity-srope", out("model"));
    const fs::path ids = folder_.write("ids/tokens.csv", "0,1,1,0\n");
    fs::create_hard_link(model / "golden.safetensors", out("link.safetensors"));
    const test::Contents before = test::contents(folder_.path());
    const std::string golden = (model / "golden.safetensors").string();
    for (const fs::path& arrays : {model / "model.safetensors", model / "config.json", model / "golden.safetensors",
                                   out("link.safetensors"), model / ".." / "model" / "golden.safetensors"})
        EXPECT_TRUE(fails(run_rotoscope({"phases", model.string(), "--activations", golden, "--arrays", arrays.string(),
                                         "--out", out("o").string()}),
                          ExitCode::usage, {"--arrays", "input"}))
            << arrays;
    EXPECT_TRUE(
        fails(run_rotoscope({"phases", model.string(), "--tokens", ids.string(), "--out", ids.parent_path().string()}),
              ExitCode::usage, {"--out", "tokens.csv", "input"}));
    EXPECT_EQ(test::contents(folder_.path()), before);
}

TEST_F(Outputs, OtherFilesOfTheFolderAreLeftAlone) {
    folder_.write("o/notes.txt", "mine");
    folder_.write("o/old.csv", "old");
    ASSERT_TRUE(succeeds(run_rotoscope(
        {"phases", test::checkpoint("parity-srope"), "--format", "csv", "--length", "8", "--out", out("o").string()})));
    EXPECT_EQ(test::read_bytes(out("o") / "notes.txt"), "mine");
    EXPECT_EQ(test::read_bytes(out("o") / "old.csv"), "old");
}

}  // namespace
}  // namespace rotoscope
