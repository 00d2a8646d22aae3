// The phase generator against values recorded from the paper's public implementation on a GPU (float32): every stage of
// 28 module configurations and of the trained models, within a bound derived from float32 rounding, stage by stage.
#include "support/compare.hpp"
#include "support/direct_phases.hpp"
#include "support/files.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rotoscope/phases/model.hpp"

namespace rotoscope {
namespace {

struct Golden {
    std::string folder;       ///< below checkpoints/: holds the weights
    std::string activations;  ///< file with the recorded stages
    std::size_t layer = 0;
};

std::vector<Golden> all_goldens() {
    std::vector<Golden> goldens;
    for (int i = 0; i < 28; ++i) {
        const std::string file = fmt::format("modules/{:02}.safetensors", i);
        goldens.push_back({file, file, 0});
    }
    for (const auto& [folder, layer] :
         {std::pair("parity-srope", 0), {"mqar-srope", 0}, {"mqar-srope", 1}, {"lm-gla-srope", 0}, {"lm-gla-srope", 3}})
        goldens.push_back({folder, std::string(folder) + "/golden.safetensors", static_cast<std::size_t>(layer)});
    return goldens;
}

/// A golden with everything that is needed to judge it.
struct Case {
    Model model;
    LoadedGenerator generator;
    std::unique_ptr<Checkpoint> recorded;
    std::string prefix;
    std::vector<double> hidden;

    explicit Case(const Golden& golden) {
        const auto folder = test::shared_folder() / "checkpoints";
        const Checkpoint checkpoint = Checkpoint::open(folder / golden.folder);
        model = recognise_model(checkpoint);
        generator = load_generator(checkpoint, model, golden.layer);
        recorded = std::make_unique<Checkpoint>(Checkpoint::open(folder / golden.activations));
        prefix = model.array_prefix(golden.layer);
        hidden = read("hidden_states");
    }
    [[nodiscard]] std::vector<double> read(const std::string& name) const {
        return recorded->read_all<double>(recorded->require(prefix + name));
    }
    [[nodiscard]] bool has(const std::string& name) const { return recorded->find(prefix + name) != nullptr; }
};

class GoldenTest : public ::testing::TestWithParam<Golden> {
protected:
    void SetUp() override { ROTOSCOPE_NEEDS_SHARED(); }
};

TEST_P(GoldenTest, EveryStageWithinFloat32Rounding) {
    const Case c(GetParam());
    const PhaseGeneratorWeights<double>& weights = c.generator.weights;
    const test::DirectPhases direct = test::direct_phases(weights, c.hidden);
    const PhaseGenerator<double> generator(weights);
    const std::size_t tokens = c.hidden.size() / weights.model_dim;
    std::vector<double> projected(tokens * weights.channels()), convolved(projected), increment(projected),
        angle(projected), gate(tokens * weights.gates());
    const std::vector<double> q = c.read("q_in");
    const std::vector<double> k = c.read("k_in");
    std::vector<double> q_out(q.size()), k_out(k.size());
    ThreadPool pool(1);
    auto state = generator.start();
    generator.advance(c.hidden, state, {projected, convolved, gate, increment, angle}, {q, k, q_out, k_out}, pool);

    EXPECT_TRUE(test::all_near(projected, c.read("phi_projected"), direct.projected.bound));
    EXPECT_TRUE(test::all_near(convolved, c.read("phi_convolved"), direct.convolved.bound));
    EXPECT_TRUE(test::all_near(increment, c.read("phi"), direct.increment.bound));
    EXPECT_TRUE(test::all_near(angle, c.read("angle"), direct.angle.bound));
    ASSERT_EQ(c.has("phase_gate"), weights.gate != PhaseGate::none);
    if (c.has("phase_gate")) {
        EXPECT_TRUE(test::all_near(gate, c.read("phase_gate"), direct.gate.bound));
    }
    EXPECT_TRUE(test::all_near(q_out, c.read("q_out"), test::direct_rotation(weights, direct, q).bound));
    EXPECT_TRUE(test::all_near(k_out, c.read("k_out"), test::direct_rotation(weights, direct, k).bound));
}

// Negative controls: with each mistake the golden must not be met.
TEST_P(GoldenTest, MistakesAreFound) {
    const Case c(GetParam());
    const PhaseGeneratorWeights<double>& weights = c.generator.weights;
    const test::DirectPhases right = test::direct_phases(weights, c.hidden);
    if (!weights.skip_conv()) {
        const test::DirectPhases reversed = test::direct_phases(weights, c.hidden, test::Mistake::reversed_taps);
        EXPECT_FALSE(test::all_near(reversed.convolved.value, c.read("phi_convolved"), right.convolved.bound))
            << "taps reversed";
    }
    const test::DirectPhases whole = test::direct_phases(weights, c.hidden, test::Mistake::whole_vector_norm);
    EXPECT_FALSE(test::all_near(whole.projected.value, c.read("phi_projected"), right.projected.bound))
        << "norm over the whole vector";
    const std::vector<double> q = c.read("q_in");
    const test::Bounded half = test::direct_rotation(weights, right, q);
    const test::Bounded interleaved = test::direct_rotation(weights, right, q, PairLayout::interleaved);
    EXPECT_FALSE(test::all_near(interleaved.value, c.read("q_out"), half.bound)) << "interleaved pairs";
}

INSTANTIATE_TEST_SUITE_P(Phases, GoldenTest, ::testing::ValuesIn(all_goldens()), [](const auto& golden) {
    std::string name = golden.param.folder + "_layer" + std::to_string(golden.param.layer);
    for (char& character : name)
        if (std::isalnum(static_cast<unsigned char>(character)) == 0) character = '_';
    return name;
});

}  // namespace
}  // namespace rotoscope
