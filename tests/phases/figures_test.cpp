// What the figures of `phases` say: as plain data, before they are drawn.
#include "support/compare.hpp"
#include "support/files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "rotoscope/phases/phases.hpp"

namespace rotoscope {
namespace {

const std::string folder = "data/checkpoints/parity-srope";

std::vector<Figure> figures(PhasesOptions options) {
    ThreadPool pool(2);
    Progress progress(false);
    Context context{pool, progress};
    return analyse_phases(options, context).figures;
}

PhasesOptions parity(const std::string& path, std::uint64_t length) {
    PhasesOptions options;
    options.checkpoint = test::source_path(path);
    options.length = length;
    return options;
}

const Figure* find(const std::vector<Figure>& all, std::string_view name) {
    const auto found = std::ranges::find(all, name, &Figure::name);
    return found == all.end() ? nullptr : &*found;
}

template <class Mark>
std::vector<Mark> marks(const Panel& panel) {
    std::vector<Mark> found;
    for (const auto& mark : panel.marks)
        if (const auto* wanted = std::get_if<Mark>(&mark)) found.push_back(*wanted);
    return found;
}

TEST(PhasesFigures, NameTheCheckpointHoweverItIsWritten) {
    for (const char* ending : {"", "/", "//", "/.", "/../parity-srope/"})
        EXPECT_TRUE(find(figures(parity(folder + ending, 8)), "increments")->note.starts_with("parity-srope: "))
            << ending;
}

TEST(PhasesFigures, NameTheChannelsThatAreShown) {
    const auto label = [](std::vector<std::size_t> channels) {
        PhasesOptions options = parity(folder, 8);
        options.channels = std::move(channels);
        return find(figures(options), "token_angles")->panels.front().x.label;
    };
    EXPECT_EQ(label({}), "channels 0-15 of each head");
    EXPECT_EQ(label({0, 5, 14}), "channels 0, 5, 14 of each head");
    EXPECT_EQ(label({5}), "channel 5 of each head");
}

// A line needs two points: a single channel is drawn as a step.
TEST(PhasesFigures, ShowASingleChannel) {
    PhasesOptions options = parity(folder, 64);
    options.channels = {5};
    const auto all = figures(options);
    const Panel& panel = find(all, "frequencies_layer0")->panels.front();
    for (const Curve& curve : marks<Curve>(panel)) EXPECT_EQ(curve.y.size(), 2U) << curve.label;
    for (const Band& band : marks<Band>(panel)) EXPECT_EQ(band.lower.size(), 2U);
    ASSERT_EQ(panel.x.ticks.size(), 1U);
    EXPECT_EQ(panel.x.ticks.front().second, "5");
}

// A path less its own drift is a bridge: it ends where it began, and so does the band.
TEST(PhasesFigures, BandsOfPathsClose) {
    const auto all = figures(parity(folder, 512));
    for (const Panel& panel : find(all, "paths_layer0")->panels) {
        const Band band = marks<Band>(panel).at(0);
        EXPECT_EQ(band.upper.back(), 0.0);
        EXPECT_GT(band.upper[255], band.upper[10]);
        EXPECT_GT(band.upper[255], band.upper[500]);
    }
}

TEST(PhasesFigures, OfASingleToken) {
    const auto all = figures(parity(folder, 1));
    EXPECT_EQ(find(all, "paths_layer0"), nullptr);
    EXPECT_EQ(find(all, "increments")->panels.front().title, "Resultant length");  // 1 − R = 0 has no logarithm
    EXPECT_NE(find(all, "increments")->note.find("1 token drawn"), std::string::npos);
}

}  // namespace
}  // namespace rotoscope
