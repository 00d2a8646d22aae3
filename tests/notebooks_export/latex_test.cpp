#include "rotoscope/notebooks_export/latex.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace rotoscope {
namespace {

TEST(Latex, EscapesEverySpecialCharacter) {
    EXPECT_EQ(escape_latex(R"(\{}$&#%_^~)"), R"(\textbackslash{}\{\}\$\&\#\%\_\textasciicircum{}\textasciitilde{})");
    EXPECT_EQ(escape_latex("<>|\"`'"),
              R"(\textless{}\textgreater{}\textbar{}\textquotedbl{}\textasciigrave{}\textquotesingle{})");
    EXPECT_EQ(escape_latex("[a*"), "{[}a{*}");  // after \\: neither an option nor a star
    EXPECT_EQ(escape_latex("a--b-c"), "a-{}-b-c");
    EXPECT_EQ(escape_latex("α β ω σ·−"), R"($\alpha$ $\beta$ $\omega$ $\sigma$$\cdot$$-$)");
    EXPECT_EQ(escape_latex("é\n\xff"), R"(é\textbackslash{}n\textbackslash{}xff)");
}

TEST(Latex, WritesABooktabsTable) {
    Table table("peak_leakage", "100 % of it", {{"window", "", ""}, {"level", "dB", ""}, {"n", "", ""}});
    table.add_row({std::string("a_b"), -13.2615, std::int64_t{1048576}});
    table.add_row({std::monostate{}, std::monostate{}, std::int64_t{-3}});
    table.add_row({std::string("nan"), std::nan(""), std::int64_t{0}});
    table.add_row({std::string("inf"), -HUGE_VAL, std::int64_t{0}});
    EXPECT_EQ(to_latex(table),
              "% needs \\usepackage{booktabs,textcomp}\n"
              "\\begin{table}[t]\n\\centering\n"
              "\\caption{100 \\% of it}\n\\label{tab:peak-leakage}\n"
              "\\begin{tabular}{lrr}\n\\toprule\n"
              "window & level (dB) & n \\\\\n\\midrule\n"
              "a\\_b & $-13.26$ & 1048576 \\\\\n"
              "-- & -- & $-3$ \\\\\n"
              "nan & NaN & 0 \\\\\n"
              "inf & $-\\infty$ & 0 \\\\\n"
              "\\bottomrule\n\\end{tabular}\n\\end{table}\n");
}

TEST(Latex, UsesPowersOfTenForAColumnThatNeedsThem) {
    Table table("t", "", {{"x", "", ""}, {"y", "", ""}});
    table.add_row({1.5e-7, 0.25});
    table.add_row({-2.0, 1234.56});
    table.add_row({0.0, -0.0});
    const std::string text = to_latex(table);
    EXPECT_NE(text.find("$1.5\\cdot10^{-7}$ & 0.25 \\\\\n$-2\\cdot10^{0}$ & 1235 \\\\\n0 & 0 \\\\\n"),
              std::string::npos)
        << text;
}

TEST(Latex, ChangesToALongtableAboveFortyRows) {
    Table table("t", "c", {{"x", "", ""}});
    for (int i = 0; i < 40; ++i) table.add_row({integer_cell(i)});
    EXPECT_EQ(to_latex(table).find("longtable"), std::string::npos);
    table.add_row({integer_cell(40)});
    const std::string text = to_latex(table);
    EXPECT_NE(text.find("\\begin{longtable}{r}\n\\caption{c}\n\\label{tab:t} \\\\\n\\toprule\nx \\\\\n\\midrule\n"
                        "\\endfirsthead\n"),
              std::string::npos);
    EXPECT_TRUE(text.ends_with("40 \\\\\n\\end{longtable}\n"));
}

TEST(Latex, StacksTheHeadersOfAWideTable) {
    Table table("t", "c",
                {{"a_b", "rad", ""},
                 {"b", "", ""},
                 {"c", "", ""},
                 {"d", "", ""},
                 {"e", "", ""},
                 {"f", "", ""},
                 {"g_%", "", ""}});
    table.add_row({1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0});
    const std::string text = to_latex(table);
    EXPECT_NE(text.find("\\label{tab:t}\n\\scriptsize\\setlength{\\tabcolsep}{2.5pt}\n\\begin{tabular}{rrrrrrr}\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("\\shortstack{a \\\\ b \\\\ (rad)} & \\shortstack{b} & "), std::string::npos);
    EXPECT_NE(text.find("\\shortstack{g \\\\ \\%} \\\\\n"), std::string::npos);
}

}  // namespace
}  // namespace rotoscope
