#include "rotoscope/theory/phase_generator.hpp"

#include "support/compare.hpp"
#include "support/direct_phases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "rotoscope/core/error.hpp"
#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/theory/phase_bounds.hpp"

namespace rotoscope {
namespace {

struct Variant {
    PhaseProjection projection;
    PhaseGate gate;
    bool skip_conv;
    bool silu;
    bool bias;
};

std::vector<Variant> all_variants() {
    std::vector<Variant> variants;
    for (const auto projection : {PhaseProjection::low_rank, PhaseProjection::full_rank})
        for (const auto gate : {PhaseGate::none, PhaseGate::standard, PhaseGate::low_rank, PhaseGate::gla})
            for (const int stages : {0, 1, 2})  // convolution, with SiLU, first difference
                for (const bool bias : {false, true})
                    variants.push_back({projection, gate, stages == 2, stages == 1, bias});
    return variants;
}

/// Random matrices of unit scale, all from one stream.
class Draw {
public:
    template <class Matrix>
    void fill(Matrix& matrix, std::size_t rows, std::size_t columns, double scale) {
        matrix.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
        draws_.fill(next_, std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
        next_ += static_cast<std::uint64_t>(matrix.size());
        matrix *= scale;
    }

private:
    GaussianDraws draws_{5, RandomStream::test};
    std::uint64_t next_ = 0;
};

// Sizes that leave rests in every loop: heads and pairs that are no multiples of a vector, a rank below one.
PhaseGeneratorWeights<double> random_weights(const Variant& v, std::size_t heads = 3, std::size_t pairs = 5,
                                             std::size_t model_dim = 39, std::size_t rank = 7) {
    PhaseGeneratorWeights<double> w;
    Draw draw;
    w.heads = heads;
    w.pairs = pairs;
    w.model_dim = model_dim;
    w.projection = v.projection;
    w.gate = v.gate;
    w.silu = v.silu;
    if (v.projection == PhaseProjection::low_rank) {
        draw.fill(w.down, rank, model_dim, 0.5);
        draw.fill(w.up, heads * pairs, rank, 0.5);
    } else {
        draw.fill(w.full, model_dim, pairs, 1.0);
        draw.fill(w.scalar, heads, 1, 1.0);
    }
    if (!v.skip_conv) draw.fill(w.taps, heads * pairs, phase_taps, 0.5);
    if (v.bias) draw.fill(w.bias, heads * pairs, 1, 0.5);
    if (v.gate == PhaseGate::standard) draw.fill(w.gate_up, heads, model_dim, 0.5);
    if (v.gate == PhaseGate::low_rank || v.gate == PhaseGate::gla) {
        draw.fill(w.gate_down, 4, model_dim, 0.5);
        draw.fill(w.gate_up, w.gates(), 4, 0.5);
    }
    if (v.gate != PhaseGate::none) draw.fill(w.gate_bias, w.gates(), 1, 0.5);
    draw.fill(w.temperature, pairs, 1, 1.0);
    return w;
}

std::vector<double> random_hidden(std::size_t tokens, std::size_t model_dim) {
    const GaussianDraws draws(6, RandomStream::test);
    std::vector<double> hidden(tokens * model_dim);
    draws.fill(0, hidden);
    return hidden;
}

/// All stages of a run, and rotated copies of the first queries.
template <class Scalar>
struct PhaseRun {
    std::vector<Scalar> projected, convolved, gate, increment, q_out, k_out;
    std::vector<double> angle;
    bool operator==(const PhaseRun&) const = default;
};

template <class Scalar>
PhaseRun<Scalar> run(const PhaseGeneratorWeights<Scalar>& weights, const std::vector<Scalar>& hidden,
                     const std::vector<std::size_t>& calls, unsigned threads = 1) {
    const PhaseGenerator<Scalar> generator(weights);
    const std::size_t tokens = hidden.size() / weights.model_dim;
    const std::size_t channels = weights.channels();
    PhaseRun<Scalar> out{std::vector<Scalar>(tokens * channels),        std::vector<Scalar>(tokens * channels),
                         std::vector<Scalar>(tokens * weights.gates()), std::vector<Scalar>(tokens * channels),
                         std::vector<Scalar>(2 * tokens * channels),    std::vector<Scalar>(2 * tokens * channels),
                         std::vector<double>(tokens * channels)};
    std::vector<Scalar> q(2 * tokens * channels), k(q.size());
    for (std::size_t i = 0; i < q.size(); ++i) {
        q[i] = static_cast<Scalar>(std::sin(static_cast<double>(i)));
        k[i] = static_cast<Scalar>(std::cos(static_cast<double>(i)));
    }
    ThreadPool pool(threads);
    PhaseState<Scalar> state = generator.start();
    std::size_t first = 0;
    const auto part = [&](auto& values, std::size_t width, std::size_t n) {
        return std::span(values).subspan(first * width, n * width);
    };
    for (std::size_t call = 0; first < tokens; ++call) {
        const std::size_t n = std::min(calls[call % calls.size()], tokens - first);
        const PhaseStages<Scalar> stages{part(out.projected, channels, n), part(out.convolved, channels, n),
                                         part(out.gate, weights.gates(), n), part(out.increment, channels, n),
                                         part(out.angle, channels, n)};
        generator.advance(std::span<const Scalar>(hidden).subspan(first * weights.model_dim, n * weights.model_dim),
                          state, stages,
                          {part(q, 2 * channels, n), part(k, 2 * channels, n), part(out.q_out, 2 * channels, n),
                           part(out.k_out, 2 * channels, n)},
                          pool);
        first += n;
    }
    return out;
}

class PhaseGeneratorTest : public ::testing::TestWithParam<Variant> {};

TEST_P(PhaseGeneratorTest, EqualsTheDefinitionInDouble) {
    const PhaseGeneratorWeights<double> weights = random_weights(GetParam());
    const std::vector<double> hidden = random_hidden(50, weights.model_dim);
    const PhaseRun<double> fast = run(weights, hidden, {50});
    const test::DirectPhases direct = test::direct_phases(weights, hidden);
    // The bounds are for float32; both sides round in double, 2^29 times finer.
    const auto scaled = [](std::vector<double> bound) {
        for (double& value : bound) value *= 2.0 * 0x1p-29;
        return bound;
    };
    EXPECT_TRUE(test::all_near(fast.projected, direct.projected.value, scaled(direct.projected.bound)));
    EXPECT_TRUE(test::all_near(fast.convolved, direct.convolved.value, scaled(direct.convolved.bound)));
    EXPECT_TRUE(test::all_near(fast.increment, direct.increment.value, scaled(direct.increment.bound)));
    EXPECT_TRUE(test::all_near(fast.angle, direct.angle.value, scaled(direct.angle.bound)));
    if (weights.gates() > 0) {
        EXPECT_TRUE(test::all_near(fast.gate, direct.gate.value, scaled(direct.gate.bound)));
    }
}

TEST_P(PhaseGeneratorTest, Float32WithinItsRounding) {
    const PhaseGeneratorWeights<double> weights = random_weights(GetParam()).cast<float>().cast<double>();
    const std::vector<double> exact = random_hidden(50, weights.model_dim);
    const std::vector<float> hidden(exact.begin(), exact.end());
    const PhaseRun<float> fast = run(weights.cast<float>(), hidden, {50});
    const test::DirectPhases direct = test::direct_phases(weights, std::vector<double>(hidden.begin(), hidden.end()));
    const std::vector<double> increment(fast.increment.begin(), fast.increment.end());
    EXPECT_TRUE(test::all_near(increment, direct.increment.value, direct.increment.bound));
    EXPECT_TRUE(test::all_near(fast.angle, direct.angle.value, direct.angle.bound));
}

// Streaming: calls of any size, across the boundaries of the generator's own blocks, give the same bits.
TEST_P(PhaseGeneratorTest, AnyCutGivesTheSameBits) {
    const PhaseGeneratorWeights<double> weights = random_weights(GetParam());
    const std::vector<double> hidden = random_hidden(1100, weights.model_dim);
    const PhaseRun<double> whole = run(weights, hidden, {1100});
    EXPECT_EQ(whole, run(weights, hidden, {1}));
    EXPECT_EQ(whole, run(weights, hidden, {2, 3, 31, 1, 64, 333}));
}

TEST_P(PhaseGeneratorTest, AnyNumberOfThreadsGivesTheSameBits) {
    const PhaseGeneratorWeights<float> weights = random_weights(GetParam()).cast<float>();
    const std::vector<double> exact = random_hidden(1100, weights.model_dim);
    const std::vector<float> hidden(exact.begin(), exact.end());
    const PhaseRun<float> one = run(weights, hidden, {1100});
    for (const unsigned threads : {2U, 3U, 8U}) EXPECT_EQ(one, run(weights, hidden, {700}, threads)) << threads;
}

// The bounds hold on random inputs, and inputs built to reach them do: lo < φ < hi is sharp without a gate.
TEST_P(PhaseGeneratorTest, IncrementsStayInsideTheirBounds) {
    const PhaseGeneratorWeights<double> weights = random_weights(GetParam());
    const std::vector<IncrementBounds> bounds = increment_bounds(weights);
    std::vector<double> hidden = random_hidden(2000, weights.model_dim);
    for (double& value : hidden) value *= 30.0;  // towards the sphere |x̂| = 1
    const PhaseRun<double> out = run(weights, hidden, {2000});
    for (std::size_t i = 0; i < out.increment.size(); ++i) {
        const std::size_t c = i % weights.channels();
        const double increment = weights.temperature(static_cast<Eigen::Index>(c % weights.pairs)) * out.increment[i];
        ASSERT_GE(increment, bounds[c].lower);
        ASSERT_LE(increment, bounds[c].upper);
    }
}

INSTANTIATE_TEST_SUITE_P(Variants, PhaseGeneratorTest, ::testing::ValuesIn(all_variants()));

TEST(PhaseBounds, AreReached) {
    for (const bool silu : {false, true}) {
        const PhaseGeneratorWeights<double> weights =
            random_weights({PhaseProjection::low_rank, PhaseGate::none, false, silu, true});
        const std::vector<IncrementBounds> bounds = increment_bounds(weights);
        // For channel c, feed the maximising direction of each head's chunk, with the sign of each tap.
        for (std::size_t c = 0; c < weights.channels(); ++c) {
            const auto row = static_cast<Eigen::Index>(c);
            const Eigen::RowVectorXd functional = weights.up.row(row) * weights.down;
            std::vector<double> hidden(phase_taps * weights.model_dim);
            for (std::size_t j = 0; j < phase_taps; ++j)
                for (std::size_t i = 0; i < weights.model_dim; ++i)
                    hidden[j * weights.model_dim + i] =
                        1e6 * functional(static_cast<Eigen::Index>(i)) *
                        std::copysign(1.0, weights.taps(row, static_cast<Eigen::Index>(j)));
            const PhaseRun<double> out = run(weights, hidden, {4});
            const double temperature = weights.temperature(static_cast<Eigen::Index>(c % weights.pairs));
            const double reached = temperature * out.increment[3 * weights.channels() + c];
            const double bound = temperature > 0 ? bounds[c].upper : bounds[c].lower;
            EXPECT_TRUE(test::near(reached, bound, 1e-12 * std::abs(bound)));  // |x̂| misses 1 by 1e-6/(2·1e12)
        }
    }
}

// What is unknown has no bound, with a gate as without.
TEST(PhaseBounds, KeepNaN) {
    for (const PhaseGate gate : {PhaseGate::none, PhaseGate::standard}) {
        PhaseGeneratorWeights<double> weights = random_weights({PhaseProjection::low_rank, gate, false, false, false});
        weights.up(1, 0) = std::numeric_limits<double>::quiet_NaN();
        const std::vector<IncrementBounds> bounds = increment_bounds(weights);
        EXPECT_TRUE(std::isnan(bounds[1].lower) && std::isnan(bounds[1].upper));
        EXPECT_FALSE(std::isnan(bounds[0].lower) || std::isnan(bounds[0].upper));
    }
}

// skip_conv: what is accumulated telescopes, so without bias and gate Φ_t = temperature · z_t exactly (THEORY 1.2).
TEST(PhaseGenerator, FirstDifferencesTelescope) {
    const PhaseGeneratorWeights<double> weights =
        random_weights({PhaseProjection::full_rank, PhaseGate::none, true, false, false});
    const std::vector<double> hidden = random_hidden(300, weights.model_dim);
    const PhaseRun<double> out = run(weights, hidden, {300});
    double largest = 0.0;
    for (const double z : out.projected) largest = std::max(largest, std::abs(z));
    for (std::size_t i = 0; i < out.angle.size(); ++i) {
        const double temperature =
            weights.temperature(static_cast<Eigen::Index>(i % weights.channels() % weights.pairs));
        // 300 differences, each and each partial sum rounded once at values up to 2 max|z|.
        ASSERT_TRUE(test::near(out.angle[i], temperature * out.projected[i],
                               300 * 4 * 0x1p-53 * std::abs(temperature) * largest));
    }
}

// A token's total contribution without SiLU and gate: an impulse after zeros adds temperature · Σ taps · z in the end.
TEST(PhaseGenerator, AnImpulseAddsTheTapSum) {
    const PhaseGeneratorWeights<double> weights =
        random_weights({PhaseProjection::low_rank, PhaseGate::none, false, false, false});
    std::vector<double> hidden(8 * weights.model_dim, 0.0);
    const std::vector<double> token = random_hidden(1, weights.model_dim);
    std::ranges::copy(token, hidden.begin() + static_cast<std::ptrdiff_t>(2 * weights.model_dim));
    const PhaseRun<double> out = run(weights, hidden, {8});
    const std::vector<double> taps = tap_sums(weights);
    for (std::size_t c = 0; c < weights.channels(); ++c) {
        const double temperature = weights.temperature(static_cast<Eigen::Index>(c % weights.pairs));
        const double z = out.projected[2 * weights.channels() + c];
        EXPECT_TRUE(test::near(out.angle[7 * weights.channels() + c], temperature * taps[c] * z,
                               16 * 0x1p-53 * std::abs(temperature * z) * 4.0));
        EXPECT_NE(out.angle[2 * weights.channels() + c], out.angle[7 * weights.channels() + c]);
    }
}

// Norms of the rows of the projection and of the taps against sums written out; the projection scaled up is heard as
// much more strongly.
TEST(PhaseGenerator, NormsOfProjectionsAndTaps) {
    for (const PhaseProjection projection : {PhaseProjection::low_rank, PhaseProjection::full_rank}) {
        const PhaseGeneratorWeights<double> weights =
            random_weights({projection, PhaseGate::none, false, false, false});
        const std::vector<double> norms = projection_norms(weights);
        const std::vector<double> taps = tap_norms(weights);
        for (std::size_t c = 0; c < weights.channels(); ++c) {
            const auto row = static_cast<Eigen::Index>(c);
            double square = 0.0;
            if (projection == PhaseProjection::full_rank)
                square = std::pow(weights.scalar(static_cast<Eigen::Index>(c / weights.pairs)), 2);
            for (Eigen::Index j = 0; j < weights.down.cols(); ++j) {
                double entry = 0.0;
                for (Eigen::Index r = 0; r < weights.down.rows(); ++r) entry += weights.up(row, r) * weights.down(r, j);
                square += entry * entry;
            }
            double tap_square = 0.0;
            for (Eigen::Index j = 0; j < 4; ++j) tap_square += weights.taps(row, j) * weights.taps(row, j);
            // Sums of at most a few hundred rounded products, without cancellation but within an entry, whose terms are
            // of the entry's own size.
            EXPECT_TRUE(test::near(norms[c], std::sqrt(square), 1e-13 * std::sqrt(square)));
            EXPECT_TRUE(test::near(taps[c], std::sqrt(tap_square), 8 * 0x1p-53 * taps[c]));
        }
    }
    const PhaseGeneratorWeights<double> difference =
        random_weights({PhaseProjection::low_rank, PhaseGate::none, true, false, false});
    EXPECT_EQ(tap_norms(difference).front(), std::sqrt(2.0));
}

// Rotations in float against libm's sines and cosines of the generator's own angles: those within the fast reduction's
// reach, those beyond it, and both in one row; with pairs that fill, overfill and do not fill the kernel's arrays.
TEST(PhaseGenerator, RotatesByItsAngles) {
    for (const std::size_t pairs : {5U, 64U, 70U})
        for (const double scale : {1.0, 300.0, 1e14}) {
            PhaseGeneratorWeights<double> weights =
                random_weights({PhaseProjection::low_rank, PhaseGate::none, false, false, true}, 3, pairs);
            weights.temperature *= scale;
            const std::vector<double> exact = random_hidden(600, weights.model_dim);
            const PhaseRun<float> out = run(weights.cast<float>(), {exact.begin(), exact.end()}, {600}, 2);
            for (std::size_t c = 0; c < out.angle.size(); ++c) {
                const std::size_t i0 = c / pairs * 2 * pairs + c % pairs;
                const std::size_t i1 = i0 + pairs;
                const double x0 = static_cast<float>(std::sin(static_cast<double>(i0)));
                const double x1 = static_cast<float>(std::sin(static_cast<double>(i1)));
                // Sine and cosine within 1e-7, and one rounding of a product and of the sum.
                const double bound = (std::abs(x0) + std::abs(x1)) * (1e-7 + 2.0 * test::float_unit);
                const double cosine = std::cos(out.angle[c]);
                const double sine = std::sin(out.angle[c]);
                ASSERT_TRUE(test::near(out.q_out[i0], x0 * cosine - x1 * sine, bound)) << out.angle[c];
                ASSERT_TRUE(test::near(out.q_out[i1], x0 * sine + x1 * cosine, bound)) << out.angle[c];
            }
            const double largest = *std::ranges::max_element(out.angle, {}, [](double a) { return std::abs(a); });
            if (scale != 300.0) {
                EXPECT_EQ(std::abs(largest) > 0x1p20, scale > 1.0) << largest;
            }
        }
}

// Rows of weights that fill vectors, fill none, and leave from one to all but one over: the few left over are
// multiplied in another way. Heads of 40 elements are whole vectors and a rest.
TEST(PhaseGenerator, AnyNumberOfRowsGivesTheDefinition) {
    for (std::size_t rank = 1; rank <= 33; ++rank) {
        const PhaseGeneratorWeights<double> weights =
            random_weights({PhaseProjection::low_rank, PhaseGate::standard, false, false, true}, 3, 7, 120, rank)
                .cast<float>()
                .cast<double>();
        const std::vector<double> exact = random_hidden(21, weights.model_dim);
        const std::vector<float> hidden(exact.begin(), exact.end());
        const PhaseRun<float> fast = run(weights.cast<float>(), hidden, {21});
        const test::DirectPhases direct =
            test::direct_phases(weights, std::vector<double>(hidden.begin(), hidden.end()));
        EXPECT_TRUE(test::all_near(std::vector<double>(fast.projected.begin(), fast.projected.end()),
                                   direct.projected.value, direct.projected.bound))
            << "rank " << rank;
        EXPECT_TRUE(test::all_near(std::vector<double>(fast.gate.begin(), fast.gate.end()), direct.gate.value,
                                   direct.gate.bound))
            << "rank " << rank;
    }
}

// Results larger than the caches are written past them, those of short calls are not.
TEST(PhaseGenerator, LargeResultsHaveTheSameBits) {
    const PhaseGeneratorWeights<float> weights =
        random_weights({PhaseProjection::low_rank, PhaseGate::standard, false, false, true}, 3, 70).cast<float>();
    constexpr std::size_t tokens = 8000;  // 13 MB of angles or of either queries or keys
    const std::vector<double> exact = random_hidden(tokens, weights.model_dim);
    const std::vector<float> hidden(exact.begin(), exact.end());
    const PhaseRun<float> cut = run(weights, hidden, {500});
    EXPECT_EQ(cut, run(weights, hidden, {tokens}, 2));
    const PhaseGenerator<float> generator(weights);
    ThreadPool pool(2);
    PhaseState<float> state = generator.start();
    std::vector<double> angle(tokens * weights.channels());
    PhaseStages<float> stages;
    stages.angle = angle;
    generator.advance(hidden, state, stages, {}, pool);
    EXPECT_EQ(angle, cut.angle);
}

TEST(PhaseGenerator, RefusesShapesThatDoNotFit) {
    PhaseGeneratorWeights<double> weights =
        random_weights({PhaseProjection::low_rank, PhaseGate::gla, false, false, true});
    weights.model_dim = 40;
    EXPECT_THROW(PhaseGenerator<double>{weights}, Error);
    weights.model_dim = 39;
    weights.gate_bias.resize(3);
    EXPECT_THROW(PhaseGenerator<double>{weights}, Error);
}

}  // namespace
}  // namespace rotoscope
