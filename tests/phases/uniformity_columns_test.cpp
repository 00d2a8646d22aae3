// The columns of tests against uniformity, and the table of histograms, against what the arrays say.
#include "small_model.hpp"
#include "support/compare.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/numerics/uniformity.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t channels = 4;

/// A run along the sphere with all increments from its arrays, [T, 4].
struct SphereRun {
    explicit SphereRun(std::uint64_t length, double temperature) {
        test::SmallModel model = test::SmallModel::gla();
        model.values["rotary.temperature"] = {temperature, 0.5 * temperature};
        const test::TemporaryFolder folder;
        model.write(folder);
        PhasesOptions options;
        options.checkpoint = folder.path();
        options.inputs = InputKind::sphere;
        options.length = length;
        options.arrays = folder.path() / "arrays.safetensors";
        ThreadPool pool(2);
        Progress progress(false);
        Context context{pool, progress};
        result = analyse_phases(options, context);
        const Checkpoint arrays = Checkpoint::open(*options.arrays);
        increments = arrays.read_all<double>(arrays.require("layer0.angle"));
        for (std::size_t i = increments.size(); i-- > channels;) increments[i] -= increments[i - channels];
    }
    [[nodiscard]] std::vector<double> numbers(std::string_view table, std::string_view column) const {
        for (const Table& candidate : result.tables)
            if (candidate.name() == table) return candidate.numbers(column);
        throw std::runtime_error("no such table");
    }
    /// Every stride-th increment of a channel from token 3 on.
    [[nodiscard]] std::vector<double> thinned(std::size_t channel, std::size_t stride) const {
        std::vector<double> values;
        for (std::size_t t = 3; t * channels < increments.size(); t += stride)
            values.push_back(increments[t * channels + channel]);
        return values;
    }
    Result result;
    std::vector<double> increments;
};

// At a temperature of 30 rad the increments go around the circle a few times: p-values that are neither 0 nor 1.
TEST(UniformityColumns, AreTheTestsOfEveryFourthIncrement) {
    const SphereRun run(4000, 30.0);
    const std::vector<double> rayleigh = run.numbers("channels", "rayleigh_p");
    const std::vector<double> kuiper = run.numbers("channels", "kuiper_p");
    const std::vector<double> watson = run.numbers("channels", "watson_p");
    bool telling = false;
    for (std::size_t c = 0; c < channels; ++c) {
        const std::vector<double> angles = run.thinned(c, 4);
        ASSERT_EQ(angles.size(), 1000U);
        double sines = 0.0, cosines = 0.0;
        for (const double angle : angles) {
            sines += std::sin(angle);
            cosines += std::cos(angle);
        }
        // Differences of accumulated angles below 10^5 rad are off by 10^-11, which moves D by as much and p by less
        // than 10^-8; a fourth increment too early or late moves them in the first digit.
        EXPECT_TRUE(test::near(kuiper[c], kuiper_test(angles).p, 1e-8)) << c;
        EXPECT_TRUE(test::near(watson[c], watson_test(angles).p, 1e-8)) << c;
        EXPECT_TRUE(test::near(rayleigh[c], rayleigh_test(std::hypot(sines, cosines) / 1000.0, 1000).p, 1e-8)) << c;
        telling = telling || (kuiper[c] > 0.01 && kuiper[c] < 0.99 && watson[c] > 0.01 && watson[c] < 0.99);
    }
    EXPECT_TRUE(telling) << "all p-values are 0 or 1: the comparison says nothing";
}

// Above 4·65536 tokens the two tests that need all angles at once take every eighth, twelfth … increment.
TEST(UniformityColumns, OfLongSequencesTakeEvenlySpacedIncrements) {
    const SphereRun run(4 * 65536 + 4, 200.0);
    const std::vector<double> kuiper = run.numbers("channels", "kuiper_p");
    for (std::size_t c = 0; c < channels; ++c) {
        // Angles up to 5·10^7 rad: differences are off by 10^-8.
        EXPECT_TRUE(test::near(kuiper[c], kuiper_test(run.thinned(c, 8)).p, 1e-4)) << c;
    }
}

TEST(UniformityColumns, AreMissingWhereThereIsNoIncrementToTest) {
    const SphereRun run(3, 1.0);
    const Table& table = run.result.tables.front();
    for (const char* column : {"rayleigh_p", "kuiper_p", "watson_p"})
        EXPECT_TRUE(std::holds_alternative<std::monostate>(table.at(0, table.column(column)))) << column;
}

TEST(Histograms, CountEveryIncrementWrappedAndNot) {
    const SphereRun run(3000, 8.0);
    const std::vector<double> wrapped = run.numbers("histograms", "wrapped_count");
    const std::vector<double> unwrapped = run.numbers("histograms", "unwrapped_count");
    const std::vector<double> low = run.numbers("histograms", "unwrapped_low");
    const std::vector<double> high = run.numbers("histograms", "unwrapped_high");
    ASSERT_EQ(wrapped.size(), 36 * channels);
    for (std::size_t c = 0; c < channels; ++c) {
        const std::vector<double> angles = run.thinned(c, 1);  // without the first three
        std::vector<double> all{run.increments[c], run.increments[c + channels], run.increments[c + 2 * channels]};
        all.insert(all.end(), angles.begin(), angles.end());
        const auto [least, most] = std::minmax_element(all.begin(), all.end());
        EXPECT_TRUE(test::near(low[36 * c], *least, 1e-10));
        EXPECT_TRUE(test::near(high[36 * c + 35], *most, 1e-10));
        std::vector<double> by_angle(36), by_value(36);
        for (const double d : all) {
            const double turns = d / (2.0 * std::numbers::pi);
            const double phase = turns + 0.5 - std::floor(turns + 0.5);
            ++by_angle[std::min<std::size_t>(static_cast<std::size_t>(36.0 * phase), 35)];
            const double place = (d - low[36 * c]) / (high[36 * c + 35] - low[36 * c]);
            ++by_value[std::min<std::size_t>(static_cast<std::size_t>(36.0 * std::max(place, 0.0)), 35)];
        }
        for (std::size_t bin = 0; bin < 36; ++bin) {
            EXPECT_EQ(wrapped[36 * c + bin], by_angle[bin]) << c << " " << bin;
            EXPECT_EQ(unwrapped[36 * c + bin], by_value[bin]) << c << " " << bin;
        }
    }
}

}  // namespace
}  // namespace rotoscope
