// notebook.ipynb as the exporter writes it: what it implies, that its texts are texts, and that the same comes out
// twice.
#include "demo_figures.hpp"
#include "sample_result.hpp"
#include "support/compare.hpp"
#include "support/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <regex>
#include <set>

#include "rotoscope/notebooks_export/exporter.hpp"

namespace rotoscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

/// A result exported with --format ipynb alone.
struct Book {
    explicit Book(const Result& result, std::optional<std::vector<std::string>> figures = {}, Style style = Style::iclr,
                  unsigned threads = 2) {
        ThreadPool pool(threads);
        Progress progress(false);
        Context context{pool, progress};
        export_result(result, {folder.path(), {Format::ipynb}, std::move(figures), style}, context);
        for (const auto& entry : fs::directory_iterator(folder.path()))
            files[entry.path().filename().string()] = test::read_bytes(entry.path());
        notebook = json::parse(files.at("notebook.ipynb"));
        for (const json& cell : notebook["cells"]) {
            std::string text;
            for (const json& line : cell["source"]) text += line.get<std::string>();
            sources[cell["id"]] = text;
            if (cell["cell_type"] == "markdown") prose += text;
        }
    }
    test::TemporaryFolder folder;
    std::map<std::string, std::string> files;
    json notebook;
    std::map<std::string, std::string> sources;  ///< by the cell's id
    std::string prose;
};

TEST(Notebook, ImpliesTheFilesThatItReads) {
    const Book book(test::sample_result(1));
    std::set<std::string> names;
    for (const auto& [name, bytes] : book.files) names.insert(name);
    EXPECT_EQ(names, (std::set<std::string>{"increments.csv", "gates.csv", "histogram.json", "histogram.svg",
                                            "histogram.png", "spectrum.json", "spectrum.svg", "spectrum.png",
                                            "result.json", "notebook.ipynb", "manifest.json"}));
    const json result = json::parse(book.files.at("result.json"));
    EXPECT_EQ(result["figures"][0]["files"], json({"histogram.json", "histogram.png", "histogram.svg"}));
}

TEST(Notebook, IsTheSameForAnyThreads) {
    EXPECT_EQ(Book(test::sample_result(1), {}, Style::iclr, 1).files,
              Book(test::sample_result(1), {}, Style::iclr, 3).files);
    EXPECT_NE(Book(test::sample_result(1)).files, Book(test::sample_result(2)).files);
}

TEST(Notebook, HasOnlyTheChosenFigures) {
    const Book book(test::sample_result(1), {{"spectrum"}});
    EXPECT_TRUE(book.sources.contains("figure-spectrum"));
    EXPECT_FALSE(book.sources.contains("figure-histogram"));
    EXPECT_FALSE(book.files.contains("histogram.json"));
    const Book none(test::sample_result(1), std::vector<std::string>{});
    EXPECT_FALSE(none.sources.contains("drawing"));
}

TEST(Notebook, FollowsTheStyle) {
    EXPECT_THAT(Book(test::sample_result(1), {}, Style::icml).sources.at("parameters"), HasSubstr("width = 3.25"));
    EXPECT_THAT(Book(test::sample_result(1), {}, Style::plain).sources.at("setup"), HasSubstr("\"sans-serif\""));
}

// Texts come from files and command lines: none of them is markup, code or a second line of a command.
TEST(Notebook, HostileTextsAreTexts) {
    Result result = test::sample_result(1);
    const std::string hostile = "<script>alert(1)</script> $x$ `rm` [a](b) | *b* \\(y\\) #\n\n# h\x1b[2J \xff";
    result.options = {{"path", "model'; touch x #\n"}, {"activations", hostile}, {"quick", "true"}};
    result.summary = {{"path", hostile}};
    result.notes = {hostile};
    result.inputs = {{hostile, 1, "00", {}}};
    Table table("a-b c", hostile, {{"x|y", "$", hostile}});
    table.add_row({hostile});
    result.tables = {table};
    result.figures[0].caption = result.figures[0].note = hostile;
    const Book book(result);
    for (const char* markup : {"<script", "$x", "`", "[a]", "*b", "\\", "\n# h", "\x1b", "x|y"})
        EXPECT_THAT(book.prose, Not(HasSubstr(markup)));
    EXPECT_THAT(book.prose, HasSubstr("<pre>rotoscope phases 'model'&#92;''; touch x &#35;&#92;n' --activations '"));
    EXPECT_THAT(book.prose, HasSubstr("' --quick --seed 1</pre>\n"));
    EXPECT_EQ(book.sources.at("table-a-b-c"), "a_b_c_table = table(\"a-b c\")\na_b_c_table.head()");
    const std::regex id("[a-zA-Z0-9_-]{1,64}");
    for (const auto& [name, text] : book.sources) EXPECT_TRUE(std::regex_match(name, id)) << name;
    EXPECT_EQ(book.sources.size(), book.notebook["cells"].size()) << "an id twice";
}

// The data beside the notebook is the figure's, to the last bit and also where it is not finite.
TEST(Notebook, FiguresKeepTheirData) {
    Result result = test::sample_result(1);
    result.figures = test::demo_figures();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Figure odd;
    odd.name = "odd";
    odd.panels.emplace_back();
    odd.panels[0].marks.emplace_back(
        Curve{"l", {1.0, 2.0, 3.0, 4.0}, {0.1, std::nan(""), infinity, -infinity}, 9, Dash::dash_dot, Marker::cross});
    odd.panels[0].x = {"x", Scale::logarithmic, 0.1, {}, {{1.0, "one"}}};
    result.figures.push_back(odd);
    const Book book(result);
    for (const Figure& figure : result.figures) {
        const json stored = json::parse(book.files.at(figure.name + ".json"));
        EXPECT_EQ(stored["schema"], "rotoscope.figure/1");
        ASSERT_EQ(stored["panels"].size(), figure.panels.size());
        for (std::size_t p = 0; p < figure.panels.size(); ++p) {
            const json& panel = stored["panels"][p];
            ASSERT_EQ(panel["marks"].size(), figure.panels[p].marks.size());
            for (std::size_t m = 0; m < figure.panels[p].marks.size(); ++m)
                if (const auto* curve = std::get_if<Curve>(&figure.panels[p].marks[m]); curve && figure.name != "odd") {
                    EXPECT_EQ(panel["marks"][m]["y"].get<std::vector<double>>(), curve->y);
                }
        }
    }
    const json mark = json::parse(book.files.at("odd.json"))["panels"][0]["marks"][0];
    EXPECT_EQ(mark["y"], json({0.1, "NaN", "Infinity", "-Infinity"}));
    EXPECT_EQ(mark["dash"], "dash_dot");
    EXPECT_EQ(mark["marker"], "cross");
    EXPECT_EQ(mark["color"], "#0072B2");
    const json axis = json::parse(book.files.at("odd.json"))["panels"][0]["x"];
    EXPECT_EQ(axis, json({{"label", "x"},
                          {"scale", "log"},
                          {"minimum", 0.1},
                          {"maximum", nullptr},
                          {"ticks", json::array({json::array({1.0, "one"})})}}));
}

}  // namespace
}  // namespace rotoscope
