#include "rotoscope/notebooks_export/exporter.hpp"

#include "demo_figures.hpp"
#include "sample_result.hpp"
#include "support/compare.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <regex>
#include <set>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/process.hpp"
#include "rotoscope/notebooks_export/render.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

void run_export(const Result& result, const ExportOptions& options, unsigned threads = 2) {
    ThreadPool pool(threads);
    Progress progress(false);
    Context context{pool, progress};
    export_result(result, options, context);
}

std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
    return names;
}

Error failure_of(const Result& result, const ExportOptions& options) {
    try {
        run_export(result, options);
    } catch (const Error& error) {
        return error;
    }
    return internal_error("nothing was thrown");
}

TEST(Exporter, WritesWhatTheFormatsAskAndAManifestOfIt) {
    const test::TemporaryFolder folder;
    folder.write("mine.txt", "left alone");
    run_export(test::sample_result(1), {folder.path(), parse_formats("pdf,svg,png,csv,json,tex,gp"), {}, Style::iclr});
    EXPECT_EQ(names_in(folder.path()),
              (std::set<std::string>{"increments.csv", "increments.tex", "gates.csv", "gates.tex", "histogram.pdf",
                                     "histogram.svg", "histogram.png", "histogram.gp", "spectrum.pdf", "spectrum.svg",
                                     "spectrum.png", "spectrum.gp", "result.json", "manifest.json", "mine.txt"}));
    const auto manifest = nlohmann::json::parse(test::read_bytes(folder.path() / "manifest.json"));
    EXPECT_EQ(manifest.at("schema"), "rotoscope.manifest/1");
    EXPECT_EQ(manifest.at("seed"), 1);
    std::set<std::string> listed;
    for (const auto& file : manifest.at("files")) {
        listed.insert(file.at("path").get<std::string>());
        EXPECT_EQ(file.at("bytes"), fs::file_size(folder.path() / file.at("path").get<std::string>()));
    }
    listed.insert({"manifest.json", "mine.txt"});
    EXPECT_EQ(listed, names_in(folder.path()));
    const auto result = nlohmann::json::parse(test::read_bytes(folder.path() / "result.json"));
    EXPECT_EQ(result.at("figures")[0].at("files"),
              nlohmann::json({"histogram.gp", "histogram.pdf", "histogram.png", "histogram.svg"}));
}

TEST(Exporter, DrawsOnlyTheChosenFigures) {
    const test::TemporaryFolder folder;
    run_export(test::sample_result(1), {folder.path(), parse_formats("gp,json"), {{"spectrum"}}, Style::iclr});
    EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"spectrum.gp", "result.json", "manifest.json"}));
    const auto figures = nlohmann::json::parse(test::read_bytes(folder.path() / "result.json")).at("figures");
    EXPECT_EQ(figures.size(), 2U);
    EXPECT_EQ(figures[0].at("files").size(), 0U);

    const Error error = failure_of(test::sample_result(1), {folder.path(), {Format::gp}, {{"spectra"}}, Style::iclr});
    EXPECT_EQ(error.code(), ExitCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("unknown figure 'spectra'; did you mean spectrum?\nexpected one of: histogram, "
                                        "spectrum"));
}

TEST(Exporter, WritesTheSameBytesEveryTime) {
    const test::TemporaryFolder folder;
    Result result = test::sample_result(3);
    result.figures = test::demo_figures();
    const std::vector<Format> formats = parse_formats("pdf,svg,png,csv,json,tex,gp");
    run_export(result, {folder.path() / "one", formats, {}, Style::icml}, 1);
    run_export(result, {folder.path() / "two", formats, {}, Style::icml}, 2);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    setenv("TZ", "Asia/Tokyo", 1);
    run_export(result, {folder.path() / "again", formats, {}, Style::icml}, 2);
    unsetenv("LC_ALL");
    unsetenv("TZ");
    const auto names = names_in(folder.path() / "one");
    EXPECT_EQ(names.size(), 4U * 6 + 2 * 2 + 2);
    for (const std::string other : {"two", "again"}) {
        ASSERT_EQ(names_in(folder.path() / other), names);
        for (const std::string& name : names)
            EXPECT_EQ(test::read_bytes(folder.path() / "one" / name), test::read_bytes(folder.path() / other / name))
                << name;
    }
}

TEST(Exporter, MakesPdfsOfTheVenuesWidthWithEmbeddedFonts) {
    const test::TemporaryFolder folder;
    Result result;
    result.figures = test::demo_figures();
    for (const Style style : {Style::iclr, Style::neurips, Style::icml, Style::plain}) {
        run_export(result, {folder.path(), {Format::pdf}, {}, style});
        for (const Figure& figure : result.figures) {
            const std::string pdf = (folder.path() / (figure.name + ".pdf")).string();
            const std::string information = run_process({"pdfinfo", pdf}).output;
            std::smatch size;
            ASSERT_TRUE(std::regex_search(information, size, std::regex("Page size: *([0-9.]+) x ([0-9.]+) pts")));
            // pdfinfo prints six digits.
            EXPECT_TRUE(test::near(std::stod(size[1]), measures(style).width, 1e-3));
            EXPECT_THAT(information, HasSubstr("Pages:           1\n"));
            const std::string fonts = run_process({"pdffonts", pdf}).output;
            EXPECT_THAT(fonts, HasSubstr(style == Style::plain ? "LiberationSans" : "LiberationSerif"));
            EXPECT_THAT(fonts, testing::Not(HasSubstr("Type 3"))) << fonts;
            EXPECT_FALSE(std::regex_search(fonts, std::regex("\\n.* no +(yes|no) +(yes|no) +\\d"))) << fonts;  // emb
        }
    }
}

TEST(Exporter, SaysWhereItCannotWrite) {
    const test::TemporaryFolder folder;
    const fs::path file = folder.write("file", "x");
    const std::vector<std::pair<fs::path, std::string>> cases{
        {file / "below", (file / "below").string() + ": the output folder cannot be made: Not a directory"},
        {file, file.string() + ": the output folder cannot be made: Not a directory"},
        {"/proc/self", "/proc/self/"},  // a folder in which nobody can make files, not even root
        {"/dev/null/x", "/dev/null/x: the output folder cannot be made: Not a directory"}};
    for (const auto& [path, message] : cases) {
        const Error error = failure_of(test::sample_result(1), {path, {Format::csv}, {}, Style::iclr});
        EXPECT_EQ(error.code(), ExitCode::output);
        EXPECT_THAT(error.what(), HasSubstr(message));
    }
    EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"file"});
}

TEST(Exporter, NamesThePackageOfAMissingProgram) {
    const test::TemporaryFolder folder;
    const std::string path = std::getenv("PATH");
    setenv("PATH", folder.path().c_str(), 1);
    for (const auto& [format, package] : {std::pair{Format::svg, "fontconfig"}}) {
        const Error error = failure_of(test::sample_result(1), {folder.path() / "out", {format}, {}, Style::iclr});
        EXPECT_EQ(error.code(), ExitCode::output);
        EXPECT_THAT(error.what(), HasSubstr(package));
    }
    const auto message = [](const std::function<void()>& render) -> std::string {
        try {
            render();
        } catch (const Error& error) {
            return error.what();
        }
        return "nothing was thrown";
    };
    EXPECT_THAT(message([] { (void)render_svg(""); }), HasSubstr("Debian package gnuplot-nox"));
    EXPECT_THAT(message([] { (void)render_pdf(""); }), HasSubstr("Debian package librsvg2-bin"));
    setenv("PATH", path.c_str(), 1);
    EXPECT_FALSE(fs::exists(folder.path() / "out"));
    EXPECT_THAT(message([] { (void)render_svg("plot nonsense(\n"); }),
                testing::MatchesRegex("gnuplot failed with code 1: .*line 1: .*"));
    EXPECT_THAT(message([] { (void)render_pdf("no svg"); }), HasSubstr("rsvg-convert failed with code 1: "));
}

TEST(Exporter, RefusesNamesThatAreNoFileNames) {
    const test::TemporaryFolder folder;
    for (const std::string name : {"../up", "a/b", ".hidden", ""}) {
        Result result;
        result.tables = {Table(name, "", {{"a", "", ""}})};
        EXPECT_EQ(failure_of(result, {folder.path() / "out", {Format::csv}, {}, Style::iclr}).code(),
                  ExitCode::internal);
    }
    Result twice;
    twice.tables = {Table("a", "", {{"a", "", ""}}), Table("a", "", {{"a", "", ""}})};
    EXPECT_EQ(failure_of(twice, {folder.path() / "out", {Format::csv}, {}, Style::iclr}).code(), ExitCode::internal);
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

// ROTOSCOPE_LOOK=folder writes the demonstration figures there in every style, to be looked at.
TEST(Exporter, WritesFiguresToLookAt) {
    const char* folder = std::getenv("ROTOSCOPE_LOOK");
    if (folder == nullptr) GTEST_SKIP() << "set ROTOSCOPE_LOOK to a folder to write the demonstration figures";
    Result result;
    result.figures = test::demo_figures();
    for (const auto& [name, style] : {std::pair{"iclr", Style::iclr}, {"icml", Style::icml}, {"plain", Style::plain}})
        run_export(result, {fs::path(folder) / name, parse_formats("pdf,svg,png,gp"), {}, style});
}

}  // namespace
}  // namespace rotoscope
