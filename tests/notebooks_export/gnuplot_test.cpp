#include "rotoscope/notebooks_export/gnuplot.hpp"

#include "demo_figures.hpp"
#include "support/compare.hpp"
#include "support/files.hpp"
#include "svg.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <regex>
#include <set>

#include "rotoscope/core/philox.hpp"
#include "rotoscope/notebooks_export/render.hpp"

namespace rotoscope {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Figure figure_of(Panel panel) {
    Figure figure;
    figure.name = "test";
    figure.panels = {std::move(panel)};
    return figure;
}

HeatMap heat_map(std::size_t rows, std::size_t columns, std::vector<double> values) {
    HeatMap map;
    map.rows = rows;
    map.columns = columns;
    map.values = std::move(values);
    return map;
}

std::string svg_of(Panel panel, Style style = Style::iclr) {
    return render_svg(to_gnuplot(figure_of(std::move(panel)), style));
}

std::size_t count(const std::string& text, const std::string& pattern) {
    const std::regex expression(pattern);
    return static_cast<std::size_t>(std::distance(std::sregex_iterator(text.begin(), text.end(), expression), {}));
}

// Names come from files: whatever they are, they are shown and nothing is run. gnuplot runs commands in backquotes and
// has an enhanced markup, formats and entities; the shell has its own.
TEST(Gnuplot, ShowsHostileTextsAndRunsNothing) {
    const test::TemporaryFolder folder;
    const auto here = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    const std::vector<std::string> hostile{"`touch x`",
                                           "$(touch x)",
                                           "'; system('touch x')",
                                           "''; system('touch x')",
                                           "' . system(\"touch x\") . '",
                                           "a@b{c}_d^e\\f",
                                           "100%g %s %%",
                                           "&amp; <b> &#65;",
                                           "{/Symbol a}",
                                           "\\",
                                           "''",
                                           "'",
                                           "a''''b",
                                           "{",
                                           "}",
                                           "@GPVAL_PWD' @GPVAL_PWD",
                                           "#",
                                           "x\" y",
                                           "~a{b}"};
    for (const std::string& text : hostile) {
        Panel panel;
        panel.title = panel.x.label = panel.y.label = text;
        panel.x.ticks = {{1.0, text}, {2.0, "b"}};
        panel.legend = Legend::top_right;
        panel.marks = {Curve{text, {1, 2, 3}, {1, 2, 3}}, Label{1.0, 2.0, text}};
        HeatMap map = heat_map(2, 2, {1, 2, 3, 4});
        map.color.label = text;
        map.color.ticks = {{1.0, text}};
        Panel other;
        other.marks = {map};
        Figure figure = figure_of(panel);
        figure.panels.push_back(other);
        figure.columns = 1;
        figure.height = 2.0;
        figure.note = text;
        figure.caption = text;
        const auto texts = test::texts_of(render_svg(to_gnuplot(figure, Style::iclr)));
        // Title, two axis labels, tick, legend, label, colour label, colour tick, note.
        EXPECT_EQ(std::count(texts.begin(), texts.end(), text), 9) << text << "\n" << testing::PrintToString(texts);
    }
    std::filesystem::current_path(here);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// Any sequence of characters that mean something to gnuplot comes out as it went in.
TEST(Gnuplot, ShowsRandomTextsAsTheyAre) {
    constexpr UniformDraws draws(11, RandomStream::test);
    const std::string characters = "''''''\"\"``$@#%&\\\\{}()[]!;:,.~^_/<> ab1";
    Panel panel;
    std::vector<std::string> expected;
    for (std::uint64_t i = 0; i < 2000; ++i) {
        std::string text = "x";  // a text of blanks only is no text
        for (std::uint64_t k = 0; k < 1 + draws.below(100 * i, 12); ++k)
            text.insert(text.begin(), characters[draws.below(100 * i + k + 1, characters.size())]);
        panel.marks.emplace_back(Label{static_cast<double>(i), 0.5, text});
        expected.push_back(text);
    }
    panel.x.minimum = 0.0;
    panel.x.maximum = 2000.0;
    const auto texts = test::texts_of(svg_of(panel));
    const std::multiset<std::string> shown(texts.begin(), texts.end());
    for (const std::string& text : expected) EXPECT_TRUE(shown.contains(text)) << text;
}

TEST(Gnuplot, EscapesControlCharacters) {
    Panel panel;
    panel.title = "two\nlines\x1b\xff";
    const std::string script = to_gnuplot(figure_of(panel), Style::iclr);
    EXPECT_THAT(script, HasSubstr("'two\\nlines\\x1b\\xff'"));
    EXPECT_THAT(test::texts_of(render_svg(script)), Contains("two\\nlines\\x1b\\xff"));
}

TEST(Gnuplot, LeavesMissingCellsBlankAndTheOthersWhereTheyBelong) {
    Panel panel;
    HeatMap map = heat_map(3, 4, {});
    for (int i = 0; i < 12; ++i) map.values.push_back(i);
    map.values[6] = nan;  // row 1, column 2
    panel.marks = {map};
    const auto cells = test::cells_of(svg_of(panel), 20.0);
    ASSERT_EQ(cells.size(), 11U);
    const double width = cells[0].width;
    for (std::size_t i = 0, cell = 0; i < 12; ++i) {
        if (i == 6) continue;
        // gnuplot draws rows from the bottom, the first row of values.
        EXPECT_TRUE(test::near(cells[cell].x - cells[0].x, static_cast<double>(i % 4) * width, 0.1));
        EXPECT_EQ(cells[cell].y < cells[0].y - 5.0, i >= 4);
        ++cell;
    }
    EXPECT_EQ(cells.front().color, test::parse_rgb(std::string(color_map(ColorMap::sequential).front())));
    EXPECT_EQ(cells.back().color, test::parse_rgb(std::string(color_map(ColorMap::sequential).back())));
}

TEST(Gnuplot, DrawsHeatMapsOfOneRow) {
    Panel panel;
    panel.marks = {heat_map(1, 3, {1.0, nan, 3.0})};
    EXPECT_EQ(test::cells_of(svg_of(panel), 20.0).size(), 2U);
}

TEST(Gnuplot, LogarithmicColorsAreLinearInTheLogarithm) {
    Panel panel;
    HeatMap map = heat_map(2, 3, {1e-4, 1e-2, 1.0, 0.0, -1.0, 1e-2});
    map.color.scale = Scale::logarithmic;
    panel.marks = {map};
    const auto cells = test::cells_of(svg_of(panel), 20.0);
    ASSERT_EQ(cells.size(), 5U);  // the negative one is blank
    const auto colors = color_map(ColorMap::sequential);
    EXPECT_EQ(cells[0].color, test::parse_rgb(std::string(colors.front())));
    EXPECT_EQ(cells[1].color, test::parse_rgb(std::string(colors[colors.size() / 2])));
    EXPECT_EQ(cells[2].color, test::parse_rgb(std::string(colors.back())));
    EXPECT_EQ(cells[3].color, cells[0].color);  // 0 is below the lowest
}

TEST(Gnuplot, BreaksCurvesAtNaNAndWhatALogAxisCannotShow) {
    for (const double gap : {nan, HUGE_VAL, -1.0, 0.0}) {
        Panel panel;
        panel.y.scale = Scale::logarithmic;
        panel.marks = {Curve{"", {1, 2, 3, 4, 5}, {1, 10, gap, 10, 1}, 2}};
        const std::string svg = svg_of(panel);
        // Two pieces: two moves in the path of that colour.
        const std::regex path(R"(stroke='rgb\(213,  94,   0\)'[^>]*d='([^']*)')");
        std::size_t moves = 0;
        for (std::sregex_iterator match(svg.begin(), svg.end(), path), end; match != end; ++match)
            moves += count((*match)[1].str(), "M");
        EXPECT_EQ(moves, 2U) << gap;
    }
}

TEST(Gnuplot, DrawsPanelsWithoutData) {
    for (const Scale scale : {Scale::linear, Scale::logarithmic}) {
        Panel panel;
        panel.x.scale = panel.y.scale = scale;
        panel.legend = Legend::top_left;
        panel.marks = {Curve{"nothing", {}, {}},
                       Curve{"NaN", {nan, nan}, {1.0, nan}},
                       Band{"", {}, {}, {}},
                       Bars{"", {}, {}},
                       Stems{"", {}, {}},
                       Polygon{{}, {}},
                       heat_map(0, 0, {}),
                       heat_map(2, 2, {nan, nan, nan, nan}),
                       Label{nan, 1.0, "not a place"},
                       Rule{Rule::Direction::vertical, nan, 0, Dash::solid, ""}};
        EXPECT_THAT(svg_of(panel), HasSubstr("</svg>"));
    }
    Figure empty;
    EXPECT_THAT(render_svg(to_gnuplot(empty, Style::icml)), HasSubstr("</svg>"));
}

TEST(Gnuplot, DrawsAxesOfOneValueAndOfExtremeRanges) {
    for (const double scale : {0.0, 1e-300, 1e-12, 1.0, 123456789.0, 1e300}) {
        for (const Scale axis : {Scale::linear, Scale::logarithmic}) {
            Panel panel;
            panel.y.scale = axis;
            panel.marks = {Curve{"", {1, 2}, {scale, scale}}, Curve{"", {1, 2}, {scale, 3 * scale}}};
            EXPECT_THAT(svg_of(panel), HasSubstr("</svg>")) << scale;
        }
    }
}

TEST(Gnuplot, LabelsTicksWithTrueMinusSignsAndPowers) {
    Panel panel;
    panel.x.minimum = -1.0;
    panel.x.maximum = 1.0;
    panel.y.scale = Scale::logarithmic;
    panel.marks = {Curve{"", {-1, 1}, {1e-6, 1e2}}};
    const auto texts = test::texts_of(svg_of(panel));
    EXPECT_THAT(texts, Contains("−0.4"));
    EXPECT_THAT(texts, Contains("0.0"));
    EXPECT_THAT(texts, Contains("10−6"));  // the exponent is a raised <tspan>
    EXPECT_THAT(texts, Contains("102"));
}

// An axis with one label has no scale.
TEST(Gnuplot, LabelsAtLeastTwoTicks) {
    for (int i = 0; i < 60; ++i) {
        Panel panel;
        panel.marks = {Curve{"", {0.0, 4.9e-5 * std::pow(1.1, i)}, {1.0, 1.0 + std::pow(1.3, -i)}}};
        Figure figure = figure_of(panel);
        figure.panels.assign(4, panel);
        figure.columns = 4;
        const std::string script = to_gnuplot(figure, Style::iclr);
        for (const std::string axis : {"x", "y"}) {
            const std::size_t begin = script.find("set " + axis + "tics");
            const std::string ticks = script.substr(begin, script.find('\n', begin) - begin);
            EXPECT_GE(count(ticks, " 0[,)]"), 2U) << ticks;
        }
    }
}

// Up to two decades may hold a single power of ten, on an axis as on a colour bar.
TEST(Gnuplot, LabelsAtLeastTwoTicksOfAFewDecades) {
    for (const double highest : {1.5, 5.6, 9.9}) {
        HeatMap map = heat_map(1, 2, {0.101, highest});
        map.color.scale = Scale::logarithmic;
        Panel panel;
        panel.marks = {map};
        const auto texts = test::texts_of(svg_of(panel));
        EXPECT_THAT(texts, Contains("0.2"));
        EXPECT_THAT(texts, Contains("0.5"));
    }
}

// A narrow page takes columns away; what stood in one row still fills whole rows.
TEST(Gnuplot, NarrowGridsKeepTheirRows) {
    Figure figure = figure_of(Panel{});
    figure.columns = 6;
    figure.height = 0.5;
    figure.panels.assign(12, Panel{});
    for (std::size_t i = 0; i < figure.panels.size(); ++i) {
        figure.panels[i].axes_visible = false;
        figure.panels[i].title = std::to_string(i);
    }
    const std::string script = to_gnuplot(figure, Style::icml);
    const std::regex margin("set lmargin at screen ([0-9.e-]+)");
    std::set<std::string> columns;
    for (auto match = std::sregex_iterator(script.begin(), script.end(), margin); match != std::sregex_iterator();
         ++match)
        columns.insert((*match)[1]);
    EXPECT_EQ(columns.size(), 3U) << script.substr(0, 2000);
}

TEST(Gnuplot, MovesALegendAwayFromData) {
    const auto legend_at = [](const std::vector<double>& y) {
        Panel panel;
        panel.legend = Legend::top_right;
        panel.y.minimum = 0.0;
        panel.y.maximum = 1.0;
        panel.marks = {Curve{"the curve", {0, 1, 2, 3, 4}, y}};
        std::smatch match;
        const std::string script = to_gnuplot(figure_of(panel), Style::iclr);
        std::regex_search(script, match, std::regex("'the curve' at screen ([0-9.]+), screen ([0-9.]+)"));
        return std::pair{std::stod(match[1]), std::stod(match[2])};
    };
    const auto free = legend_at({0, 0, 0, 0, 0});
    EXPECT_GT(free.first, 0.7);
    EXPECT_GT(free.second, 0.8);
    const auto left = legend_at({0, 0, 0, 0.95, 0.95});
    EXPECT_LT(left.first, 0.3);
    EXPECT_GT(left.second, 0.8);
    const auto lower = legend_at({0.95, 0.95, 0.95, 0.95, 0.95});
    EXPECT_LT(lower.second, 0.4);
    const auto above = legend_at({0, 1, 0, 1, 0.5});  // and this leaves the lower right corner
    EXPECT_GT(above.first, 0.7);
}

TEST(Gnuplot, UsesColorsOfThePaletteOnly) {
    std::set<test::Rgb> allowed{{0, 0, 0}, {255, 255, 255}};
    for (Color color = 0; color < 8; ++color) allowed.insert(test::parse_rgb(std::string(palette_color(color))));
    for (const Figure& figure : test::demo_figures()) {
        if (figure.name == "frequencies") continue;
        for (const test::Rgb& color : test::colors_of(render_svg(to_gnuplot(figure, Style::iclr))))
            EXPECT_TRUE(allowed.contains(color))
                << figure.name << ": " << color.red << " " << color.green << " " << color.blue;
    }
}

TEST(Gnuplot, IsDeterministic) {
    for (const Figure& figure : test::demo_figures())
        EXPECT_EQ(to_gnuplot(figure, Style::icml), to_gnuplot(figure, Style::icml));
}

}  // namespace
}  // namespace rotoscope
