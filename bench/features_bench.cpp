// Random features and softmax attention at the sizes of the NumPy and PyTorch programs they are compared with:
// L = 2048 tokens, d = dv = 64, unit norms, causal, single precision.
#include <benchmark/benchmark.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "rotoscope/theory/attention_errors.hpp"
#include "rotoscope/theory/attention_inputs.hpp"
#include "rotoscope/theory/feature_attention.hpp"
#include "rotoscope/theory/kernel_simulation.hpp"

namespace {

using namespace rotoscope;

ThreadPool& pool() {
    static ThreadPool threads(2);
    return threads;
}

AttentionInputs<float> inputs_of(std::uint64_t seed) { return sphere_inputs<float>({2048, 64, 64}, 1.0, seed); }

const AttentionInputs<float>& inputs() {
    static const AttentionInputs<float> tokens = inputs_of(0);
    return tokens;
}

FeatureMap<float> map_of(FeatureKind kind, Index count) {
    return {{.kind = kind, .count = count, .seed = 1}, 64, pool()};
}

void exact_softmax(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(softmax_attention(inputs(), Mask::causal, pool()));
}

void matrix(benchmark::State& state, FeatureKind kind) {
    const FeatureMap<float> map = map_of(kind, state.range(0));
    for (auto _ : state) {
        const RowMatrix<float> weights = feature_weights(map, inputs(), Mask::causal, pool());
        benchmark::DoNotOptimize(weights);
    }
}

void quadratic(benchmark::State& state, FeatureKind kind) {
    const FeatureMap<float> map = map_of(kind, state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(quadratic_attention(map, inputs(), Mask::causal, pool()));
}

void linear(benchmark::State& state, FeatureKind kind) {
    const FeatureMap<float> map = map_of(kind, state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(recurrent_attention(map, inputs(), Mask::causal, pool()));
}

void draws(benchmark::State& state, DrawKind kind) {
    for (auto _ : state) benchmark::DoNotOptimize(draw_frequencies(kind, 1, 64, 0, state.range(0), pool()));
}

void error_study(benchmark::State& state) {
    const ErrorStudyOptions options{.series = {{FeatureKind::trigonometric, DrawKind::independent},
                                               {FeatureKind::trigonometric, DrawKind::orthogonal},
                                               {FeatureKind::positive, DrawKind::independent},
                                               {FeatureKind::positive, DrawKind::orthogonal}},
                                    .counts = {64, 256, 1024, 4096, 16384},
                                    .seeds = state.range(0)};
    for (auto _ : state) benchmark::DoNotOptimize(study_attention_errors(options, inputs_of, pool()));
}

void sampling(benchmark::State& state, FrequencySpace space) {
    std::vector<double> angles;
    for (int i = 0; i < 64; ++i) angles.push_back(std::numbers::pi * i / 63.0);
    for (auto _ : state) benchmark::DoNotOptimize(sample_trigonometric_kernel(angles, 64, 1 << 22, 1, space, pool()));
}

constexpr auto milliseconds = benchmark::kMillisecond;

BENCHMARK(exact_softmax)->UseRealTime()->Unit(milliseconds);
BENCHMARK_CAPTURE(matrix, trigonometric, FeatureKind::trigonometric)
    ->Arg(1024)
    ->Arg(4096)
    ->Arg(16384)
    ->UseRealTime()
    ->Unit(milliseconds);
BENCHMARK_CAPTURE(matrix, positive, FeatureKind::positive)->Arg(16384)->UseRealTime()->Unit(milliseconds);
BENCHMARK_CAPTURE(quadratic, trigonometric, FeatureKind::trigonometric)->Arg(4096)->UseRealTime()->Unit(milliseconds);
BENCHMARK_CAPTURE(linear, trigonometric, FeatureKind::trigonometric)
    ->Arg(1024)
    ->Arg(4096)
    ->Arg(16384)
    ->UseRealTime()
    ->Unit(milliseconds);
BENCHMARK_CAPTURE(linear, positive, FeatureKind::positive)->Arg(4096)->Arg(16384)->UseRealTime()->Unit(milliseconds);
BENCHMARK_CAPTURE(draws, independent, DrawKind::independent)->Arg(16384)->UseRealTime()->Unit(milliseconds);
BENCHMARK_CAPTURE(draws, orthogonal, DrawKind::orthogonal)->Arg(16384)->UseRealTime()->Unit(milliseconds);
BENCHMARK_CAPTURE(draws, structured_orthogonal, DrawKind::structured_orthogonal)
    ->Arg(16384)
    ->UseRealTime()
    ->Unit(milliseconds);
BENCHMARK_CAPTURE(draws, quasi_monte_carlo, DrawKind::quasi_monte_carlo)->Arg(16384)->UseRealTime()->Unit(milliseconds);
BENCHMARK_CAPTURE(sampling, full, FrequencySpace::full)->UseRealTime()->Unit(milliseconds);
BENCHMARK_CAPTURE(sampling, projected, FrequencySpace::projected)->UseRealTime()->Unit(milliseconds);
BENCHMARK(error_study)->Arg(8)->Iterations(1)->UseRealTime()->Unit(milliseconds);

}  // namespace

BENCHMARK_MAIN();
