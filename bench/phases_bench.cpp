// Times the phase generator at the sizes of the PyTorch and NumPy peer: T = 16384 tokens of model_dim 1024, low-rank
// 32, 4 heads of 64 pairs, standard gate, convolution, no SiLU, float32, 2 threads. The peer normalises whole hidden
// states, ours each head's chunk, as the public implementation does: the work is the same.
//
// Memory for the results is allocated once, as a program that streams over layers has it; the counter relative_error is
// |ours − reference|₂ / |reference|₂ against the definition evaluated in double throughout.
#include "support/direct_phases.hpp"

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "rotoscope/core/gaussian_draws.hpp"
#include "rotoscope/core/memory.hpp"
#include "rotoscope/theory/phase_generator.hpp"

namespace rotoscope {
namespace {

constexpr std::size_t tokens = 16384;
constexpr std::size_t model_dim = 1024;
constexpr std::size_t heads = 4;
constexpr std::size_t pairs = 64;
constexpr std::size_t rank = 32;
constexpr std::size_t channels = heads * pairs;

enum Stream : std::uint64_t { hidden_stream, query_stream, key_stream, weight_stream };

/// On large pages, as NumPy asks for: on small ones the time depends on which of them the process happened to get.
template <class Scalar>
std::vector<Scalar> allocate(std::size_t count) {
    std::vector<Scalar> values;
    values.reserve(count);
    prefer_large_pages(values.data(), count * sizeof(Scalar));
    values.resize(count);
    return values;
}

std::vector<float> draw(Stream stream, std::size_t count) {
    const GaussianDraws draws(stream, RandomStream::test);
    std::vector<float> values = allocate<float>(count);
    draws.fill(0, values);
    return values;
}

/// A random matrix whose elements have the standard deviation `scale`; `offset` keeps the matrices apart.
RowMatrix<float> draw_matrix(std::size_t rows, std::size_t columns, double scale, std::uint64_t offset) {
    const GaussianDraws draws(weight_stream, RandomStream::test);
    RowMatrix<float> matrix(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
    draws.fill(offset, std::span(matrix.data(), rows * columns));
    return static_cast<float>(scale) * matrix;
}

/// The scales and the temperature θ^(−n/P), θ = 500000, are the peer's, but for what reads the normalised hidden state:
/// ours is √H times longer, so that the phases of both are of one size.
PhaseGeneratorWeights<float> draw_weights() {
    constexpr std::uint64_t apart = std::uint64_t{1} << 32;
    const double first_scale = 1.0 / std::sqrt(model_dim * heads);
    PhaseGeneratorWeights<float> w;
    w.heads = heads;
    w.pairs = pairs;
    w.model_dim = model_dim;
    w.down = draw_matrix(rank, model_dim, first_scale, 0);
    w.up = draw_matrix(channels, rank, 8.0 / std::sqrt(rank), apart);
    w.taps = draw_matrix(channels, phase_taps, 0.5, 2 * apart);
    w.gate = PhaseGate::standard;
    w.gate_up = draw_matrix(heads, model_dim, first_scale, 3 * apart);
    w.gate_bias = Vector<float>::Zero(heads);
    w.temperature.resize(pairs);
    for (std::size_t n = 0; n < pairs; ++n)
        w.temperature(static_cast<Eigen::Index>(n)) =
            static_cast<float>(std::pow(500000.0, -static_cast<double>(n) / pairs));
    return w;
}

struct Inputs {
    std::vector<float> hidden = draw(hidden_stream, tokens* model_dim);
    std::vector<float> q = draw(query_stream, 2 * tokens * channels);
    std::vector<float> k = draw(key_stream, 2 * tokens * channels);
    PhaseGeneratorWeights<float> weights = draw_weights();
};

const Inputs& inputs() {
    static const Inputs drawn;
    return drawn;
}

const test::DirectPhases& reference() {
    static const test::DirectPhases phases = test::direct_phases(
        inputs().weights.cast<double>(), std::vector<double>(inputs().hidden.begin(), inputs().hidden.end()));
    return phases;
}

template <class Computed>
double relative_error(const std::vector<Computed>& computed, const std::vector<double>& exact) {
    double squares = 0.0;
    double total = 0.0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        squares += std::pow(static_cast<double>(computed[i]) - exact[i], 2);
        total += exact[i] * exact[i];
    }
    return std::sqrt(squares / total);
}

/// From hidden states to rotated queries and keys; the angles are not kept.
void phases_whole(benchmark::State& state) {
    const auto& [hidden, q, k, weights] = inputs();
    const PhaseGenerator<float> generator(weights);
    ThreadPool pool(static_cast<unsigned>(state.range(0)));
    std::vector<float> q_out = allocate<float>(q.size());
    std::vector<float> k_out = allocate<float>(k.size());
    for (auto _ : state) {
        PhaseState<float> stream = generator.start();
        generator.advance(hidden, stream, {}, {q, k, q_out, k_out}, pool);
        benchmark::DoNotOptimize(q_out.data());
        benchmark::ClobberMemory();
    }
    const test::Bounded exact =
        test::direct_rotation(weights.cast<double>(), reference(), std::vector<double>(q.begin(), q.end()));
    state.counters["relative_error"] = relative_error(q_out, exact.value);
}
BENCHMARK(phases_whole)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

/// From hidden states to the accumulated angles (double, with the temperature, which the peer leaves out).
void phases_cumsum(benchmark::State& state) {
    const auto& [hidden, q, k, weights] = inputs();
    const PhaseGenerator<float> generator(weights);
    ThreadPool pool(static_cast<unsigned>(state.range(0)));
    std::vector<double> angle = allocate<double>(tokens * channels);
    for (auto _ : state) {
        PhaseState<float> stream = generator.start();
        PhaseStages<float> stages;
        stages.angle = angle;
        generator.advance(hidden, stream, stages, {}, pool);
        benchmark::DoNotOptimize(angle.data());
        benchmark::ClobberMemory();
    }
    state.counters["relative_error"] = relative_error(angle, reference().angle.value);
}
BENCHMARK(phases_cumsum)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rotoscope
