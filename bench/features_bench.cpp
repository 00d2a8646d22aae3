// Random features and softmax attention at the sizes of the NumPy and PyTorch programs they are compared with:
// L = 2048 tokens, d = dv = 64, unit norms, causal, single precision.
//
// relative_error is |ours − definition|₂/|definition|₂, the definition being evaluated in double: softmax attention of
// all rows; sums over the same frequencies of four rows. The simulations have standard_errors instead: the largest
// deviation of a mean from the closed form e^{cos θ}, in units of its standard error.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>
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

constexpr std::array<Index, 4> checked_rows{1, 500, 1277, 2047};

/// The weights of the checked rows [4, L] by the definition: Σ_j of cos w_j·(q − k), or of e^{w_j·(q + k)}, both times
/// what cancels in normalised attention of unit norms.
RowMatrix<double> direct_weights(const FeatureMap<float>& map, FeatureKind kind) {
    constexpr Index block = 1024;
    const RowMatrix<double> keys = inputs().keys.cast<double>();
    RowMatrix<double> weights = RowMatrix<double>::Zero(checked_rows.size(), keys.rows());
    for (Index begin = 0; begin < map.count(); begin += block) {
        const RowMatrix<double> w = map.frequencies().middleRows(begin, block).cast<double>();
        const RowMatrix<double> of_keys = keys * w.transpose();
        for (std::size_t r = 0; r < checked_rows.size(); ++r) {
            const Eigen::RowVectorXd query = inputs().queries.row(checked_rows[r]).cast<double>() * w.transpose();
            for (Index t = 0; t <= checked_rows[r]; ++t) {
                const auto key = of_keys.row(t);
                weights(static_cast<Index>(r), t) += kind == FeatureKind::trigonometric
                                                         ? (query - key).array().cos().sum()
                                                         : (query + key).array().exp().sum();
            }
        }
    }
    for (Index r = 0; r < weights.rows(); ++r) weights.row(r) /= weights.row(r).sum();
    return weights;
}

/// Made once: benchmarks repeat.
const RowMatrix<double>& definition(const FeatureMap<float>& map, FeatureKind kind) {
    static std::map<std::pair<FeatureKind, Index>, RowMatrix<double>> made;
    auto& weights = made[{kind, map.count()}];
    if (weights.size() == 0) weights = direct_weights(map, kind);
    return weights;
}

/// Rows of ours against those of the definition.
double error_of(const RowMatrix<float>& ours, const RowMatrix<double>& exact) {
    double squares = 0.0;
    for (std::size_t r = 0; r < checked_rows.size(); ++r)
        squares += (ours.row(checked_rows[r]).cast<double>() - exact.row(static_cast<Index>(r))).squaredNorm();
    return std::sqrt(squares) / exact.norm();
}

/// The outputs of the checked rows by the definition.
RowMatrix<double> direct_outputs(const FeatureMap<float>& map, FeatureKind kind) {
    return definition(map, kind) * inputs().values.cast<double>();
}

void exact_softmax(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(softmax_attention(inputs(), Mask::causal, pool()));
    const AttentionInputs<double> in_double{inputs().queries.cast<double>(), inputs().keys.cast<double>(),
                                            inputs().values.cast<double>()};
    RowMatrix<double> exact = (in_double.queries * in_double.keys.transpose()).array().exp();
    exact = exact.triangularView<Eigen::Lower>() * RowMatrix<double>::Identity(exact.rows(), exact.cols());
    exact = ((exact * in_double.values).array().colwise() / exact.rowwise().sum().array()).eval();
    state.counters["relative_error"] =
        (softmax_attention(inputs(), Mask::causal, pool()).output.cast<double>() - exact).norm() / exact.norm();
}

/// The product with the values, which the peers' `matrix` includes. Queries in blocks of rows see no later key.
RowMatrix<float> weighted_values(const RowMatrix<float>& weights) {
    constexpr std::size_t block = 128;
    RowMatrix<float> output(weights.rows(), inputs().values.cols());
    pool().for_chunks(static_cast<std::size_t>(weights.rows()), block, [&](std::size_t begin, std::size_t end) {
        const auto first = static_cast<Index>(begin);
        const auto seen = static_cast<Index>(end);
        output.middleRows(first, seen - first).noalias() =
            weights.block(first, 0, seen - first, seen) * inputs().values.topRows(seen);
    });
    return output;
}

void matrix(benchmark::State& state, FeatureKind kind) {
    const FeatureMap<float> map = map_of(kind, state.range(0));
    for (auto _ : state) {
        const RowMatrix<float> weights = feature_weights(map, inputs(), Mask::causal, pool());
        benchmark::DoNotOptimize(weights);
        benchmark::DoNotOptimize(weighted_values(weights));
    }
    state.counters["relative_error"] =
        error_of(feature_weights(map, inputs(), Mask::causal, pool()), definition(map, kind));
}

void quadratic(benchmark::State& state, FeatureKind kind) {
    const FeatureMap<float> map = map_of(kind, state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(quadratic_attention(map, inputs(), Mask::causal, pool()));
}

void linear(benchmark::State& state, FeatureKind kind) {
    const FeatureMap<float> map = map_of(kind, state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(recurrent_attention(map, inputs(), Mask::causal, pool()));
    state.counters["relative_error"] =
        error_of(recurrent_attention(map, inputs(), Mask::causal, pool()).output(), direct_outputs(map, kind));
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
    constexpr std::uint64_t count = 1 << 22;
    AngleMoments moments;
    for (auto _ : state) {
        moments = sample_trigonometric_kernel(angles, 64, count, 1, space, pool());
        benchmark::DoNotOptimize(moments.mean.data());
    }
    double deviation = 0.0;
    for (std::size_t i = 1; i < angles.size(); ++i)  // at θ = 0 each estimate is exact
        deviation = std::max(deviation, std::abs(moments.mean[i] - std::exp(std::cos(angles[i]))) /
                                            std::sqrt(moments.variance[i] / static_cast<double>(count)));
    state.counters["standard_errors"] = deviation;
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
