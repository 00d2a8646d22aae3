// Forget gates against values recorded on a GPU (float32), whose rounding is bounded stage by stage.
#include "support/compare.hpp"
#include "support/direct_phases.hpp"
#include "support/files.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "rotoscope/phases/model.hpp"

namespace rotoscope {
namespace {

class ForgetGateGolden : public ::testing::TestWithParam<std::pair<const char*, std::size_t>> {
protected:
    void SetUp() override { ROTOSCOPE_NEEDS_SHARED(); }
};

struct BoundedGates {
    std::vector<double> value;
    std::vector<double> bound;
};

/// log a as its definition reads, and how far float32 may land from it; `normalizer` is a mistake when not 16.
BoundedGates direct_gates(const ForgetGateWeights& weights, const std::vector<double>& hidden,
                          double normalizer = 16.0) {
    const std::size_t width = static_cast<std::size_t>(weights.down.cols());
    BoundedGates out;
    for (std::size_t begin = 0; begin < hidden.size(); begin += width) {
        const std::span<const double> x(hidden.data() + begin, width);
        const std::vector<double> exact(width, 0.0);
        test::Bounded inner(static_cast<std::size_t>(weights.down.rows())), outer(weights.gates());
        test::multiply(weights.down, x, exact, inner.value, inner.bound);
        test::multiply(weights.up, inner.value, inner.bound, outer.value, outer.bound);
        for (std::size_t g = 0; g < weights.gates(); ++g) {
            const double linear = outer.value[g] + weights.bias(static_cast<Eigen::Index>(g));
            const double value = -std::log(1.0 + std::exp(-linear)) / normalizer;
            // The slope of logsigmoid is below 1. A float32 logsigmoid computed as min(x, 0) − log(1 + e^{−|x|}) rounds
            // its terms a few times, each below |x| + 1; the golden may have passed through such a form.
            out.value.push_back(value);
            out.bound.push_back((outer.bound[g] + 4.0 * test::float_unit * (std::abs(linear) + 1.0)) / 16.0);
        }
    }
    return out;
}

TEST_P(ForgetGateGolden, IsReproduced) {
    const auto folder = test::shared_folder() / "checkpoints" / GetParam().first;
    const std::string prefix = "layer" + std::to_string(GetParam().second) + ".";
    const Checkpoint checkpoint = Checkpoint::open(folder);
    const Checkpoint golden = Checkpoint::open(folder / "golden.safetensors");
    const auto gate = load_forget_gate(checkpoint, recognise_model(checkpoint), GetParam().second);
    ASSERT_TRUE(gate.has_value());
    const std::vector<double> hidden = golden.read_all<double>(golden.require(prefix + "hidden_states"));
    const std::vector<double> recorded = golden.read_all<double>(golden.require(prefix + "log_forget_gate"));
    std::vector<double> computed(recorded.size());
    ThreadPool pool(2);
    compute_log_forget_gates(gate->weights, hidden, computed, pool);
    const BoundedGates direct = direct_gates(gate->weights, hidden);
    EXPECT_TRUE(test::all_near(computed, direct.value, 1e-12));
    EXPECT_TRUE(test::all_near(computed, recorded, direct.bound));
    // Negative control: another normaliser is found.
    EXPECT_FALSE(test::all_near(direct_gates(gate->weights, hidden, 15.0).value, recorded, direct.bound));
}

INSTANTIATE_TEST_SUITE_P(Models, ForgetGateGolden,
                         ::testing::Values(std::pair("lm-gla-srope", 0U), std::pair("lm-gla-srope", 3U),
                                           std::pair("lm-gla-rope", 0U), std::pair("lm-gla-rope", 3U),
                                           std::pair("mqar-srope", 0U), std::pair("mqar-srope", 1U),
                                           std::pair("mqar-rope", 0U), std::pair("mqar-rope", 1U),
                                           std::pair("mqar-nope", 0U), std::pair("mqar-nope", 1U),
                                           std::pair("parity-srope", 0U)));

}  // namespace
}  // namespace rotoscope
