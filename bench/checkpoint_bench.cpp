// Times what the PyTorch and NumPy peer computes of a checkpoint with fixed RoPE, from opening it to the tables in
// memory: norms and couplings of every head and frequency and, on request, histograms of all query and key weights.
// The peer writes the checkpoint; ROTOSCOPE_CHECKPOINT names its folder, with a config.json beside it.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <optional>

#include "rotoscope/phases/phases.hpp"

namespace rotoscope {
namespace {

void analyse(benchmark::State& state, std::optional<double> histogram) {
    const char* const folder = std::getenv("ROTOSCOPE_CHECKPOINT");
    if (folder == nullptr) return state.SkipWithError("set ROTOSCOPE_CHECKPOINT to the checkpoint's folder");
    ThreadPool pool(2);
    Progress progress(false);
    Context context{pool, progress};
    PhasesOptions options;
    options.checkpoint = folder;
    options.histogram = histogram;
    for (auto _ : state) benchmark::DoNotOptimize(analyse_phases(options, context));
}

void weights(benchmark::State& state) { analyse(state, std::nullopt); }
BENCHMARK(weights)->UseRealTime()->Unit(benchmark::kMillisecond);

void weights_histogram(benchmark::State& state) { analyse(state, 0.25); }
BENCHMARK(weights_histogram)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rotoscope
