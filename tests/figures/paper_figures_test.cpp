// Which of the paper's figures are drawn.
#include "rotoscope/figures/paper_figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rotoscope/core/error.hpp"

namespace rotoscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> drawn(const FigureChoice& choice, PaperFiguresOptions options = {}) {
    ThreadPool pool(2);
    Progress progress(false);
    Context context{pool, progress, choice};
    std::vector<std::string> names;
    for (const Figure& figure : draw_paper_figures(options, context).figures) names.push_back(figure.name);
    return names;
}

TEST(PaperFigures, AreThoseChosenInTheirOrder) {
    EXPECT_THAT(drawn({{{"table3", "figure1"}}}), ElementsAre("figure1", "table3"));
    PaperFiguresOptions options;
    options.checkpoint = ROTOSCOPE_SOURCE_DIR "/data/checkpoints/parity-srope";
    EXPECT_EQ(drawn({}, options), paper_figure_names());
}

TEST(PaperFigures, RefuseOthers) {
    try {
        (void)drawn({{{"figure1", "figure4"}}});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::usage);
        EXPECT_THAT(error.what(), HasSubstr("rope_decay"));
    }
}

}  // namespace
}  // namespace rotoscope
