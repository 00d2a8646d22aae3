// Tables in LaTeX compile as they stand, with the packages that they name.
#include "program.hpp"
#include "support/files.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace rotoscope {
namespace {

namespace fs = std::filesystem;

bool has_pdflatex() {
    try {
        return run_process({"kpsewhich", "booktabs.sty"}).exit_code == 0 &&
               run_process({"pdflatex", "--version"}).exit_code == 0;
    } catch (const Error&) {
        return false;
    }
}

TEST(LatexTables, OfPhasesAndInspectCompile) {
    if (!has_pdflatex()) GTEST_SKIP() << "needs pdflatex and booktabs: texlive-latex-base, texlive-latex-recommended";
    const test::TemporaryFolder folder;
    const std::string data = ROTOSCOPE_SOURCE_DIR "/data/checkpoints/";
    std::string document =
        "\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{booktabs,longtable,"
        "textcomp}\n\\begin{document}\n";
    std::size_t tables = 0;
    for (const test::Arguments& command :
         {test::Arguments{"phases", data + "parity-srope", "--length", "600"},
          {"phases", data + "mqar-srope", "--inputs", "sphere", "--length", "64", "--channels", "0,1"},
          {"inspect", data + "parity-srope"}}) {
        const fs::path out = folder.path() / std::to_string(tables);
        test::Arguments arguments = command;
        arguments.insert(arguments.end(), {"--format", "tex", "--out", out.string()});
        ASSERT_TRUE(test::succeeds(test::run_rotoscope(arguments)));
        for (const auto& [name, bytes] : test::contents(out)) {
            if (!name.ends_with(".tex")) continue;
            document += "\\input{" + out.filename().string() + "/" + name + "}\n\\clearpage\n";
            ++tables;
        }
    }
    EXPECT_GE(tables, 9U);
    folder.write("main.tex", document + "\\end{document}\n");
    const ProcessOutcome compiled = run_process(
        {"env", "-C", folder.path().string(), "pdflatex", "-halt-on-error", "-interaction=nonstopmode", "main.tex"});
    EXPECT_EQ(compiled.exit_code, 0) << compiled.output.substr(compiled.output.size() -
                                                               std::min<std::size_t>(compiled.output.size(), 2000));
    EXPECT_EQ(compiled.output.find("Missing character"), std::string::npos);
    // Tables for a page of text: heads fits as it is. Those of many columns want --channels, or a landscape page.
    EXPECT_TRUE(fs::exists(folder.path() / "main.pdf"));
}

}  // namespace
}  // namespace rotoscope
