// The columns of `phases` against what the arrays say, recomputed naively from all increments at once.
#include "support/compare.hpp"
#include "support/files.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "rotoscope/checkpoint/checkpoint.hpp"
#include "rotoscope/phases/phases.hpp"

namespace rotoscope {
namespace {

Result run(const PhasesOptions& options) {
    ThreadPool pool(2);
    Progress progress(false);
    Context context{pool, progress};
    return analyse_phases(options, context);
}

const Table& table(const Result& result, std::string_view name) {
    for (const Table& candidate : result.tables)
        if (candidate.name() == name) return candidate;
    throw std::runtime_error("no such table");
}

PhasesOptions parity(std::uint64_t length) {
    PhasesOptions options;
    options.checkpoint = test::source_path("data/checkpoints/parity-srope");
    options.length = length;
    return options;
}

// Layer 0 of parity-srope sees two inputs only, so an increment depends on the last four tokens: the mean over uniform
// tokens is temperature·(Σ taps·(z(0) + z(1))/2 + exp(bias)), but for the first three increments and sampling error.
TEST(PhasesStatistics, MeansFollowFromTheTokens) {
    const PhasesOptions options = parity(65536);
    const Result result = run(options);
    const Table& channels = table(result, "channels");
    const Table& tokens = table(result, "tokens");
    const std::vector<double> mean = channels.numbers("increment_mean");
    const std::vector<double> bias = channels.numbers("bias_frequency");
    const std::vector<double> total = tokens.numbers("total_angle");
    ASSERT_EQ(total.size(), 2 * mean.size());
    for (std::size_t c = 0; c < mean.size(); ++c) {
        const double expected = 0.5 * (total[2 * c] + total[2 * c + 1]) + bias[c];
        // Each token adds total/N, so the mean's standard error is |total(1) − total(0)|/(2 sqrt N), but for the ends
        // of the sequence; 5 of them: 64 channels give a false alarm in 1 of 3·10^4 seeds, and the seed is fixed.
        const double deviation = std::abs(total[2 * c + 1] - total[2 * c]) / 2.0;
        const double ends = 6.0 * (std::abs(total[2 * c]) + std::abs(total[2 * c + 1])) / 65536.0;
        EXPECT_TRUE(test::near(mean[c], expected, 5.0 * deviation / 256.0 + ends));
    }
}

// Independent tokens through a finite filter: the accumulated phase diffuses with half the variance of a token's total
// contribution, (total(1) − total(0))²/8 rad²/token.
TEST(PhasesStatistics, DiffusionFollowsFromTheTokens) {
    const Result result = run(parity(262144));
    const std::vector<double> diffusion = table(result, "channels").numbers("diffusion");
    const std::vector<double> total = table(result, "tokens").numbers("total_angle");
    for (std::size_t c = 0; c < diffusion.size(); ++c) {
        const double expected = std::pow(total[2 * c + 1] - total[2 * c], 2) / 8.0;
        // The least-squares slope is ruled by lags near N/16, of which the sequence holds 16 independent ones: a
        // relative standard error of sqrt(2/16) = 0.35. All 64 channels see the same tokens: 3 standard errors, once.
        EXPECT_TRUE(test::near(diffusion[c], expected, 3.0 * 0.354 * expected)) << c;
    }
}

TEST(PhasesStatistics, NamesWhatTokensDiffer) {
    const Result result = run(parity(512));
    const Table& tokens = table(result, "tokens");
    const std::vector<double> total = tokens.numbers("total_angle");
    const auto difference = [&](std::size_t head, std::size_t channel) {
        const std::size_t row = 2 * (16 * head + channel);
        return (total[row + 1] - total[row]) / std::numbers::pi;
    };
    // The trained model's numbers, to the two digits in which they are known.
    EXPECT_TRUE(test::near(difference(1, 14), -0.74, 0.005));
    EXPECT_TRUE(test::near(difference(1, 4), 0.70, 0.005));
    EXPECT_TRUE(test::near(difference(0, 6), -0.59, 0.005));
    EXPECT_TRUE(test::near(difference(0, 8), 0.45, 0.005));
}

// Streaming through the tool: the same columns from one long run and from the arrays that it wrote.
TEST(PhasesStatistics, ColumnsEqualNaiveSumsOverTheArrays) {
    const test::TemporaryFolder folder;
    PhasesOptions options = parity(9000);  // more than two of the tool's chunks
    options.arrays = folder.path() / "arrays.safetensors";
    const Result result = run(options);
    const Table& channels = table(result, "channels");
    const Checkpoint arrays = Checkpoint::open(*options.arrays);
    const std::vector<double> angle = arrays.read_all<double>(arrays.require("layer0.angle"));
    const std::vector<double> log_gate = arrays.read_all<double>(arrays.require("layer0.log_forget_gate"));
    const std::vector<double> mean = channels.numbers("increment_mean");
    const std::vector<double> length = channels.numbers("resultant_length");
    const std::vector<double> kappa = channels.numbers("von_mises_kappa");
    const std::vector<double> half_life = channels.numbers("forget_half_life");
    constexpr std::size_t count = 64;
    for (std::size_t c = 0; c < count; ++c) {
        long double cosines = 0, sines = 0, previous = 0, log_sum = 0;
        for (std::size_t t = 0; t < 9000; ++t) {
            const long double d = angle[t * count + c] - previous;
            previous = angle[t * count + c];
            cosines += std::cos(d);
            sines += std::sin(d);
            const std::size_t first = t * 128 + c / 16 * 32 + c % 16;
            log_sum += 0.5L * (log_gate[first] + log_gate[first + 16]);
        }
        const auto r = static_cast<double>(std::hypot(cosines, sines) / 9000.0L);
        // Differences of angles up to 4·10^4 rad carry 2·10^4 ε each, here averaged but bounded as if not.
        EXPECT_TRUE(test::near(mean[c], static_cast<double>(previous / 9000.0L), 1e-12));
        EXPECT_TRUE(test::near(length[c], r, 1e-11));
        // dκ/dR of the maximum-likelihood estimate is below 2κ² + 2 (Mardia & Jupp, A1' = 1 − R²− R/κ ≥ 1/(2κ² + 2)).
        EXPECT_TRUE(test::near(
            std::cyl_bessel_i(1.0, std::min(kappa[c], 700.0)) / std::cyl_bessel_i(0.0, std::min(kappa[c], 700.0)),
            kappa[c] < 700.0 ? r : std::cyl_bessel_i(1.0, 700.0) / std::cyl_bessel_i(0.0, 700.0), 1e-10));
        // The arrays hold float32 gates: relative rounding 2^-24.
        const auto expected = static_cast<double>(std::numbers::ln2_v<long double> / (-log_sum / 9000.0L));
        EXPECT_TRUE(test::near(half_life[c], expected, 2.0 * 0x1p-24 * expected));
    }
}

TEST(PhasesStatistics, SphereFeedsEveryLayerAndBareModules) {
    PhasesOptions options;
    options.checkpoint = test::source_path("data/checkpoints/mqar-srope");
    options.inputs = InputKind::sphere;
    options.length = 600;
    const Result result = run(options);
    for (const double samples : table(result, "channels").numbers("samples")) EXPECT_EQ(samples, 600.0);
    for (const double p : table(result, "channels").numbers("rayleigh_p")) EXPECT_TRUE(p >= 0.0 && p <= 1.0);
}

TEST(PhasesStatistics, RayleighIsMissingForGivenTokens) {
    PhasesOptions options = parity(1);
    options.tokens = "0,1,1,0,1";
    const Result result = run(options);
    for (const double p : table(result, "channels").numbers("rayleigh_p")) EXPECT_TRUE(std::isnan(p));
    for (const double d : table(result, "channels").numbers("diffusion")) EXPECT_TRUE(std::isnan(d));
}

}  // namespace
}  // namespace rotoscope
