// 2^22 tokens through parity-srope: the angles do not depend on where the sequence is cut.
#include "support/files.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "rotoscope/phases/inputs.hpp"
#include "rotoscope/phases/model.hpp"

namespace rotoscope {
namespace {

TEST(LongSequences, HaveTheSameAnglesHoweverTheyAreCut) {
    constexpr std::uint64_t tokens = std::uint64_t{1} << 22;
    constexpr std::size_t piece = std::size_t{1} << 17;  // what memory allows beside the other cut
    constexpr std::size_t odd = 4093;
    const Checkpoint checkpoint = Checkpoint::open(test::source_path("data/checkpoints/parity-srope"));
    const Model model = recognise_model(checkpoint);
    const PhaseGenerator<double> generator(load_generator(checkpoint, model, 0).weights);
    const auto rows = EmbeddingRows::find(checkpoint, model);
    ASSERT_TRUE(rows.has_value());
    const auto sequence = draw_tokens(rows->vocabulary(), tokens, 3);
    const auto inputs = embed_tokens(*rows, *sequence, generator.model_dim());
    ThreadPool pool(2);
    auto whole = generator.start();
    auto cut = generator.start();
    std::vector<double> hidden(piece * generator.model_dim());
    std::vector<double> angles(piece * generator.channels());
    std::vector<double> cut_angles(angles.size());
    for (std::uint64_t first = 0; first < tokens; first += piece) {
        inputs->read(first, hidden);
        generator.advance(hidden, whole, {{}, {}, {}, {}, angles}, {}, pool);
        for (std::size_t begin = 0; begin < piece; begin += odd) {
            const std::size_t n = std::min(odd, piece - begin);
            generator.advance(
                std::span<const double>(hidden).subspan(begin * generator.model_dim(), n * generator.model_dim()), cut,
                {{}, {}, {}, {}, std::span(cut_angles).subspan(begin * generator.channels(), n * generator.channels())},
                {}, pool);
        }
        ASSERT_TRUE(std::ranges::equal(angles, cut_angles)) << "from token " << first;
    }
    const auto [least, most] = std::ranges::minmax(angles);
    EXPECT_GT(most - least, 1e6) << "angles have accumulated";
    RecordProperty("largest_angle", fmt::format("{:.0f} rad", std::max(-least, most)));
}

}  // namespace
}  // namespace rotoscope
